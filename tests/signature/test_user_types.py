"""Types of the user's own: what the real dspy makes of each kind of binding, and what we say."""

import sys
import textwrap
import warnings

import pytest

from dspy_language_server.environment.names import dialect_of
from dspy_language_server.signature.reader import read
from dspy_language_server.signature.scope import UNKNOWN, Binding, BindingKind, MappingScope

DIALECT = dialect_of(sys.executable)
K = BindingKind


def tool(x: int) -> int:
    """A tool."""
    return x


# Name, Python source that binds it, and what a program reader says that it is.
BINDINGS = {
    "Model": ("class Model(BaseModel):\n    a: int", Binding(K.MODEL, "__main__.Model")),
    "Data": ("@dataclass\nclass Data:\n    a: int", Binding(K.DATACLASS, "__main__.Data", field_types=("int",))),
    "BadData": (
        "class Plain0: pass\n@dataclass\nclass BadData:\n    a: Plain0",
        Binding(
            K.DATACLASS, "__main__.BadData", field_types=("Plain0",),
            scope=MappingScope({"Plain0": Binding(K.PLAIN, "__main__.Plain0")}),
        ),
    ),
    "Color": ("class Color(Enum):\n    RED = 1", Binding(K.ENUM, "__main__.Color")),
    "Point": ("class Point(NamedTuple):\n    x: int", Binding(K.NAMED_TUPLE, "__main__.Point", field_types=("int",))),
    "Plain": ("class Plain: pass", Binding(K.PLAIN, "__main__.Plain")),
    "Proto": ("class Proto(Protocol):\n    a: int", Binding(K.PROTOCOL, "__main__.Proto")),
    "OldDict": ("class OldDict(TypedDict):\n    a: int", Binding(K.TYPED_DICT, "__main__.OldDict", field_types=("int",))),
    "NewDict": (
        "class NewDict(typing_extensions.TypedDict):\n    a: int",
        Binding(K.EXTENSIONS_TYPED_DICT, "__main__.NewDict", field_types=("int",)),
    ),
    "Labels": ("Labels = Literal['a', 'b']", Binding(K.TABLE, text="t|Any")),
    "Names": ("Names = list[str]", Binding(K.ALIAS, text="list[str]")),
    "Maybe": ("Maybe = int | None", Binding(K.ALIAS, text="int | None")),
    "Ident": ("Ident = NewType('Ident', int)", Binding(K.NEW_TYPE, "Ident", text="int")),
    "T1": ("T1 = TypeVar('T1')", Binding(K.TYPE_VAR, "T1")),
    "func": ("def func(a: int) -> int: ...", Binding(K.VALUE, "function")),
    "jmod": ("import json as jmod", Binding(K.MODULE, "json")),
    "number": ("number = 3", Binding(K.VALUE, "int")),
    "nothing": ("nothing = None", Binding(K.NONE)),
    "Box": ("class Box(BaseModel, Generic[T0]):\n    a: T0", Binding(K.MODEL, "__main__.Box", parameters=1)),
    "Picture": ("Picture = dspy.Image", Binding(K.TABLE, text="+|dspy.adapters.types.image.Image")),
    "d": ("import datetime as d", Binding(K.MODULE, "datetime")),
    "Signature": ("class Signature(BaseModel):\n    a: int", Binding(K.MODEL, "__main__.Signature")),
    "Example": ("class Example(BaseModel):\n    a: int", Binding(K.MODEL, "__main__.Example")),
    "Tool": ("class Tool: pass", Binding(K.PLAIN, "__main__.Tool")),
    "Exception1": ("class Exception1(Exception): pass", Binding(K.PLAIN, "__main__.Exception1")),
}  # fmt: skip
BINDINGS["Labels"] = (BINDINGS["Labels"][0], Binding(K.ALIAS, text="Literal['a', 'b']", scope=MappingScope(
    {"Literal": Binding(K.TABLE, text="t|Literal")}
)))  # fmt: skip
FORMS = ["{}", "list[{}]", "Optional[{}]", "{} | None", "dict[str, {}]"]
IMPORTS = """
import dataclasses, typing, typing_extensions, dspy
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Literal, NamedTuple, NewType, Protocol, TypedDict, TypeVar
from pydantic import BaseModel
T0 = TypeVar("T0")
"""
CASES = [(name, form) for name in BINDINGS for form in FORMS] + [
    ("d", "{}.date"), ("d", "list[{}.date]"), ("d", "{}.foo"), ("Box", "{}[int]"), ("jmod", "{}.JSONDecoder"),
]  # fmt: skip


