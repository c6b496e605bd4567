"""Model signatures from the program's own types, without a call of the language model."""

import asyncio
import contextlib
import datetime as dt
import enum
import importlib
import py_compile
import warnings
from typing import Any, Literal

import dspy
import mlflow
import openai
import pandas as pd
import programs
import pytest
from dspy.utils.callback import with_callbacks
from mlflow.types.schema import AnyType, Array, ColSpec, DataType, Map, Object, Property, Schema

from dspy_flavor import overrides
from dspy_flavor.example import answer_of
from dspy_flavor.interface import interface_of
from dspy_flavor.schema import derive_signature


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Wide(dspy.Signature):
    text: str = dspy.InputField()
    count: int = dspy.InputField()
    share: float = dspy.InputField()
    sure: bool = dspy.InputField()
    kind: Literal["a", "b"] = dspy.InputField()
    size: Size = dspy.InputField()
    day: dt.date = dspy.InputField()
    when: dt.datetime = dspy.InputField()
    person: programs.Person = dspy.InputField()
    picture: dspy.Image = dspy.InputField()
    history: dspy.History = dspy.InputField()
    names: list[str] = dspy.InputField()
    counts: dict[str, int] = dspy.InputField()
    anything: Any = dspy.InputField()
    bare: list = dspy.InputField()
    maybe: str | None = dspy.InputField()
    answer: dict[str, float] = dspy.OutputField()


def test_every_type_has_a_column():
    signature = derive_signature(interface_of(dspy.Predict(Wide)))

    kinds = {column.name: (column.type, column.required) for column in signature.inputs}
    person = Object(
        [Property("name", DataType.string), Property("age", DataType.long, required=False)]
    )
    assert kinds == {
        "text": (DataType.string, True),
        "count": (DataType.long, True),
        "share": (DataType.double, True),
        "sure": (DataType.boolean, True),
        "kind": (DataType.string, True),
        "size": (DataType.long, True),
        "day": (DataType.string, True),
        "when": (DataType.datetime, True),
        "person": (person, True),
        "picture": (DataType.string, True),
        "history": (Object([Property("messages", Array(Map(AnyType())))]), True),
        "names": (Array(DataType.string), True),
        "counts": (Map(DataType.long), True),
        "anything": (AnyType(), False),
        "bare": (Array(AnyType()), True),
        "maybe": (DataType.string, False),
    }
    assert signature.outputs == Schema([ColSpec(Map(DataType.double), "answer")])


def test_one_required_string_needs_no_name():
    signature = derive_signature(interface_of(programs.CoT()))

    assert signature.inputs == Schema([ColSpec(DataType.string)])
    assert [column.name for column in signature.outputs] == ["reasoning", "answer"]


def test_arguments_of_forward_with_a_default_are_optional():
    signature = derive_signature(interface_of(programs.Desk()))

    assert [(c.name, c.required) for c in signature.inputs] == [
        ("ticket", True),
        ("customer", True),
        ("tone", False),
    ]
    assert [(c.name, c.type) for c in signature.outputs] == [
        ("urgency", DataType.long),
        ("reply", DataType.string),
    ]


class Returns(dspy.Module):
    def __init__(self):
        super().__init__()
        self.p = dspy.Predict("q: str -> a: int, b: str")


def forwards():
    class Field(Returns):
        def forward(self, q: str):
            return self.p(q=q).a

    class Named(Returns):
        def forward(self, q: str):
            result = self.p(q=q)
            return dspy.Prediction(**result, more=len(q))

    class Asynchronous(Returns):
        async def aforward(self, q: str):
            return await self.p.acall(q=q)

    class Untold(Returns):
        def forward(self, q: str):
            return make(q)

    class Annotated(Returns):
        def forward(self, q: str) -> str:
            return make(q)

    class Two(Returns):
        def forward(self, q: str):
            if q:
                return self.p(q=q)
            return dspy.Prediction(a=1)

    return [
        (Field, None, int),
        (Named, ["a", "b", "more"], None),
        (Asynchronous, ["a", "b"], None),
        (Untold, None, None),
        (Annotated, None, str),
        (Two, None, None),
    ]


def make(q):
    return q


