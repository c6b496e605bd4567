"""Tracking: what MLflow's autologging leaks is left out, and compiled programs say how they came."""

import contextlib
import json
import secrets

import dspy
import mlflow
import programs
import pytest

import dspy_flavor


@pytest.fixture
def autologging():
    dspy_flavor.autolog(log_compiles=True, log_evals=True, log_traces_from_compile=True)
    yield
    dspy_flavor.autolog(disable=True)


def exact(example, prediction, trace=None):
    return True


TRAINSET = [
    dspy.Example(question=text, answer=f"answer of {text}").with_inputs("question")
    for text in ("a", "b", "c")
]


@pytest.fixture
def secretive(endpoint, settings):
    settings["lm"] = dspy.LM(
        "openai/test",
        api_base=endpoint.url,
        api_key="canary-api-key-1",
        headers={"X-Team": "canary-header-2"},
        aws_secret_access_key="canary-cloud-3",
        cache=False,
    )


def compile_program():
    optimizer = dspy.BootstrapFewShot(metric=exact, max_bootstrapped_demos=2)
    return optimizer.compile(programs.CoT(), trainset=TRAINSET)


def test_no_credential_is_in_traces_runs_or_artifacts(
    autologging, secretive, endpoint, everything_published
):
    program = compile_program()
    program.set_lm(dspy.settings.lm)
    dspy.Evaluate(devset=TRAINSET, metric=exact, num_threads=1, display_progress=False)(program)
    endpoint.fail = lambda _: True
    with pytest.raises(Exception, match="refused"):
        program(question="see canary-header-2")
    mlflow.flush_trace_async_logging()

    published = everything_published()
    assert mlflow.search_traces(return_type="list")
    for canary in (b"canary-api-key-1", b"canary-header-2", b"canary-cloud-3"):
        assert canary not in published


def test_a_compiled_program_says_how_it_came_about(autologging, lm, log, folder):
    program = compile_program()

    info = log(program)

    made = dspy_flavor.inspect_model(info.model_uri)["compilation"]
    assert made == {
        "compiled": True,
        "optimizer": "BootstrapFewShot",
        "metric": "exact",
        "trainset_size": 3,
    }
    prompts = json.loads((folder(info) / "data/prompts.json").read_text())
    assert [demo["question"] for demo in prompts["prog.predict"]["demos"]][:2] == ["a", "b"]
    diff = (folder(info) / "data/compilation.diff").read_text()
    assert '+    "question": "a",' in diff


def test_switched_off_nothing_is_left_behind(lm):
    before = dspy.BootstrapFewShot.compile
    dspy_flavor.autolog()
    dspy_flavor.autolog(disable=True)

    with contextlib.suppress(ModuleNotFoundError):  # MLflow 3.0 has no processors of spans
        from mlflow.tracing.config import get_config

        assert get_config().span_processors == []
    assert dspy.BootstrapFewShot.compile.__qualname__ == before.__qualname__
    assert all("Mlflow" not in type(callback).__name__ for callback in dspy.settings.callbacks)


class Canaries(dict):
    """Random values of no known shape, by the place that they are put in."""

    def __missing__(self, place):
        self[place] = "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(24))
        return self[place]


def attack(canary):
    """A program that puts credentials into every part of a trace, and one that is no secret."""

    def look_up(query: str, api_key: str = "") -> str:
        """Look up."""
        raise RuntimeError(f"refused {canary['header']} for {query}")

    class Attacked(dspy.Module):
        def __init__(self):
            super().__init__()
            self.answer = dspy.Predict("question -> answer")
            self.look_up = dspy.Tool(look_up)

        def forward(self, question, api_key=None, password=None):  # noqa: ARG002
            with contextlib.suppress(RuntimeError):
                self.look_up(query="q", api_key=api_key or "x")
            with mlflow.start_span("own") as span:
                span.set_inputs({"api_key": canary["own input"], "q": canary["environment"]})
                span.set_attribute("authorization", canary["own attribute"])
            return self.answer(question=question)

    return Attacked()


@mlflow.trace
def fails(password, said):
    raise ValueError(f"no {said} nor {password}")


def judge(canary):
    def judged(example, prediction, trace=None):
        raise ValueError(f"the judge was refused {canary['key']}, {canary['environment']}")

    return judged


def test_no_canary_is_in_any_part_of_a_trace_or_a_run(
    autologging, settings, endpoint, monkeypatch, everything_published
):
    canary = Canaries()
    monkeypatch.setenv("VENDOR_TOKEN", canary["environment"])
    monkeypatch.setenv("DATABASE_URL", f"postgresql://me:{canary['database']}@host/db")
    login = f"://{canary['user']}:{canary['password']}@"
    settings["lm"] = model = dspy.LM(
        "openai/test",
        api_base=endpoint.url.replace("://", login),
        api_key=canary["key"],
        headers={"X-Team": canary["header"]},
        extra_body={"deep": [{"anything": canary["body"]}]},
        cache=False,
        num_retries=0,
    )
    program = attack(canary)

    program(question="a word", api_key=canary["argument"], password=canary["password argument"])
    repeated = ("database", "user", "password", "body", "header")
    program(question=" ".join(canary[place] for place in repeated))
    program.answer(question="b", config={"headers": {"X": canary["headers of a call"]}})
    model("hello", api_key=canary["key of a call"], extra_headers={"X": canary["extra headers"]})
    model("hello", metadata={"user": canary["metadata of a call"]})
    own = attack(canary)
    own.set_lm(model.copy(api_key=canary["key of a predictor"]))
    own(question=f"see {canary['key of a predictor']}")
    endpoint.fail = lambda _: True
    endpoint.refusal = f"Incorrect key {canary['key']}, header {canary['header']}"
    for failing in (
        lambda: program(question="c"),
        lambda: model("hello"),
        lambda: fails(canary["argument of a function"], canary["key"]),
    ):
        with pytest.raises(Exception, match=r"Incorrect key|no "):
            failing()
    endpoint.fail = None
    evaluate = dspy.Evaluate(devset=TRAINSET, num_threads=1, display_progress=False, max_errors=99)
    for metric in (exact, judge(canary)):
        with contextlib.suppress(TypeError):  # of DSPy, where all metrics failed
            evaluate(program, metric=metric)
    dspy.BootstrapFewShot(metric=exact, max_bootstrapped_demos=1).compile(
        program, trainset=TRAINSET
    )
    mlflow.flush_trace_async_logging()

    published = everything_published()
    assert [place for place, value in canary.items() if value.encode() in published] == []
    assert b"a word" in published
