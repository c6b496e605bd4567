"""Quoted types: what pydantic makes of `list["Foo"]` when it builds the signature's class."""

import ast
import types
import typing
import warnings
from typing import Any

from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.evaluate import (
    PythonEvaluator,
    Rejected,
    builtin,
)
from dspy_language_server.signature.unknowable import Unknowable
from dspy_language_server.signature.values import from_entry

_HOME = "dspy.signatures.signature"


class Deferred(Exception):  # noqa: N818 - a verdict, not an error
    """A quoted name is not known where pydantic looks: it puts the whole class off until the call."""


class BadReference(Exception):  # noqa: N818 - a verdict, not an error
    """A quoted type that raises: no expression, or no type."""


def resolve_quoted(value: Any, dialect: Dialect) -> Any:
    """The type with its quoted parts replaced by what they name in DSPy's own module.

    Raises:
        Deferred, BadReference, Unknowable: See there.
    """
    if isinstance(value, typing.ForwardRef):
        return _evaluate(value.__forward_arg__, dialect)
    origin = typing.get_origin(value)
    if origin is None or origin is typing.Literal:
        return value
    arguments = typing.get_args(value)
    if origin is typing.Annotated:
        source = resolve_quoted(arguments[0], dialect)
        if source is arguments[0]:
            return value
        parts = (source, *arguments[1:])
        return typing.Annotated[parts]
    quoted = isinstance(value, types.GenericAlias)
    made = tuple(_argument(argument, dialect, quoted=quoted) for argument in arguments)
    if all(new is old for new, old in zip(made, arguments, strict=True)):
        return value
    if isinstance(value, types.GenericAlias):
        return types.GenericAlias(origin, made)
    if origin in (typing.Union, types.UnionType):
        return typing.Union[made]  # noqa: UP007
    return value.copy_with(made)


def _argument(argument: Any, dialect: Dialect, *, quoted: bool) -> Any:
    if isinstance(argument, str) and quoted:
        return _evaluate(argument, dialect)
    return resolve_quoted(argument, dialect)


def check_syntax(value: Any) -> None:
    """Raises `BadReference` for a quoted part of the type that is no Python expression."""
    for argument in typing.get_args(value):
        if isinstance(argument, str) and isinstance(value, types.GenericAlias):
            _parse(argument)


def _parse(text: str) -> ast.expr:
    if text.startswith("*"):
        text = f"({text},)[0]"  # as typing.ForwardRef has it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadReference(f"{text!r} is quoted and no Python expression") from None


def _first_name(node: ast.expr) -> str:
    """The name that Python looks up first in an expression; empty where a constant comes before it."""
    while True:
        match node:
            case ast.BinOp(left=inner) | ast.Compare(left=inner):
                node = inner
            case ast.Attribute(value=inner) | ast.Subscript(value=inner):
                node = inner
            case ast.UnaryOp(operand=inner) | ast.Call(func=inner):
                node = inner
            case ast.Name(id=name):
                return name
            case _:
                return ""


def _evaluate(text: str, dialect: Dialect) -> Any:
    node = _parse(text)
    if text.startswith("*"):
        raise Deferred(text) if text[1:].isidentifier() else Unknowable
    names = dialect.module(_HOME)
    namespace = names if isinstance(names, dict) else {}

    def resolve(name: str) -> Any:
        if name in namespace:
            return from_entry(namespace[name], dialect)
        if name in dialect.builtin_names:
            return builtin(name, dialect)
        if name.startswith("_"):
            raise Unknowable
        raise Deferred(name)

    try:
        value = PythonEvaluator(dialect, resolve).evaluate(node)
    except Rejected as rejected:
        if rejected.code == "DSP107":
            first = _first_name(node)
            known = first in namespace or first in dialect.builtin_names
            if first and not first.startswith("_") and not known:
                raise Deferred(first) from None
            raise Unknowable from None
        raise BadReference(f"{text!r} is quoted and cannot be evaluated") from None
    if value is None:
        return type(None)
    if not callable(value) and not typing.get_origin(value):
        raise BadReference(f"{text!r} is quoted and names no type")
    return resolve_quoted(value, dialect)