MODULE = """
import dspy

class Counting(dspy.Module):
    def __init__(self):
        super().__init__()
        self.seen = dspy.Predict("question -> answer")

    def forward(self, question):
        {}
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return self.seen(question=question)", ["answer"]),
        ("super(); return self.seen(question=question)", ["answer"]),
        ("__kept = [q for q in question]; return dspy.Prediction(kept=len(__kept))", ["kept"]),
        (f"return dspy.Prediction(kept=question in {set('abcdefghijklmno')})", ["kept"]),
        ("return dspy.Prediction(kept=question is 'x')", ["kept"]),
    ],
    ids=["plain", "super", "own-names", "set", "warned-of"],
)
@pytest.mark.parametrize("edit", ["", "body", "above"])
def test_what_forward_returned_before_an_edit_is_not_read_from_the_file_after_it(
    tmp_path, monkeypatch, body, told, edit
):
    file = tmp_path / f"counting_{tmp_path.name}.py"
    file.write_text(MODULE.format(body))
    monkeypatch.syspath_prepend(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        py_compile.compile(str(file))  # what is read from there has its sets in another order
    program = importlib.import_module(file.stem).Counting()
    if edit == "body":
        file.write_text(MODULE.format("return dspy.Prediction(other=1)"))
    elif edit == "above":
        other = "    def forward(self, question):\n        return dspy.Prediction(other=1)\n\n"
        file.write_text(MODULE.format(body).replace("    def __init__", f"{other}    def __init__"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs = interface_of(program).outputs
    names = None if outputs is None else [field.name for field in outputs]
    assert names == (told if not edit else None)


@pytest.mark.parametrize(("cls", "names", "value"), forwards())
def test_outputs_are_read_from_forward(cls, names, value):
    interface = interface_of(cls())

    outputs = [field.name for field in interface.outputs] if interface.outputs else None
    assert (outputs, interface.value) == (names, value)


def test_logging_calls_no_language_model(log, lm, endpoint, serialization_format):
    log(programs.CoT(), input_example="why?", serialization_format=serialization_format)
    log(programs.CoT(), serialization_format=serialization_format)

    assert endpoint.requests == []


class Untold(dspy.Module):
    """Nobody can tell what this returns, without running it."""

    def __init__(self):
        super().__init__()
        self.p = dspy.Predict("question -> answer")

    def forward(self, question: str):
        return {"a": self.p, "b": None}["a"](question=question)


def test_an_example_is_run_once_where_outputs_are_not_told(log, lm, endpoint):
    info = log(Untold(), input_example="why?")

    assert len(endpoint.requests) == 1
    assert [column.name for column in info.signature.outputs] == ["answer"]


def test_the_first_row_of_an_example_is_enough(log, lm, endpoint):
    frame = pd.DataFrame({"question": ["why?", "how?", "where?"]})

    info = log(Untold(), input_example=frame)

    assert len(endpoint.requests) == 1
    assert [column.name for column in info.signature.outputs] == ["answer"]


def several_calls():
    class TwoPredictors(Untold):
        def forward(self, question: str):
            found = {"a": self.p}["a"](question=question)
            return {"a": self.p}["a"](question=found.answer)

    class Stubborn(Untold):
        def forward(self, question: str):
            for _ in range(3):
                with contextlib.suppress(Exception):
                    self.p(question=question)
            return {"a": self.p}["a"](question=question)

    class AtOnce(Untold):
        def forward(self, question: str):
            asked = [(self.p, dspy.Example(question=question).with_inputs("question"))] * 4
            return dspy.Parallel(num_threads=4, disable_progress_bar=True)(asked)[0]

    class Asynchronous(Untold):
        def forward(self, question: str):
            return asyncio.run(self.several(question))

        async def several(self, question):
            asked = [self.p.acall(question=question) for _ in range(4)]
            return (await asyncio.gather(*asked))[0]

    return [TwoPredictors, Stubborn, AtOnce, Asynchronous]


@pytest.mark.parametrize("cls", several_calls())
def test_an_example_calls_a_language_model_once_whatever_the_program_does(
    cls, log, lm, endpoint, caplog
):
    info = log(cls(), input_example="why?", pip_requirements=["dspy"])

    assert len(endpoint.requests) <= 1
    assert info.signature.inputs == Schema([ColSpec(DataType.string)])
    assert info.signature.outputs is None
    assert "calls its language model more than once" in caplog.text


class Posting(dspy.BaseLM):
    """A language model of the user's own, which hands its calls on to its base class."""

    def __init__(self, url):
        super().__init__("posting")
        self.url = url

    @with_callbacks
    def __call__(self, prompt=None, messages=None, **kwargs):
        return super().__call__(prompt=prompt, messages=messages, **kwargs)

    def forward(self, prompt=None, messages=None, **kwargs):  # noqa: ARG002
        client = openai.OpenAI(base_url=self.url, api_key="sk-none")
        return client.chat.completions.create(model="test", messages=messages)


@pytest.mark.parametrize(
    ("cls", "answer"), [(Untold, {"answer": "answer of why?"}), (several_calls()[0], None)]
)
def test_a_language_model_of_the_users_own_is_called_once_too(cls, answer, endpoint):
    settings = {"lm": Posting(endpoint.url)}

    assert answer_of("why?", cls(), settings) == answer
    assert len(endpoint.requests) == 1


def test_an_answer_that_cannot_be_read_is_not_asked_for_again(log, lm, endpoint):
    """DSPy would ask once more, as JSON."""
    endpoint.text = "no field of the signature"

    info = log(Untold(), input_example="why?")

    assert len(endpoint.requests) == 1
    assert info.signature.outputs is None


def test_a_failing_language_model_costs_neither_the_log_nor_seconds(log, lm, endpoint):
    endpoint.fail = lambda _: True

    info = log(Untold(), input_example="why?")

    assert info.signature.outputs is None
    assert info.signature.inputs == Schema([ColSpec(DataType.string)])
    assert len(endpoint.requests) == 1


def test_an_example_is_tried_once_with_a_limit_and_without_retries(log, lm, endpoint, monkeypatch):
    """A language model that is down for a while says so by 503, which is tried again otherwise."""
    endpoint.fail, endpoint.status = lambda _: True, 503
    asked = []

    def spy(model, changes):
        asked.append(overrides.with_lm_overrides(model, changes))
        return asked[-1]

    monkeypatch.setattr(f"{overrides.__package__}.model.with_lm_overrides", spy)

    info = log(Untold(), input_example="why?")

    assert info.signature.outputs is None
    assert len(endpoint.requests) == 1
    assert lm.num_retries > 0
    assert [(model.num_retries, model.kwargs["timeout"]) for model in asked] == [(0, 5.0)]


def test_a_demo_becomes_the_input_example(log, lm):
    program = programs.CoT()
    program.predictors()[0].demos = [dspy.Example(question="why?", answer="so")]

    model = mlflow.pyfunc.load_model(log(program).model_uri)

    assert model.input_example == "why?" or model.input_example.iloc[0, 0] == "why?"
