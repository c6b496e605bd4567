"""Inputs in every shape, checked and converted; outputs plain; rows in order, at once."""

import asyncio
import datetime as dt
import json
import threading

import dspy
import mlflow
import numpy as np
import pandas as pd
import programs
import pytest
from mlflow.exceptions import MlflowException


@pytest.fixture
def question_answering(log, lm):
    return mlflow.pyfunc.load_model(log(programs.CoT()).model_uri)


@pytest.mark.parametrize(
    "batch",
    [
        ["a", "b"],
        [{"question": "a"}, {"question": "b"}],
        pd.DataFrame({"question": ["a", "b"]}),
        pd.DataFrame(["a", "b"]),
        np.array(["a", "b"]),
        pd.Series(["a", "b"], name="question"),
    ],
)
def test_a_batch_in_any_shape(question_answering, batch):
    answers = question_answering.predict(batch)

    assert [answer["answer"] for answer in answers] == ["answer of a", "answer of b"]


@pytest.mark.parametrize("one", ["a", {"question": "a"}, pd.DataFrame({"question": ["a"]})])
def test_one_input_is_answered_by_one_prediction(question_answering, one):
    assert question_answering.predict(one)["answer"] == "answer of a"


def test_rows_run_at_once_and_keep_their_order(log, lm, endpoint):
    model = mlflow.pyfunc.load_model(log(programs.CoT()).model_uri)
    endpoint.delay = 0.05

    answers = model.predict([str(n) for n in range(24)], params={"num_threads": 6})

    assert [answer["answer"] for answer in answers] == [f"answer of {n}" for n in range(24)]
    assert 1 < endpoint.most_in_flight <= 6


def test_a_failing_row_is_raised_by_its_number(question_answering, endpoint):
    endpoint.fail = lambda prompt: "bad" in prompt

    with pytest.raises(MlflowException, match="Row 1: CoT failed"):
        question_answering.predict(["a", "bad", "c"])


def test_a_failing_row_may_be_answered_by_its_error(question_answering, endpoint):
    endpoint.fail = lambda prompt: "bad" in prompt

    answers = question_answering.predict(["a", "bad", "c"], params={"on_error": "return"})

    assert answers[0]["answer"] == "answer of a"
    assert answers[1]["error"]["row"] == 1
    assert answers[2]["answer"] == "answer of c"


def test_missing_and_unknown_fields_are_named(log, lm, endpoint):
    impl = mlflow.pyfunc.load_model(log(programs.Desk()).model_uri)._model_impl

    with pytest.raises(MlflowException, match="missing input `customer`"):
        impl.predict({"ticket": "t"})
    with pytest.raises(MlflowException, match="unknown input `tickt`"):
        impl.predict({"tickt": "t", "ticket": "t", "customer": {"name": "Ada"}})
    with pytest.raises(MlflowException, match="input `customer` is no Person: age"):
        impl.predict({"ticket": "t", "customer": {"name": "Ada", "age": "old"}})
    assert endpoint.requests == []


def test_structured_inputs_are_converted(log, lm, endpoint):
    model = mlflow.pyfunc.load_model(log(programs.Desk()).model_uri)

    answer = model.predict({"ticket": "t", "customer": {"name": "Ada", "age": 36}})

    assert answer == {"urgency": 7, "reply": "reply of t billing"}
    assert "Ada" in json.dumps(endpoint.requests[0])


LEFT_OUT = {
    "NaN in a frame": pd.DataFrame({"question": ["a", "b"], "k": [1, None]}),
    "nothing in a frame": pd.DataFrame({"question": ["a", "b"], "k": pd.array([1, None], "Int64")}),
    "rows that differ": [{"question": "a", "k": 1}, {"question": "b"}],
    "None": [{"question": "a", "k": 1, "share": None}, {"question": "b", "k": None}],
    "other numbers": [{"question": "a", "k": 1.0}, {"question": "b", "k": "3"}],
}


@pytest.mark.parametrize("rows", LEFT_OUT)
def test_a_row_may_leave_out_an_optional_number(log, lm, rows):
    model = mlflow.pyfunc.load_model(log(programs.Search()).model_uri)

    answers = model.predict(LEFT_OUT[rows])

    assert [answer["given"] for answer in answers] == ["a 1 0.5 None", "b 3 0.5 None"]


def test_json_writes_whole_numbers_for_floats(log, lm):
    model = mlflow.pyfunc.load_model(log(programs.Search()).model_uri)

    answer = model.predict({"question": "a", "share": 5, "place": {"name": "p", "height": 7}})

    assert answer == {"given": "a 3 5.0 Place(name='p', height=7.0)"}


def test_nan_is_no_text(log, lm, endpoint):
    model = mlflow.pyfunc.load_model(log(programs.Search()).model_uri)

    with pytest.raises(MlflowException, match="Row 1: missing input `question`"):
        model.predict(pd.DataFrame({"question": ["a", None]}))


@pytest.mark.parametrize("threads", ["many", 2.5, 0, True])
def test_a_wrong_number_of_threads_is_said(log, lm, threads):
    uri = log(programs.CoT()).model_uri
    model = mlflow.pyfunc.load_model(uri, model_config={"num_threads": threads})

    with pytest.raises(MlflowException, match="num_threads must be a whole number from 1"):
        model.predict(["a", "b"])


@pytest.mark.parametrize("program", [programs.Awaited, programs.ByPlace])
def test_programs_are_called_as_they_can_be(log, lm, serialization_format, program):
    info = log(program(), serialization_format=serialization_format)
    model = mlflow.pyfunc.load_model(info.model_uri)

    assert [answer["answer"] for answer in model.predict(["a", "b"])] == [
        "answer of a",
        "answer of b",
    ]
    assert "".join(piece["chunk"] for piece in model.predict_stream("a")) == "answer of a"


