"""Whether pydantic can build a schema for a type: a static model of `create_model`.

The rules follow pydantic's `GenerateSchema`, which looks at the origin of a generic and at as many of its
arguments as that origin has a use for: `list[int, str]` is a list of integers to it.
"""

import collections
import collections.abc
import datetime  # noqa: ICN001 - spelled as users spell it
import decimal
import ipaddress
import os
import pathlib
import re
import types
import typing
import uuid
from typing import Any

from dspy_language_server.signature.constraints import check_constraints
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.unknowable import Unknowable
from dspy_language_server.signature.values import (
    FieldCall,
    Function,
    Module,
    Stand,
    Value,
    is_class,
    spell,
)


class NoSchema(Exception):  # noqa: N818 - a verdict, not an error
    """Pydantic rejects the type.

    Attributes:
        part: The part that it rejects.
        reason: Why, in a few words for people; empty when the part itself is all there is to say.
    """

    def __init__(self, part: Any, reason: str = "") -> None:
        super().__init__(reason)
        self.part = part
        self.reason = reason


_ABC = collections.abc
_PLAIN = frozenset(
    {
        str, bytes, int, float, bool, complex, object, type, dict, tuple, list, set, frozenset, type(None),
        type(...), datetime.date, datetime.datetime, datetime.time, datetime.timedelta, decimal.Decimal,
        uuid.UUID, _ABC.MutableSet, _ABC.Set, _ABC.MutableSequence, _ABC.Sequence,
        collections.deque, _ABC.Iterable, _ABC.Generator, _ABC.Mapping, _ABC.MutableMapping,
        collections.OrderedDict, collections.Counter, _ABC.Callable, _ABC.Hashable,
        ipaddress.IPv4Address, ipaddress.IPv4Interface, ipaddress.IPv4Network, ipaddress.IPv6Address,
        ipaddress.IPv6Interface, ipaddress.IPv6Network, os.PathLike, pathlib.Path, pathlib.PurePath,
        pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, pathlib.PureWindowsPath, re.Pattern,
    }
)  # fmt: skip
_ONE_ARGUMENT = frozenset(
    {
        list, set, frozenset, _ABC.MutableSequence, _ABC.MutableSet, _ABC.Set, collections.deque,
        collections.Counter, _ABC.Sequence, _ABC.Iterable, _ABC.Generator,
    }
)  # fmt: skip
_TWO_ARGUMENTS = frozenset(
    {
        dict, _ABC.Mapping, _ABC.MutableMapping, collections.OrderedDict, collections.defaultdict,
    }
)  # fmt: skip
_PATHS = frozenset(
    {
        pathlib.Path, pathlib.PurePath, pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath,
        pathlib.PureWindowsPath,
    }
)  # fmt: skip
_HAVE_A_DEFAULT = frozenset(
    {
        tuple, _ABC.Sequence, _ABC.MutableSequence, list, set, frozenset, _ABC.MutableSet, _ABC.Set, dict,
        _ABC.Mapping, _ABC.MutableMapping, float, int, str, bool, collections.OrderedDict, collections.Counter,
    }
)  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNIONS = (typing.Union, types.UnionType)


def check(value: Any, dialect: Dialect) -> None:
    """Returns when pydantic builds a schema for the type.

    Raises:
        NoSchema: Pydantic rejects it.
        Unknowable: That cannot be known.
    """
    origin = typing.get_origin(value)
    if origin is None:
        _check_plain(value, dialect)
    elif origin in _UNIONS:
        for argument in typing.get_args(value):
            if argument is not type(None):
                check(argument, dialect)
    elif origin is typing.Annotated:
        source, *metadata = typing.get_args(value)
        check(source, dialect)
        _check_metadata(source, metadata)
    elif origin is typing.Literal:
        if not typing.get_args(value):
            raise NoSchema(value, "a Literal needs at least one value")
        if any(isinstance(a, str) and _SURROGATE.search(a) for a in typing.get_args(value)):
            raise NoSchema(value, "a value holds half a character (a surrogate)")
    elif _is_bare_alias(value):
        _check_plain(origin, dialect)
    else:
        _check_generic(value, origin, dialect)


def _is_bare_alias(value: Any) -> bool:
    """Whether it is `List`, `Dict`, … without arguments, inside another type."""
    return not isinstance(value, types.GenericAlias) and not hasattr(value, "__args__")


