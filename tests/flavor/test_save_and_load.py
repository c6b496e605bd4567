"""A program that is logged answers when it is loaded: as pyfunc and as itself, in both formats."""

import importlib
import shutil
import sys
import types

import dspy
import mlflow
import programs
import pytest
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, Schema

import dspy_flavor


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