def test_an_image_reaches_the_model_as_an_image(log, lm, endpoint):
    model = mlflow.pyfunc.load_model(log(dspy.Predict("picture: dspy.Image -> caption")).model_uri)

    model.predict({"picture": "https://example.org/cat.png"})

    content = endpoint.requests[0]["messages"][-1]["content"]
    urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    assert urls == ["https://example.org/cat.png"]


class Typed(dspy.Module):
    """Returns values of many types, without a language model."""

    def forward(self, question: str):  # noqa: ARG002
        return dspy.Prediction(
            picture=dspy.Image(url="https://example.org/cat.png"),
            mood=programs.Mood.GLAD,
            person=programs.Person(name="Ada"),
            day=dt.date(2026, 1, 2),
            scores={"a": np.float64(0.5)},
            tags={"b", "a"},
            nothing=float("nan"),
        )


def test_outputs_are_plain(log, lm, serialization_format):
    info = log(Typed(), serialization_format=serialization_format)

    answer = mlflow.pyfunc.load_model(info.model_uri).predict("q")

    assert answer == {
        "picture": "https://example.org/cat.png",
        "mood": "glad",
        "person": {"name": "Ada", "age": 0},
        "day": "2026-01-02",
        "scores": {"a": 0.5},
        "tags": ["a", "b"],
        "nothing": None,
    }
    json.dumps(answer)


def test_params_and_model_config_change_the_language_model(log, lm, endpoint):
    info = log(programs.CoT(), model_config={"temperature": 0.2})

    mlflow.pyfunc.load_model(info.model_uri).predict("q")
    mlflow.pyfunc.load_model(info.model_uri, model_config={"max_tokens": 9}).predict("q")
    mlflow.pyfunc.load_model(info.model_uri).predict("q", params={"temperature": 0.9})

    first, second, third = endpoint.requests
    assert first["temperature"] == second["temperature"] == 0.2
    assert 9 in {second.get("max_tokens"), second.get("max_completion_tokens")}
    assert third["temperature"] == 0.9


def test_params_change_a_predictors_own_language_model_too(log, lm, endpoint):
    program = programs.CoT()
    program.set_lm(lm.copy(temperature=0.1))
    model = mlflow.pyfunc.load_model(log(program).model_uri)

    model.predict("q", params={"temperature": 0.7})
    model.predict("q")

    assert [request["temperature"] for request in endpoint.requests] == [0.7, 0.1]


LONG = " ".join(["why so?"] * 20)  # dspy 2.6 hands over a short answer in one piece


def test_streaming_string_outputs(log, lm, serialization_format):
    info = log(programs.CoT(), serialization_format=serialization_format)

    chunks = list(mlflow.pyfunc.load_model(info.model_uri).predict_stream(LONG))

    texts = {"reasoning": "", "answer": ""}
    for chunk in chunks:
        texts[chunk["signature_field_name"]] += chunk["chunk"]
    assert texts == {"reasoning": f"reasoning of {LONG}", "answer": f"answer of {LONG}"}
    assert len(chunks) > 2


def test_streaming_leaves_the_callers_settings_alone(log, lm):
    stream = mlflow.pyfunc.load_model(log(programs.CoT()).model_uri).predict_stream(LONG)
    other = dspy.LM("openai/other")

    next(stream)
    assert dspy.settings.lm is lm
    with dspy.context(lm=other):
        next(stream)
        assert dspy.settings.lm is other
    assert "".join(chunk["chunk"] for chunk in stream).endswith(f"answer of {LONG}")


def test_chat_answers_every_row(log, lm, serialization_format):
    info = log(programs.Chat(), task="llm/v1/chat", serialization_format=serialization_format)
    model = mlflow.pyfunc.load_model(info.model_uri)

    one = model.predict({"messages": [{"role": "user", "content": "hi"}]})
    conversations = [[{"role": "user", "content": text}] for text in ("a", "b")]
    two = model.predict(pd.DataFrame({"messages": conversations}))

    assert one["object"] == "chat.completion"
    assert json.loads(one["choices"][0]["message"]["content"]) == {"answer": "answer of hi"}
    contents = [answer["choices"][0]["message"]["content"] for answer in two]
    assert contents == ['{"answer": "answer of a"}', '{"answer": "answer of b"}']


def test_chat_streams_openais_chunks(log, lm, serialization_format):
    info = log(programs.Chat(), task="llm/v1/chat", serialization_format=serialization_format)
    model = mlflow.pyfunc.load_model(info.model_uri)

    chunks = list(model.predict_stream({"messages": [{"role": "user", "content": "hi there"}]}))

    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert text == "answer of hi there"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


async def test_async_callers(log, lm):
    model = mlflow.pyfunc.load_model(log(programs.CoT()).model_uri)

    assert model.predict("a")["answer"] == "answer of a"
    answers = await asyncio.gather(*(model._model_impl.apredict(text) for text in ("b", "c")))
    assert [answer["answer"] for answer in answers] == ["answer of b", "answer of c"]


def test_any_thread_may_load_and_predict(log, lm):
    import dspy_flavor

    info = log(programs.CoT())
    dspy.configure(lm=lm)  # this thread owns the configuration now
    answers = []

    def work():
        answers.append(dspy_flavor.load_model(info.model_uri)(question="a").answer)
        answers.append(mlflow.pyfunc.load_model(info.model_uri).predict("b")["answer"])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert answers == ["answer of a", "answer of b"]
