"""`import dspy_flavor` in the place of `mlflow.dspy`: names, parameters, values, errors, layout."""

import inspect

import dspy
import mlflow
import mlflow.dspy
import programs
import pytest
import yaml
from mlflow.dspy import save
from mlflow.exceptions import MlflowException

import dspy_flavor

FUNCTIONS = {
    **{name: getattr(mlflow.dspy, name) for name in mlflow.dspy.__all__},
    "get_default_pip_requirements": save.get_default_pip_requirements,
    "get_default_conda_env": save.get_default_conda_env,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_what_mlflows_takes(name):
    theirs = inspect.signature(FUNCTIONS[name]).parameters
    ours = inspect.signature(getattr(dspy_flavor, name)).parameters

    assert list(ours)[: len(theirs)] == list(theirs)
    for parameter in theirs.values():
        mine = ours[parameter.name]
        assert (mine.kind, mine.default) == (parameter.kind, parameter.default), parameter.name
    added = [ours[extra] for extra in list(ours)[len(theirs) :]]
    assert all(parameter.default is not parameter.empty for parameter in added)


def test_requirements_by_default_are_mlflows():
    for name in ("get_default_pip_requirements", "get_default_conda_env"):
        assert getattr(dspy_flavor, name)() == FUNCTIONS[name]()


@pytest.mark.parametrize("arguments", [{}, {"use_dspy_model_save": True}, {"task": "llm/v1/chat"}])
def test_the_layout_is_mlflows(lm, tmp_path, arguments):
    folders = []
    for flavor in (mlflow.dspy, dspy_flavor):
        folders.append(tmp_path / flavor.__name__)
        flavor.save_model(programs.Chat(), str(folders[-1]), pip_requirements=["dspy"], **arguments)

    theirs, ours = (
        {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        for folder in folders
    )
    assert theirs <= ours
    their_model, our_model = (
        yaml.safe_load((folder / "MLmodel").read_text()) for folder in folders
    )
    for key in ("model_path", "inference_task"):
        flavors = their_model["flavors"], our_model["flavors"]
        assert flavors[0]["dspy"].get(key) == flavors[1]["dspy"].get(key)
    assert their_model.get("metadata") == our_model.get("metadata")
    assert set(their_model["flavors"]) == set(our_model["flavors"])
    assert set(their_model["flavors"]["python_function"]) <= set(
        our_model["flavors"]["python_function"]
    )


def test_log_model_returns_mlflows_model_info(log, lm):
    with mlflow.start_run():
        theirs = mlflow.dspy.log_model(programs.CoT(), name="model", pip_requirements=["dspy"])
    ours = log(programs.CoT(), pip_requirements=["dspy"])

    assert type(ours) is type(theirs)
    assert ours.model_uri.startswith("models:/m-")
    assert set(theirs.flavors) == set(ours.flavors)


@pytest.mark.parametrize("arguments", [{"task": "llm/v1/nothing"}, {"task": "chat"}])
def test_wrong_arguments_raise_mlflows_error(lm, tmp_path, arguments):
    codes = []
    for flavor in (mlflow.dspy, dspy_flavor):
        with pytest.raises(MlflowException) as error:
            flavor.save_model(programs.CoT(), str(tmp_path / flavor.__name__), **arguments)
        codes.append(error.value.error_code)

    assert codes == ["INVALID_PARAMETER_VALUE"] * 2


def test_a_tool_with_a_lock_is_kept(log, lm):
    """mlflow.dspy cannot pickle it; a new lock does as well as the old."""
    tool = programs.Counter().count
    info = log(dspy.ReAct("question -> answer", tools=[tool]))

    loaded = dspy_flavor.load_model(info.model_uri)

    assert loaded.tools["count"](item="a") == "1 a"


def test_what_cannot_be_pickled_is_named(log, lm):
    program = programs.CoT()
    program.connection = programs.Plain()
    program.connection.rows = (row for row in [1])

    with pytest.raises(MlflowException, match=r"CoT\.connection\.rows \(builtins\.generator\)"):
        log(program)


def test_a_class_that_was_renamed_is_one_clear_error(lm, tmp_path, monkeypatch):
    """A model of mlflow.dspy refers to the module by name; ours carries the code."""
    file = tmp_path / "renamed_program.py"
    code = "import dspy\nclass Before(dspy.Module):\n    def forward(self, q):\n        return q\n"
    file.write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    module = __import__("renamed_program")
    mlflow.dspy.save_model(module.Before(), str(tmp_path / "theirs"), pip_requirements=["dspy"])
    dspy_flavor.save_model(module.Before(), str(tmp_path / "ours"), pip_requirements=["dspy"])
    module.After = module.Before
    del module.Before

    with pytest.raises(MlflowException, match="not there any more"):
        dspy_flavor.load_model(str(tmp_path / "theirs"))
    assert dspy_flavor.load_model(str(tmp_path / "ours"))("q") == "q"


def test_a_local_package_that_is_gone_is_refused_with_its_name(log, lm, monkeypatch):
    import sys

    program = programs.CoT()
    gone = type("Gone", (), {"__module__": "no_such_package.part"})
    program.part = gone()
    monkeypatch.delitem(sys.modules, "no_such_package", raising=False)

    with pytest.raises(MlflowException, match="no_such_package"):
        log(program, serialization_format="source")


def test_a_local_package_is_added_as_code(log, lm, folder, serialization_format):
    kept = folder(log(programs.CoT(), serialization_format=serialization_format))

    where = "code" if serialization_format == "cloudpickle" else "data/source"
    assert (kept / where / "programs.py").exists()
