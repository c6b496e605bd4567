"""Tracking: what MLflow's autologging leaks is left out, and compiled programs say how they came."""

import json

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
    from mlflow.tracing.config import get_config

    before = dspy.BootstrapFewShot.compile
    dspy_flavor.autolog()
    dspy_flavor.autolog(disable=True)

    assert get_config().span_processors == []
    assert dspy.BootstrapFewShot.compile.__qualname__ == before.__qualname__
    assert all("Mlflow" not in type(callback).__name__ for callback in dspy.settings.callbacks)
