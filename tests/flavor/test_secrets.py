"""No credential leaves the process: random canaries in every place that holds one."""

import json
import os
import pickle
import secrets
import zlib

import dspy
import mlflow
import programs
import pytest
from dspy.utils.callback import BaseCallback
from mlflow.exceptions import MlflowException

import dspy_flavor


class Canaries:
    """Values that no product knows, by the place that they are put in."""

    def __init__(self):
        self.values = {}

    def __getitem__(self, place):
        return self.values.setdefault(
            place, "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(24))
        )

    def found_in(self, data):
        return [place for place, value in self.values.items() if value.encode() in data]


@pytest.fixture
def canary(monkeypatch):
    canaries = Canaries()
    monkeypatch.setenv("SEARCH_API_KEY", canaries["environment"])
    return canaries


class Watcher(BaseCallback):
    def __init__(self, value):
        self.value = value


def model(endpoint, canary, name):
    user, password = canary[f"{name} user"], canary[f"{name} password"]
    return dspy.LM(
        "openai/test",
        api_key=canary[f"{name} api_key"],
        api_base=endpoint.url.replace("://", f"://{user}:{password}@"),
        headers={"X-Team": canary[f"{name} headers"]},
        extra_headers={"Authorization": f"Bearer {canary[f'{name} extra_headers']}"},
        azure_ad_token=canary[f"{name} azure_ad_token"],
        aws_secret_access_key=canary[f"{name} aws_secret_access_key"],
        vertex_credentials=json.dumps({"k": canary[f"{name} vertex_credentials"]}),
        unheard_of_argument=canary[f"{name} unheard_of_argument"],
        cache=False,
        callbacks=[Watcher(canary[f"{name} callback"])],
    )


def test_none_is_in_a_pickle_the_store_or_the_log(
    endpoint, canary, settings, log, lm, everything_published, caplog, capfd
):
    settings["lm"] = lm
    program = programs.CoT()
    program(question=canary["prompt in the history"])
    program.history.append({"prompt": canary["history"]})
    lm.history.append({"prompt": canary["lm history"]})
    program.set_lm(model(endpoint, canary, "predictor"))
    program.api_key = canary["attribute"]
    program.config = {"search": {"password": canary["nested"]}}
    program.client_credentials = {"user": canary["credentials"]}
    program.tool = programs.tool_with(canary["closure"])
    program.retriever = programs.Retriever(canary["retriever"])
    program.callbacks.append(Watcher(canary["callback"]))
    adapter = dspy.ChatAdapter()
    adapter.anything = canary["adapter"]
    settings.update(
        lm=model(endpoint, canary, "settings"),
        rm=programs.Retriever(canary["rm"]),
        adapter=adapter,
        callbacks=[Watcher(canary["settings callback"])],
        trace=[canary["trace"]],
    )

    info = log(program)

    assert canary.found_in(everything_published()) == []
    assert canary.found_in(caplog.text.encode()) == []
    assert canary.found_in("".join(capfd.readouterr()).encode()) == []
    left_out = {c["path"] for c in dspy_flavor.inspect_model(info.model_uri)["credentials"]}
    assert {"CoT.api_key", "dspy.settings['lm'].kwargs['headers']"} <= left_out


def test_none_is_in_the_source_format(endpoint, canary, settings, log, everything_published):
    program = programs.CoT()
    program.api_key = canary["attribute"]
    program.set_lm(model(endpoint, canary, "predictor"))
    settings["lm"] = model(endpoint, canary, "settings")

    log(program, serialization_format="source")

    assert canary.found_in(everything_published()) == []


def test_a_global_of_a_script_is_not_dragged_in(log, lm, canary, everything_published):
    """Classes of `__main__` are pickled with the globals that they use."""
    import types

    script = types.ModuleType("__main__")
    vars(script).update(dspy=dspy, API_TOKEN=canary["global"])
    exec(
        "class Search(dspy.Module):\n"
        "    def forward(self, question: str):\n"
        "        return dspy.Prediction(answer=str(API_TOKEN))\n",
        vars(script),
    )
    info = log(script.Search(), pip_requirements=["dspy"])

    assert canary.found_in(everything_published()) == []
    os.environ["API_TOKEN"] = "read-again"
    try:
        assert dspy_flavor.load_model(info.model_uri)(question="?").answer == "read-again"
    finally:
        del os.environ["API_TOKEN"]