def real(source, name, callee, text, more=""):
    """What the real dspy does where the source's names are in scope."""
    namespace = {"__name__": "__main__", "tool": tool}
    # In a program of its own: nothing of these tests may be in a caller's frame.
    code = f"{IMPORTS}\n{textwrap.dedent(source)}\nanswer = dspy.{callee}({text!r}{more})"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(code, namespace)
        except Exception as error:
            return False, f"{type(error).__name__}: {error}"[:200]
    return True, namespace["answer"]


@pytest.mark.parametrize("callee", ["Signature", "Predict", "ChainOfThought", "ReAct"])
@pytest.mark.parametrize(("name", "form"), CASES)
def test_we_agree_with_dspy_on_a_users_type(name, form, callee):
    source, binding = BINDINGS[name]
    text = f"x: {form.format(name)} -> y"
    accepted, answer = real(
        source, name, callee, text, ", tools=[tool]" if callee == "ReAct" else ""
    )
    reading = read(text, dialect=DIALECT, scope=MappingScope({name: binding}), callee=callee)
    assert reading.accepted in (accepted, None), answer
    if reading.accepted is None:
        assert form.format(name) == "Box[int]" or "func" in name, (
            "only what cannot be known stays open"
        )
    if accepted and callee == "Signature" and reading.accepted:
        theirs = answer.input_fields["x"].annotation
        if (
            isinstance(theirs, type)
            and not hasattr(theirs, "__origin__")
            and theirs.__module__ != "builtins"
        ):
            assert reading.inputs[0].resolved == f"{theirs.__module__}.{theirs.__qualname__}"


def test_a_class_in_scope_that_dspy_cannot_see_is_explained():
    scope = MappingScope({"Contact": Binding(K.MODEL, "__main__.Contact")})
    (problem,) = read("text -> all: list[Contact]", dialect=DIALECT, scope=scope).problems
    assert problem.code == "DSP110"
    assert problem.data["name"] == "Contact"
    assert read(
        "text -> all: list[Contact]", dialect=DIALECT, scope=scope, custom_types={"Contact"}
    ).accepted


def test_the_same_name_after_a_colon_elsewhere_makes_it_visible():
    scope = MappingScope({"Contact": Binding(K.MODEL, "__main__.Contact")})
    assert read("a: Contact -> b: list[Contact]", dialect=DIALECT, scope=scope).accepted is True


def test_what_cannot_be_known_is_silent():
    reading = read("a: Thing -> b", dialect=DIALECT, scope=MappingScope({"Thing": UNKNOWN}))
    assert reading.accepted is None
    assert reading.problems == ()


def test_a_nested_class_is_found_through_its_outer_class():
    inner = Binding(K.MODEL, "__main__.Outer.Query")
    outer = Binding(K.PLAIN, "__main__.Outer", members={"Query": inner}.get)
    reading = read(
        "a: Outer.Query -> b: Outer.Nope", dialect=DIALECT, scope=MappingScope({"Outer": outer})
    )
    assert reading.inputs[0].resolved == "__main__.Outer.Query"
    assert [p.code for p in reading.problems] == ["DSP105"]


def test_a_type_of_ones_own_behind_a_name_of_dspys_is_warned_about():
    scope = MappingScope({"Signature": Binding(K.MODEL, "__main__.Signature")})
    reading = read("a: Signature -> b", dialect=DIALECT, scope=scope)
    assert reading.accepted is True
    assert [p.code for p in reading.problems] == ["DSP211"]
    assert reading.inputs[0].resolved == "dspy.signatures.signature.Signature"
