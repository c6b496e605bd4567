"""Stand-ins for what type names mean at runtime, so that a type expression can be worked out without importing.

Genuine objects of `typing`, `builtins`, `collections` … are used where the server has them: their rules for
subscripts and unions are Python's own. Everything else (a user's class, a module, an instance) has a stand-in
that knows only what DSPy and pydantic would ask about it.
"""

import builtins
import collections
import collections.abc
import datetime  # noqa: ICN001 - spelled as users spell it
import decimal
import enum
import ipaddress
import os
import pathlib
import re
import types
import typing
import uuid
from collections.abc import Callable
from typing import Any

from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.scope import Binding
from dspy_language_server.signature.unknowable import Unknowable


class Facts:
    """What is known of a class that a stand-in stands for.

    Attributes:
        usable: Whether pydantic builds a schema for it; None when that cannot be known.
        arguments: What pydantic says to it with that many type arguments; a count that is missing
            cannot be subscripted so; None when nothing is known.
        members: What an attribute is; None answers "no such attribute". Absent: nothing is known.
        binding: The user's binding that it stands for, if any.
    """

    def __init__(
        self,
        usable: bool | None,
        arguments: dict[int, bool] | None = None,
        members: Callable[[str], Any] | None = None,
        binding: Binding | None = None,
    ) -> None:
        self.usable = usable
        self.arguments = arguments
        self.members = members
        self.binding = binding


class Stand(type):
    """The class of stand-ins for classes."""

    facts: Facts

    def __getitem__(cls, arguments: Any) -> Any:
        """What subscripting gives: an alias, a TypeError as Python has it, or no knowledge."""
        facts = cls.facts
        if facts.arguments is None:
            raise Unknowable
        count = len(arguments) if isinstance(arguments, tuple) else 1
        if count in facts.arguments:
            return types.GenericAlias(cls, arguments)
        if not facts.arguments:
            raise TypeError(f"type '{cls.__name__}' is not subscriptable")
        if {1, 2} <= facts.arguments.keys():
            return types.GenericAlias(cls, arguments)  # it takes as many as it is given
        if count > 2:
            raise Unknowable
        raise TypeError(f"{cls.__qualname__} does not take {count} type argument(s)")


def stand(spelled: str, facts: Facts) -> Stand:
    """A stand-in for the class that the runtime spells so."""
    module, _, name = spelled.rpartition(".")
    made = Stand(name or "class_", (), {"__module__": module or "builtins", "__qualname__": name})
    made.facts = facts
    return made


class Module:
    """A module, or the name of one that may not exist.

    Attributes:
        name: Its dotted name.
        known: Whether it can be imported; None when that is not known.
        members: What an attribute is, for a module of the workspace; absent: the tables answer.
    """

    def __init__(
        self, name: str, *, known: bool | None, members: Callable[[str], Any] | None = None
    ) -> None:
        self.name = name
        self.known = known
        self.members = members

    def __repr__(self) -> str:
        return f"<module '{self.name}'>"