@pytest.mark.parametrize("name", ["notes", "blob"])
def test_a_credential_under_another_name_is_refused_by_path(
    log, lm, canary, everything_published, name
):
    """The value of one that is known, kept in a second place, even packed or pickled."""
    program = programs.CoT()
    value = f"see {canary['environment']}!"
    packed = pickle.dumps(zlib.compress(value.encode()))
    setattr(program, name, value if name == "notes" else packed)

    with pytest.raises(MlflowException, match="SEARCH_API_KEY") as refusal:
        log(program)

    assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"
    assert canary.found_in(str(refusal.value).encode()) == []
    if name == "notes":
        assert "CoT.notes" in str(refusal.value)
    assert canary.found_in(everything_published()) == []
    assert mlflow.search_logged_models(output_format="list") == []


@pytest.mark.parametrize(
    "token",
    [
        "sk-proj-" + "a1B2" * 10,
        "ghp_" + "a1B2" * 9,
        "AKIA" + "ABCD" * 4,
        "hf_" + "aB" * 17,
        "postgresql://me:" + "hunter22@db/x",
        "-----BEGIN " + "PRIVATE KEY-----",
        "[default]\naws_secret_access_key = " + "kT7/pQ2x" * 5,
        '{"SecretAccessKey": "' + "kT7+pQ2x" * 5 + '"}',
        "curl -s -u me:" + "hunter22hunter https://db.example.com",
        "curl --user 'me:" + "hunter22hunter' https://db.example.com",
        "curl -sSu me:" + "hunter22hunter https://db.example.com",
        "secretaccesskey=" + "kT7/pQ2x" * 5,
    ],
)
def test_known_shapes_are_refused_wherever_they_are(log, lm, token, serialization_format):
    program = programs.CoT()
    program.notes = [f"use {token}"]

    with pytest.raises(MlflowException, match=r"CoT\.notes\[0\]") as refusal:
        log(program, serialization_format=serialization_format)

    assert token not in str(refusal.value)


@pytest.mark.parametrize("where", ["tags", "params", "metadata"])
def test_what_is_published_beside_the_files_is_looked_over_too(log, lm, canary, where):
    with pytest.raises(MlflowException, match=f"the argument {where}"):
        log(programs.CoT(), **{where: {"note": canary["environment"]}})


def test_names_that_only_sound_like_credentials_are_kept(log, lm):
    program = programs.CoT()
    program.max_tokens = 12
    program.pad_token = "<pad>"
    program.predictors()[0].demos = [dspy.Example(question="?", token="noun", answer="a")]

    loaded = dspy_flavor.load_model(log(program).model_uri)

    assert (loaded.max_tokens, loaded.pad_token) == (12, "<pad>")
    assert loaded.predictors()[0].demos[0]["token"] == "noun"


def test_credentials_are_read_from_the_environment_and_missing_ones_named(
    endpoint, settings, log, monkeypatch, caplog, serialization_format
):
    monkeypatch.setenv("ACME_API_KEY", "first-value-of-it")
    settings["lm"] = dspy.LM(
        "openai/test", api_base=endpoint.url, api_key="first-value-of-it", cache=False
    )
    info = log(programs.CoT(), serialization_format=serialization_format)

    monkeypatch.setenv("ACME_API_KEY", "second-value-of-it")
    mlflow.pyfunc.load_model(info.model_uri).predict("q")
    sent = {name.lower(): value for name, value in endpoint.headers[-1].items()}
    assert sent["authorization"] == f"Bearer {os.environ['ACME_API_KEY']}"

    monkeypatch.delenv("ACME_API_KEY")
    endpoint.fail = lambda _: True
    with pytest.raises(MlflowException, match="ACME_API_KEY"):
        mlflow.pyfunc.load_model(info.model_uri).predict("q")
    assert "ACME_API_KEY" in caplog.text
