"""A program that is logged answers when it is loaded: as pyfunc and as itself, in both formats."""

import importlib
import shutil
import sys
import threading
import types
import uuid
from typing import ClassVar

import dspy
import mlflow
import mlflow.dspy
import numpy as np
import programs
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, Schema

import dspy_flavor
from dspy_flavor.interface import interface_of


def test_one_question_and_many(log, lm, serialization_format):
    info = log(programs.CoT(), serialization_format=serialization_format)

    model = mlflow.pyfunc.load_model(info.model_uri)

    assert model.predict("why?") == {"reasoning": "reasoning of why?", "answer": "answer of why?"}
    answers = model.predict(["a", "b", "c"])
    assert [answer["answer"] for answer in answers] == ["answer of a", "answer of b", "answer of c"]


def test_the_program_itself(log, lm, serialization_format):
    info = log(programs.Desk(), serialization_format=serialization_format)

    desk = dspy_flavor.load_model(info.model_uri)

    answer = desk(ticket="no light", customer=programs.Person(name="Ada"))
    assert (answer.urgency, answer.reply) == (7, "reply of no light billing")


@pytest.mark.parametrize("form", [dspy.Predict, dspy.ChainOfThought])
def test_bare_modules(log, lm, serialization_format, form):
    info = log(form("question -> answer"), serialization_format=serialization_format)

    assert mlflow.pyfunc.load_model(info.model_uri).predict("q")["answer"] == "answer of q"


def test_an_agent_keeps_its_tools(log, lm, serialization_format):
    agent = dspy.ReAct("question -> answer", tools=[programs.get_weather], max_iters=2)
    info = log(agent, serialization_format=serialization_format)

    loaded = dspy_flavor.load_model(info.model_uri)

    assert list(loaded.tools) == ["get_weather", "finish"]
    assert loaded.tools["get_weather"](city="Oslo") == "rain in Oslo"
    assert loaded.tools["finish"]() == "Completed."


def test_demos_and_instructions_are_kept(log, lm, serialization_format):
    program = programs.CoT()
    predictor = program.predictors()[0]
    predictor.signature = predictor.signature.with_instructions("Answer like a pirate.")
    predictor.demos = [dspy.Example(question="q", answer="a").with_inputs("question")]

    loaded = dspy_flavor.load_model(
        log(program, serialization_format=serialization_format).model_uri
    )

    kept = loaded.predictors()[0]
    assert kept.signature.instructions == "Answer like a pirate."
    assert [dict(demo.items()) for demo in kept.demos] == [{"question": "q", "answer": "a"}]


def test_dspys_own_retriever_finds_again(log, lm, serialization_format):
    """It answers by a thread of its own, which a copy of its attributes would not have."""
    info = log(programs.Rag(), serialization_format=serialization_format)

    answers = mlflow.pyfunc.load_model(info.model_uri).predict(["about", "cats"])

    assert [answer["answer"] for answer in answers] == [
        "answer of «alpha» about",
        "answer of «chi» cats",
    ]


@pytest.mark.parametrize("kind", ["BestOfN", "Refine"])
def test_a_reward_is_kept(log, lm, serialization_format, kind):
    part = dspy.Predict("question -> answer")
    program = getattr(dspy, kind)(module=part, N=2, reward_fn=programs.short, threshold=1.0)
    info = log(program, serialization_format=serialization_format)

    loaded = dspy_flavor.load_model(info.model_uri)

    assert loaded(question="a").answer == "answer of a"
    assert loaded.reward_fn({}, dspy.Prediction(answer="x" * 200)) == 0.0


def test_objects_of_pythons_and_numpys_are_kept(log, lm, serialization_format):
    program = programs.Held()
    program.values["slotted"].api_key = ""
    info = log(program, serialization_format=serialization_format)

    loaded = dspy_flavor.load_model(info.model_uri)

    assert {k: shown(v) for k, v in loaded.values.items()} == {
        k: shown(v) for k, v in program.values.items()
    }
    assert loaded.values["default"]["new"] == []
    with loaded.lock:
        assert not loaded.stop.is_set()
    [answer] = loaded.parallel([(loaded.answer, {"question": "a"})])
    assert answer.answer == "answer of a"


