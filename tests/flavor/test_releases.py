"""Models that earlier releases of mlflow.dspy and of ours have saved are answered here."""

import shutil
from importlib.metadata import version
from pathlib import Path

import dspy
import mlflow
import pytest

import dspy_flavor

RELEASES = Path(__file__).parent / "data" / "releases"


def models():
    """Return the models of this release and of earlier ones: later ones nobody promises to read."""
    here = [int(part) for part in version("dspy").split(".")[:3]]
    found = []
    for packed in sorted(RELEASES.glob("*/*.tar.gz")):
        made_by = [int(part) for part in packed.parent.name.split("-")[1].split(".")]
        if made_by <= here:
            found.append(packed.relative_to(RELEASES).as_posix().removesuffix(".tar.gz"))
    return found


@pytest.mark.parametrize("model", models())
def test_a_model_of_an_earlier_release_answers(model, lm, settings, endpoint, tmp_path):
    settings["lm"] = None
    shutil.unpack_archive(RELEASES / f"{model}.tar.gz", tmp_path)
    folder = str(tmp_path / Path(model).name)

    program = dspy_flavor.load_model(folder)

    assert dspy.settings.lm.model == "openai/test"
    dspy.settings.lm.kwargs["api_base"] = endpoint.url  # as it was saved but for the address
    assert program(question="hi").answer == "answer of hi"
    with dspy.context(lm=lm):
        assert program(question="hi").answer == "answer of hi"
        assert [demo["answer"] for demo in program.predictors()[0].demos] == ["a"]
        if "dspy_flavor" in model:  # MLflow's own are read by MLflow there
            loaded = mlflow.pyfunc.load_model(folder)
            assert loaded.predict("hi")["answer"] == "answer of hi"


def test_there_are_models_of_the_oldest_release_and_of_ours():
    assert any(name.startswith("dspy-2.6.27-mlflow-3.0.0/") for name in models())
