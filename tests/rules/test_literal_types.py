"""A literal is called wrong only where the real dspy logs a type mismatch for it, and nearly always then."""

import itertools
import typing

import pytest

from dspy_language_server.program.model import (
    Argument,
    ConstantValue,
    MappingValue,
    SequenceValue,
    StringValue,
)
from dspy_language_server.rules.literal_types import kind_of, mismatch
from dspy_language_server.signature.model import Span
from dspy_language_server.source.anchor import Anchor
from dspy_language_server.source.literals import StringLiteral

TYPES = [
    "str", "int", "float", "bool", "list", "dict", "list[str]", "list[int]", "list[list[int]]",
    "dict[str, int]", "dict[str, list[str]]", "tuple[int, int]", "set[str]", "typing.List[str]",
    "typing.Optional[int]", "typing.Union[int, str]", "int | None", "typing.Any", "list[typing.Any]",
    "typing.Literal['a', 'b']", "typing.Literal[1, 2]", "typing.Optional[list[str]]", "bytes",
]  # fmt: skip
LITERALS = [
    "a", "many", 1, 7, 1.5, True, None, [], ["a"], [1], [1, "a"], [["a"]], [[1]], {}, {"a": 1},
    {"a": "b"}, {"a": ["b"]}, (1, 2), ("a",), {"a"},
]  # fmt: skip
ANCHOR = Anchor("file:///app.py", 0)
NOWHERE = Span(0, 0)


def as_value(literal):
    if isinstance(literal, str):
        return StringValue(StringLiteral(literal, NOWHERE, (), ()), ANCHOR)
    if isinstance(literal, dict):
        return MappingValue({k: as_value(v) for k, v in literal.items()}, complete=True)
    if isinstance(literal, list | tuple | set):
        return SequenceValue(type(literal).__name__, tuple(as_value(item) for item in literal))
    return ConstantValue(literal)


def says_wrong(literal, type_):
    value = as_value(literal)
    argument = Argument("keyword", "x", ANCHOR, NOWHERE, NOWHERE, NOWHERE, kind_of(value), value)
    return mismatch(argument, type_) is not None


def dspy_says_wrong(literal, type_):
    from dspy.predict.predict import _is_value_compatible_with_type

    if literal is None:
        return False  # not checked
    annotation = eval(type_, {"typing": typing})
    return not _is_value_compatible_with_type(literal, annotation)


@pytest.mark.parametrize("type_", TYPES)
def test_what_dspy_accepts_is_not_called_wrong(type_):
    for literal in LITERALS:
        if says_wrong(literal, type_):
            assert dspy_says_wrong(literal, type_), (literal, type_)


def test_most_of_what_dspy_logs_is_found():
    pairs = list(itertools.product(LITERALS, TYPES))
    wrong = [(v, t) for v, t in pairs if dspy_says_wrong(v, t)]
    found = [(v, t) for v, t in wrong if says_wrong(v, t)]
    assert len(found) >= 0.9 * len(wrong), [p for p in wrong if p not in found]


@pytest.mark.parametrize("type_", ["Person", "dspy.Image", "not a type(", "", None])
def test_what_is_not_known_is_not_judged(type_):
    assert not says_wrong(1, type_)


def test_the_elements_of_an_unknown_type_are_not_judged():
    assert not says_wrong(["anything"], "list[Person]")
    assert says_wrong("no list", "list[Person]")


def test_an_integer_for_a_float_is_let_pass():
    """DSPy logs it, but no person calls it a mistake."""
    assert dspy_says_wrong(1, "float")
    assert not says_wrong(1, "float")