def shown(value):
    """Return a value by what it shows: its class is the model's own after loading."""
    if isinstance(value, np.generic | np.ndarray):
        return str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return type(value).__name__, list(value.items())
    if hasattr(value, "url"):
        return value.url, value.api_key
    return repr(value)


def test_a_thread_is_refused_by_its_path(log, lm, serialization_format):
    program = programs.CoT()
    program.worker = threading.Thread(target=print)

    with pytest.raises(MlflowException, match=r"CoT\.worker"):
        log(program, serialization_format=serialization_format)


def test_typed_signatures_are_kept(log, lm, serialization_format):
    program = dspy.Predict(programs.Triage)

    loaded = dspy_flavor.load_model(
        log(program, serialization_format=serialization_format).model_uri
    )

    fields = loaded.signature.fields
    assert fields["urgency"].annotation is int
    assert str(fields["topic"].annotation) == "typing.Literal['billing', 'technical']"
    assert fields["customer"].annotation.__name__ == "Person"
    assert fields["ticket"].json_schema_extra["desc"] == "what the customer writes"


def test_the_documented_script_runs_unchanged(lm):
    """MLflow's page on its flavor, with dspy_flavor in the place of mlflow.dspy."""

    class CoT(dspy.Module):
        def __init__(self):
            super().__init__()
            self.prog = dspy.ChainOfThought("question -> answer")

        def forward(self, question):
            return self.prog(question=question)

    signature = ModelSignature(
        inputs=Schema([ColSpec("string")]), outputs=Schema([ColSpec("string")])
    )
    with mlflow.start_run():
        model_info = dspy_flavor.log_model(
            CoT(), artifact_path="model", input_example="what is 2 + 2?", signature=signature
        )

    model = mlflow.pyfunc.load_model(model_info.model_uri)
    assert set(model.predict("What kind of bear is best?")) == {"reasoning", "answer"}
    assert dspy_flavor.load_model(model_info.model_uri)(question="q").answer == "answer of q"


def test_save_model_writes_a_folder(lm, tmp_path, serialization_format):
    path = tmp_path / "saved"
    dspy_flavor.save_model(programs.CoT(), str(path), serialization_format=serialization_format)

    assert {"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt"} <= {
        file.name for file in path.iterdir()
    }
    assert mlflow.pyfunc.load_model(str(path)).predict("q")["answer"] == "answer of q"


def test_a_program_source_is_the_models_code(log, lm, folder):
    """What an editor logs: the slice itself is kept, and its `dspy.configure` is not carried out."""
    code = (
        "import dspy\n"
        "dspy.configure(lm=dspy.LM('openai/never-called'))\n"
        "class Echo(dspy.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.say = dspy.Predict('text -> echo')\n"
        "    def forward(self, text: str):\n"
        "        return self.say(text=text)\n"
        "if __name__ == '__main__':\n"
        "    echo = Echo()\n"
    )
    module = _as_module(code)
    info = log(
        module.echo,
        serialization_format="source",
        program_source=dspy_flavor.ProgramSource(code, "echo", "/home/me/echo.py"),
    )

    assert (folder(info) / "data/source/program_code.py").read_text() == code
    assert b"/home/me" not in (folder(info) / "data/program.json").read_bytes()
    before = dspy.settings.lm
    assert mlflow.pyfunc.load_model(info.model_uri).predict("hi") == {"echo": "echo of hi"}
    assert dspy.settings.lm is before


def _as_module(code):
    """Run a slice as the worker does: in a module of its own, with settings of its own."""
    module = types.ModuleType("__main__")
    exec(compile(code.replace("dspy.configure(", "dict("), "echo.py", "exec"), vars(module))
    return module


def test_two_versions_answer_as_themselves(log, lm, tmp_path, monkeypatch, serialization_format):
    """The file changes between two logs; each model keeps the code that it was logged with."""
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "versioned_program.py"
    infos = []
    for version in ("one", "two"):
        file.write_text(
            "import dspy\n"
            f"VERSION = {version!r}\n"
            "def version():\n    return VERSION\n"
            "class Program(dspy.Module):\n"
            "    def forward(self, question: str):\n"
            "        import versioned_program\n"
            "        return dspy.Prediction(answer=version())\n"
        )
        sys.modules.pop("versioned_program", None)
        importlib.invalidate_caches()
        module = importlib.import_module("versioned_program")
        infos.append(log(module.Program(), serialization_format=serialization_format))
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)

    models = [mlflow.pyfunc.load_model(info.model_uri) for info in infos]

    assert [model.predict("?")["answer"] for model in models] == ["one", "two"]