def _check_plain(value: Any, dialect: Dialect) -> None:  # noqa: PLR0912 - one branch per kind
    if value is None or value is typing.Any or value is getattr(typing, "Self", None):
        return
    if value is typing.Final:
        return
    if isinstance(value, Stand):
        if value.facts.usable is None:
            raise Unknowable
        if not value.facts.usable:
            raise NoSchema(value)
        return
    if isinstance(value, type):
        usable = value in _PLAIN or dialect.cache.get(("usable", value), False)
        if not usable:
            raise NoSchema(value)
        return
    if isinstance(value, typing.TypeVar):
        for constraint in value.__constraints__:
            check(constraint, dialect)
        return
    if isinstance(value, typing.NewType):
        check(value.__supertype__, dialect)
        return
    if isinstance(value, types.FunctionType):
        if dialect.cache.get(("usable", value), False):
            return
        raise NoSchema(value, "it is a function, not a type")
    if isinstance(value, Function) and value.type_name in {"function", "method", "partial"}:
        raise Unknowable  # pydantic takes a function for a call schema, unless its signature is odd
    raise NoSchema(value, _what_it_is(value))


def _what_it_is(value: Any) -> str:
    if isinstance(value, Module):
        return "it is a module"
    if isinstance(value, Value):
        return f"it is a {value.type_name.replace('builtin_function_or_method', 'function')}, not a type"
    if isinstance(value, int | float | complex | bytes | tuple) or value is ...:
        return f"{value!r} is a value, not a type"
    return ""


def _check_generic(value: Any, origin: Any, dialect: Dialect) -> None:  # noqa: PLR0912 - one per origin
    arguments = typing.get_args(value)
    if isinstance(origin, Stand):
        _check_stand(value, origin, arguments, dialect)
    elif origin is tuple:
        _check_tuple(value, arguments, dialect)
    elif origin is type:
        _check_class_argument(value, arguments[0] if arguments else typing.Any, dialect)
    elif origin in _ONE_ARGUMENT:
        check(arguments[0] if arguments else typing.Any, dialect)
    elif origin in _TWO_ARGUMENTS:
        if len(arguments) == 1:
            raise NoSchema(value, "it needs two type arguments, keys and values")
        for argument in arguments[:2]:
            check(argument, dialect)
        if origin is collections.defaultdict and arguments:
            _check_default(value, arguments[1])
    elif origin is _ABC.Callable or origin in _PATHS:
        return
    elif origin is os.PathLike:
        if arguments[0] not in (str, bytes, typing.Any):
            raise NoSchema(value, "os.PathLike takes only str, bytes or Any")
    elif origin is re.Pattern:
        if arguments[0] not in (str, bytes):
            raise NoSchema(value, "a Pattern is of str or bytes")
    elif origin is typing.Final:
        check(arguments[0], dialect)
    else:
        raise NoSchema(value)


def _check_stand(value: Any, origin: Stand, arguments: tuple[Any, ...], dialect: Dialect) -> None:
    counts = origin.facts.arguments or {}
    verdict = counts.get(len(arguments), counts.get(2) if 1 in counts else None)
    if verdict is None:
        raise Unknowable
    if not verdict:
        raise NoSchema(value)
    if origin.facts.binding is not None:
        for argument in arguments:
            check(argument, dialect)


def _check_tuple(value: Any, arguments: tuple[Any, ...], dialect: Dialect) -> None:
    if not arguments or arguments == ((),):
        return
    if arguments[-1] is ...:
        if len(arguments) != 2:
            raise NoSchema(value, "only one type can stand before `...`")
        check(arguments[0], dialect)
        return
    for argument in arguments:
        check(argument, dialect)


def _check_class_argument(value: Any, argument: Any, dialect: Dialect) -> None:
    if typing.get_origin(argument) is typing.Annotated:
        argument = typing.get_args(argument)[0]
    if argument is typing.Any or argument is None or argument is getattr(typing, "Self", None):
        return
    if isinstance(argument, typing.TypeVar):
        return
    if typing.get_origin(argument) in _UNIONS:
        for part in typing.get_args(argument):
            _check_class_argument(value, part, dialect)
        return
    if is_class(argument):
        return
    raise NoSchema(value, "it needs a class without arguments")


def _check_default(value: Any, argument: Any) -> None:
    if isinstance(argument, typing.TypeVar):
        return
    if typing.get_origin(argument) is typing.Annotated:
        metadata = typing.get_args(argument)[1:]
        if any(isinstance(m, FieldCall) and "default_factory" in m.keywords for m in metadata):
            raise Unknowable
    if (typing.get_origin(argument) or argument) not in _HAVE_A_DEFAULT:
        raise NoSchema(value, f"pydantic knows no default value for {spell(argument)}")


def _check_metadata(source: Any, metadata: list[Any]) -> None:
    for item in metadata:
        if isinstance(item, FieldCall):
            problem = check_constraints(source, item.keywords)
            if problem:
                raise NoSchema(source, problem)
        elif isinstance(item, Stand):
            raise Unknowable  # the class may have `__get_pydantic_core_schema__`


def arguments_used(origin: Any) -> int | None:
    """How many arguments of a generic pydantic looks at, for those that take more than they use."""
    if origin in _ONE_ARGUMENT:
        return 1
    return 2 if origin in _TWO_ARGUMENTS else None
