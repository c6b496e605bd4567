"""Beyond one process: Spark, a tracking server on PostgreSQL and S3, a server under load."""

import json
import os
import secrets
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import dspy
import mlflow
import programs
import pytest
import services

import dspy_flavor

pytestmark = [pytest.mark.scale, pytest.mark.timeout(900)]
ROWS = 2000


@pytest.fixture(scope="module")
def spark():
    """Spark on this machine, with its Python workers in this environment."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture
def questions(spark):
    return spark.createDataFrame([(f"q{n}",) for n in range(ROWS)], ["question"]).repartition(4)


@pytest.fixture
def udf(spark):
    def make(info, result_type, **arguments):
        os.environ["PYSPARK_PYTHON"] = sys.executable
        return mlflow.pyfunc.spark_udf(
            spark, info.model_uri, env_manager="local", result_type=result_type, **arguments
        )

    return make


def answers_by_question(frame):
    return {row["question"]: row["out"] for row in frame.collect()}


def test_spark_answers_many_rows_by_strings(log, lm, questions, udf, serialization_format):
    info = log(dspy.Predict("question -> answer"), serialization_format=serialization_format)

    answered = answers_by_question(questions.withColumn("out", udf(info, "string")("question")))

    assert answered == {f"q{n}": f"answer of q{n}" for n in range(ROWS)}


def test_spark_answers_many_rows_by_structs(log, lm, questions, udf, endpoint):
    info = log(programs.CoT())
    out = udf(info, "struct<reasoning string, answer string>")("question")

    answered = answers_by_question(questions.withColumn("out", out))

    assert {row.answer for row in answered.values()} == {f"answer of q{n}" for n in range(ROWS)}
    assert all(row.reasoning == f"reasoning of {question}" for question, row in answered.items())
    assert endpoint.most_in_flight > 2  # each of two tasks runs its rows at once


def test_spark_keeps_the_rows_beside_one_that_fails(log, lm, spark, udf, endpoint):
    endpoint.fail = lambda prompt: "bad" in prompt
    info = log(programs.CoT())
    frame = spark.createDataFrame([("a",), ("bad",), ("c",)], ["question"]).coalesce(1)
    out = udf(info, "struct<answer string, error string>", params={"on_error": "return"})

    answered = answers_by_question(frame.withColumn("out", out("question")))

    assert (answered["a"].answer, answered["c"].answer) == ("answer of a", "answer of c")
    assert "refused" in answered["bad"].error


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("services")
    with (
        services.postgresql() as database,
        services.object_store(folder) as store,
        services.tracking_server(folder, database, store) as url,
    ):
        yield url, database, store


def test_a_tracking_server_on_postgresql_and_s3(lm, server, serialization_format):
    url, database, store = server
    mlflow.set_tracking_uri(url)
    mlflow.set_experiment(f"remote-{serialization_format}")
    secret = lm.kwargs["api_key"] = secrets.token_hex(16)
    lm.kwargs["headers"] = {"X-Team": secret}

    with mlflow.start_run():
        info = dspy_flavor.log_model(
            programs.Desk(),
            name="desk",
            registered_model_name=f"desk-{serialization_format}",
            serialization_format=serialization_format,
        )
    model = mlflow.pyfunc.load_model(f"models:/desk-{serialization_format}/1")
    rows = [{"ticket": f"t{n}", "customer": {"name": "Ada"}} for n in range(20)]

    assert [a["reply"] for a in model.predict(rows)] == [
        f"reply of t{n} billing" for n in range(20)
    ]
    assert dspy_flavor.inspect_model(info.model_uri)["format"] == serialization_format
    kept = services.objects(store)
    assert any(key.endswith("dspy_flavor.json") for key in kept)
    assert all(secret.encode() not in content for content in kept.values())
    assert secret not in everything_in(database)


def everything_in(database):
    import psycopg

    texts = []
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select t::text from "{table}" t')
            texts += [text for (text,) in cursor.fetchall()]
    return "\n".join(texts)


def ask(url, content):
    request = urllib.request.Request(
        url, json.dumps(content).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)["predictions"]


def test_a_scoring_server_under_load(log, lm, endpoint, folder, tmp_path, serialization_format):
    info = log(programs.CoT(), serialization_format=serialization_format)
    endpoint.delay = 0.05

    def one(url, number):
        rows = [f"{number}-{row}" for row in range(1 + number % 4)]
        answers = ask(url, {"inputs": rows})
        answers = answers if isinstance(answers, list) else [answers]
        return [answer["answer"] for answer in answers] == [f"answer of {row}" for row in rows]

    with (
        services.scoring_server(tmp_path, folder(info)) as url,
        ThreadPoolExecutor(16) as callers,
    ):
        right = list(callers.map(lambda number: one(url, number), range(96)))

    assert right == [True] * 96
    assert len(endpoint.requests) == sum(1 + number % 4 for number in range(96))
