"""Saves small models as this environment's release does, for `test_releases.py` to load later.

    .venvs/flavor-oldest/bin/python tests/flavor/save_release.py

They are kept in `data/releases/`, each packed into one file: a model of ours carries its loader's code. Run it in an environment of each release that is to be read.
"""

import inspect
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import dspy
import mlflow.dspy

FOLDER = Path(__file__).parent / "data" / "releases"


def program():
    """Return a program whose pickle holds no class or function of a script."""
    made = dspy.ChainOfThought("question -> answer")
    made.predictors()[0].demos = [dspy.Example(question="q", reasoning="r", answer="a")]
    return made


def main():
    """Save in every layout that this release knows."""
    dspy.configure(lm=dspy.LM("openai/test", api_key="sk-none", cache=False))
    target = FOLDER / f"dspy-{version('dspy')}-mlflow-{version('mlflow')}"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    mlflow.dspy.save_model(program(), str(target / "pickle"), pip_requirements=["dspy"])
    if "use_dspy_model_save" in inspect.signature(mlflow.dspy.save_model).parameters:
        mlflow.dspy.save_model(
            program(), str(target / "folder"), pip_requirements=["dspy"], use_dspy_model_save=True
        )
    if "--ours" in sys.argv:
        import dspy_flavor

        for form in ("cloudpickle", "source"):
            folder = target / f"dspy_flavor-{dspy_flavor.__version__}-{form}"
            dspy_flavor.save_model(
                program(), str(folder), pip_requirements=["dspy"], serialization_format=form
            )
    for model in sorted(target.iterdir()):
        for file in model.rglob("*.pyc"):
            file.unlink()
        shutil.make_archive(str(target / model.name), "gztar", target, model.name)
        shutil.rmtree(model)


if __name__ == "__main__":
    main()