class Mutable(dspy.Module):
    """A class in the hands of its user, who changes it between two logs."""

    WORD = "one"
    options: ClassVar = {}

    def forward(self, question: str):  # noqa: ARG002
        return dspy.Prediction(answer=self.WORD)


@pytest.mark.parametrize("load", [dspy_flavor.load_model, mlflow.dspy.load_model])
def test_loading_leaves_the_callers_own_classes_alone(log, lm, load, monkeypatch):
    """A pickle with a class in it would fill that of the process that it was made in."""
    monkeypatch.setattr(Mutable, "options", {"api_key": str(uuid.uuid4())})
    kinds = (programs.CoT, programs.Person, programs.Mood, Mutable)
    before = [dict(vars(kind)) for kind in kinds]
    program = Mutable()
    program.cot, program.made = programs.CoT(), [programs.Person(name="Ada"), programs.Mood.GLAD]

    loaded = load(log(program).model_uri)

    assert loaded(question="?").answer == "one"
    assert type(loaded.made[0]).__name__ == "Person"
    assert loaded.made[1].value == "glad"
    after = [
        {name: vars(kind).get(name) for name in were}
        for kind, were in zip(kinds, before, strict=True)
    ]
    assert after == before
    assert interface_of(programs.CoT()).outputs is not None


def test_two_versions_of_one_class_answer_as_themselves(log, lm, monkeypatch):
    """Not the file has changed, but the class of this process."""
    infos = [log(Mutable())]
    monkeypatch.setattr(Mutable, "WORD", "two")
    infos.append(log(Mutable()))

    models = [mlflow.pyfunc.load_model(info.model_uri) for info in infos]

    assert [model.predict("?")["answer"] for model in models] == ["one", "two"]


def test_a_loaded_model_takes_the_callers_own_objects(log, lm, serialization_format):
    """Their classes are those of the module; the model has its own."""
    info = log(programs.Desk(), serialization_format=serialization_format)
    desk = mlflow.pyfunc.load_model(info.model_uri)._model_impl  # past MLflow's own check
    row = {"ticket": "no light", "customer": programs.Person(name="Ada")}

    assert desk.predict(row) == {"urgency": 7, "reply": "reply of no light billing"}
    row["customer"] = programs.Mood.GLAD
    with pytest.raises(MlflowException, match="input `customer` is no Person"):
        desk.predict(row)


def test_parts_of_a_package_are_found_after_a_model_with_one_of_them_was_loaded(
    log, lm, folder, tmp_path, monkeypatch, serialization_format
):
    """A package without `__init__.py`: what a model carries of it comes first on the path."""
    package = tmp_path / "written" / f"parts_of_{serialization_format}"
    package.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(package.parent))
    (package / "words.py").write_text("WORD = 'spoken'\n")
    for name, import_from in (("one", package.name), ("two", ".")):
        (package / f"{name}.py").write_text(
            "import dspy\n"
            "class Program(dspy.Module):\n"
            "    def forward(self, question: str):\n"
            f"        from {import_from} import words\n"
            f"        return dspy.Prediction(answer=words.WORD + ' {name}')\n"
        )
    one, two = (importlib.import_module(f"{package.name}.{name}") for name in ("one", "two"))

    first = log(one.Program(), serialization_format=serialization_format)
    assert mlflow.pyfunc.load_model(first.model_uri).predict("?") == {"answer": "spoken one"}
    second = log(two.Program(), serialization_format=serialization_format)

    code = "code" if serialization_format == "cloudpickle" else "data/source"
    kept = sorted(file.name for file in (folder(second) / code / package.name).iterdir())
    assert kept == ["two.py", "words.py"]
    assert mlflow.pyfunc.load_model(second.model_uri).predict("?") == {"answer": "spoken two"}