class Value:
    """A value that is no type: a constant, an instance."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __repr__(self) -> str:
        return f"<{self.type_name}>"


class Function(Value):
    """A value that can be called, which `typing` lets pass where pydantic does not."""

    def __call__(self) -> None:
        """Never called: its presence makes `callable()` true."""


def named_function(spelled: str) -> types.FunctionType:
    """A function of that name that does nothing: `typing` and `repr` take it for the one it stands for."""
    module, _, name = spelled.rpartition(".")

    def nothing() -> None:
        """Never called."""

    nothing.__module__, nothing.__qualname__ = module, name
    nothing.__name__ = name.rpartition(".")[2]
    return nothing  # type: ignore[return-value]


class Metadata:
    """A part of an `Annotated` type of the tables, which pydantic takes."""

    def __init__(self, shown: str) -> None:
        self.shown = shown

    def __repr__(self) -> str:
        return self.shown


# The attributes of pydantic's FieldInfo, in the order of its `repr`.
_FIELD_SLOTS = (
    "default", "default_factory", "alias", "alias_priority", "validation_alias", "serialization_alias", "title",
    "field_title_generator", "description", "examples", "exclude", "exclude_if", "discriminator", "deprecated",
    "json_schema_extra", "frozen", "validate_default", "repr", "init", "init_var", "kw_only",
)  # fmt: skip


class FieldCall:
    """What `Field(gt=3)` inside a type gives."""

    def __init__(self, keywords: dict[str, Any]) -> None:
        self.keywords = keywords

    def __repr__(self) -> str:
        shown = {
            "gt": "Gt(gt={!r})", "ge": "Ge(ge={!r})", "lt": "Lt(lt={!r})", "le": "Le(le={!r})",
            "multiple_of": "MultipleOf(multiple_of={!r})", "min_length": "MinLen(min_length={!r})",
            "max_length": "MaxLen(max_length={!r})",
            "pattern": "_PydanticGeneralMetadata(pattern={!r})",
        }  # fmt: skip
        words = {key: value for key, value in self.keywords.items() if value is not None}
        others = {key: value for key, value in words.items() if key not in {*shown, *_FIELD_SLOTS}}
        if others:
            words.setdefault("json_schema_extra", others)
        plain = [f"{key}={words[key]!r}" for key in _FIELD_SLOTS if key in words]
        metadata = [shown[key].format(value) for key, value in words.items() if key in shown]
        parts = ["annotation=NoneType", f"required={'default' not in words}", *plain]
        if metadata:
            parts.append(f"metadata=[{', '.join(metadata)}]")
        return f"FieldInfo({', '.join(parts)})"


BUILTIN_TYPES: dict[str, Any] = {
    t.__name__: t
    for t in (
        int, str, float, bool, list, tuple, dict, set, frozenset, complex, bytes, bytearray,
    )
}  # fmt: skip
"""The builtins that DSPy knows by name; no other builtin is a type to it."""

_GENUINE_MODULES = (
    builtins, types, typing, collections, collections.abc, re, datetime, decimal, enum, uuid, pathlib,
    ipaddress, os,
)  # fmt: skip


def is_class(value: Any) -> bool:
    """Whether it is a class; below Python 3.11 `list[int]` claims to be one."""
    alias = isinstance(value, types.GenericAlias)
    return not alias and isinstance(value, type)


def spell(value: Any) -> str:
    """A type as DSPy's users see it: builtins bare, classes with their module, generics as `repr` has them."""
    if is_class(value):
        if value.__module__ == "builtins":
            return str(value.__qualname__)
        return f"{value.__module__}.{value.__qualname__}"
    return repr(value)


GENUINE: dict[str, type] = {
    spell(value): value
    for module in _GENUINE_MODULES
    for value in vars(module).values()
    if is_class(value)
}
"""Classes of the standard library that the server itself has, by spelling."""


def from_entry(text: str, dialect: Dialect) -> Any:
    """The value that an entry of the tables describes (see `tests/parity/describe.py`)."""
    key = ("entry", text)
    cached = dialect.cache.get(key)
    if cached is not None:
        return cached
    value = _from_entry(text, dialect)
    if value is not None:
        dialect.cache[key] = value
    return value


def _from_entry(text: str, dialect: Dialect) -> Any:
    kind, _, rest = text.partition("|")
    if kind == "N":
        return None
    if kind == "M":
        return Module(rest, known=True)
    if kind == "t":
        found = getattr(typing, rest, None)
        if found is None:
            raise Unknowable
        return found
    if kind in ("F+", "F-"):
        function = named_function(rest)
        dialect.cache[("usable", function)] = kind == "F+"
        return function
    if kind == "A":
        source, *shown = rest.split("\t")
        parts = (from_entry(source, dialect), *(Metadata(text) for text in shown))
        return typing.Annotated[parts]
    if kind == "?":
        raise Unknowable
    if kind in "FV":
        return Function(rest) if kind == "F" else Value(rest)
    spelled, _, arguments = rest.partition("|")
    usable = kind == "+"
    genuine = GENUINE.get(spelled)
    if genuine is not None:
        dialect.cache[("usable", genuine)] = usable
        return genuine
    pairs = zip(arguments[::2], arguments[1::2], strict=False)
    counts = {int(count): mark == "+" for count, mark in pairs}
    inner = _inner_classes(spelled, dialect)
    return stand(spelled, Facts(usable, counts, inner))


def _inner_classes(spelled: str, dialect: Dialect) -> Callable[[str], Any]:
    module, _, name = spelled.rpartition(".")

    def members(attribute: str) -> Any:
        names = dialect.module(module)
        if not attribute.startswith("_") and isinstance(names, dict):
            entry = names.get(f"{name}.{attribute}")
            if entry is not None:
                return from_entry(entry, dialect)
        raise Unknowable

    return members
