"""Reads one annotation: the type that DSPy and pydantic make of it, or the problem they have with it."""

import ast
import re
import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

from dspy_language_server.signature import advice, forward, schema
from dspy_language_server.signature.bindings import value_of
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.evaluate import (
    Evaluator,
    PythonEvaluator,
    Rejected,
    builtin,
    parse,
)
from dspy_language_server.signature.model import Span
from dspy_language_server.signature.scope import EMPTY, Scope
from dspy_language_server.signature.unknowable import Unknowable
from dspy_language_server.signature.values import (
    BUILTIN_TYPES,
    FieldCall,
    Module,
    from_entry,
    spell,
)

# DSPy's own expression: only a name directly after a colon is looked for in the callers' frames.
_AFTER_COLON = re.compile(r":\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)")
_TYPES = (
    type,
    typing._GenericAlias,  # type: ignore[attr-defined]  # noqa: SLF001 - what DSPy checks for
    types.GenericAlias,
    typing._SpecialForm,  # noqa: SLF001
    types.UnionType,
)
_QUALIFIERS = ("Required", "NotRequired", "ReadOnly")


class TypeProblem(NamedTuple):
    """A problem with an annotation, before it is put in a field's words.

    Attributes:
        code: The rule's code.
        span: The part, relative to the annotation's text.
        what: Facts for the message, see `advice.py`.
    """

    code: str
    span: Span
    what: dict[str, Any]


class TypeReading(NamedTuple):
    """What an annotation means.

    Attributes:
        resolved: The type as the runtime spells it, or None.
        accepted: True, False, or None when that cannot be known.
        problem: Why it is rejected.
        by_pydantic: Whether pydantic's schema is what rejects it: a quoted unknown name in any
            field of the same signature puts that off until the call.
        late: Whether the type is looked at only for the field that wins among duplicates.
        by_dspy: Whether it is DSPy that looks at it then, before pydantic drops any field.
        deferred: The quoted name that puts the schema off, or None.
        dropped: Whether the field vanishes (`ClassVar`).
        final: Whether it is a bare `Final`, with which some names vanish as well.
        warnings: What is accepted and ignored.
        value: What an accepted type is worked out to, for constraints on it.
    """

    resolved: str | None
    accepted: bool | None = True
    problem: TypeProblem | None = None
    by_pydantic: bool = False
    late: bool = False
    by_dspy: bool = False
    deferred: str | None = None
    dropped: bool = False
    final: bool = False
    warnings: tuple[TypeProblem, ...] = ()
    value: Any = None


class Annotation(NamedTuple):
    """An annotation's text, taken apart once.

    Attributes:
        node: Its tree; None when Python cannot parse it.
        names: The names in it that are neither in `typing` nor one of DSPy's twelve builtins.
        sought: The names in it that DSPy seeks in the callers' frames.
    """

    node: ast.expr | None
    names: frozenset[str]
    sought: tuple[str, ...]


def annotation(text: str, dialect: Dialect) -> Annotation:
    """Takes an annotation apart; the answer is kept."""
    found: Annotation | None = dialect.annotations.get(text)
    if found is None:
        if len(dialect.annotations) > 20_000:
            dialect.annotations.clear()
        found = dialect.annotations[text] = _take_apart(text, dialect)
    return found


def _take_apart(text: str, dialect: Dialect) -> Annotation:
    node = None if too_deep(text) else parse(text)
    names = frozenset(
        part.id
        for part in (ast.walk(node) if node else ())
        if isinstance(part, ast.Name)
        and (part.id == "NoneType" or part.id not in dialect.typing_names)
        and part.id not in BUILTIN_TYPES
    )
    return Annotation(node, names, sought(":" + text, dialect))


def sought(text: str, dialect: Dialect) -> tuple[str, ...]:
    """The dotted names that DSPy seeks in frames for a signature string."""
    found = _AFTER_COLON.findall(text)
    return tuple(
        name
        for name in found
        if (base := name.partition(".")[0]) not in dialect.typing_names
        and base not in dialect.builtin_names
    )


MAX_OPERATORS = 1500


def too_deep(text: str) -> bool:
    """Whether parsing it could exhaust Python's own parser; DSPy's fails on such a text as well."""
    if len(text) < 400:
        return False
    depth = deepest = operators = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
        elif character in "|.+-*~&^@/%<>=!":
            operators += 1
    words = text.count("not ") + text.count("await ") + text.count("lambda")
    return deepest > 190 or operators + words > MAX_OPERATORS


Resolve = Callable[[str], Any]


def read_string_type(
    text: str, dialect: Dialect, custom: dict[str, Any] | None = None
) -> TypeReading:
    """Reads an annotation in a signature string.

    Args:
        text: The annotation.
        dialect: The release.
        custom: The values that DSPy found in frames or was given as `custom_types`, by name; a value
            may be an `Unknowable` instance. None when it found none.
    """
    parsed = annotation(text, dialect)
    if parsed.node is None:
        return TypeReading(
            None, accepted=False, problem=TypeProblem("DSP102", Span(0, len(text)), {})
        )
    if parsed.names:
        return _read(text, parsed.node, dialect, _string_names(dialect, custom), custom)
    found: TypeReading | None = dialect.readings.get(text)
    if found is None:
        if len(dialect.readings) > 20_000:
            dialect.readings.clear()
        found = _read(text, parsed.node, dialect, _string_names(dialect, None), None)
        dialect.readings[text] = found
    return found


def _string_names(dialect: Dialect, custom: dict[str, Any] | None) -> Resolve:
    def resolve(name: str) -> Any:
        if custom and name in custom:
            value = custom[name]
            if isinstance(value, Unknowable):
                raise value
            return value
        entry = dialect.typing_names.get(name)
        if entry is not None:
            return from_entry(entry, dialect)
        if name == "NoneType" and not custom:
            return type(None)
        if name in BUILTIN_TYPES:
            return BUILTIN_TYPES[name]
        known = dialect.module(name)
        return Module(name, known=None if known is None else known is not False)

    return resolve


def read_source_type(
    text: str, dialect: Dialect, scope: Scope = EMPTY, *, given: bool = False
) -> TypeReading:
    """Reads a type in source, whose names Python resolves.

    Args:
        text: The expression.
        dialect: The release.
        scope: What its names are bound to.
        given: Whether DSPy is given the type as a value (in a dict signature, in `append`) and looks at
            it before pydantic does; otherwise it is the annotation of a class's field.
    """
    parsed = annotation(text, dialect)
    if parsed.node is None:
        return TypeReading(None, accepted=None)

    def resolve(name: str) -> Any:
        binding = scope.lookup(name)
        return value_of(binding, dialect) if binding is not None else builtin(name, dialect)

    return _read(text, parsed.node, dialect, resolve, None, python=True, given=given)


def _read(
    text: str,
    node: ast.expr,
    dialect: Dialect,
    resolve: Resolve,
    custom: dict[str, Any] | None,
    *,
    python: bool = False,
    given: bool = False,
) -> TypeReading:
    dotted = {name: value for name, value in (custom or {}).items() if "." in name}
    make = PythonEvaluator if python else Evaluator
    try:
        value = make(dialect, resolve, dotted).evaluate(node)
        return _judge(text, node, value, dialect, python=python and not given)
    except Rejected as rejected:
        problem = TypeProblem(rejected.code, locate(rejected.node, text), rejected.what)
        return TypeReading(None, accepted=False, problem=problem)
    except (Unknowable, RecursionError):
        return TypeReading(None, accepted=None)


def _judge(text: str, node: ast.expr, value: Any, dialect: Dialect, *, python: bool) -> TypeReading:
    whole = Span(0, len(text))
    if value is None and not python:
        warning = TypeProblem("DSP209", whole, {})
        return TypeReading("str", warnings=(warning,) if text == "None" else ())
    if python and (value is None or isinstance(value, str)):
        return TypeReading("NoneType") if value is None else TypeReading(None, accepted=None)
    if not python and not isinstance(value, _TYPES):
        problem = _no_type(value, node, text, dialect)
        return TypeReading(None, accepted=False, problem=problem, by_dspy=True, late=True)
    # Pydantic looks for ClassVar under Annotated as well.
    declared = _without_metadata(value)[0]
    if declared is typing.ClassVar or typing.get_origin(declared) is typing.ClassVar:
        return TypeReading(None, dropped=True)
    deferred = None
    try:
        forward.check_syntax(value)
        value = forward.resolve_quoted(value, dialect)
    except forward.Deferred as reason:
        deferred = str(reason)
    except forward.BadReference as reason:
        problem = TypeProblem("DSP108", whole, {"reason": str(reason)})
        return TypeReading(None, accepted=False, problem=problem, late=True)
    value, metadata = _without_metadata(value)
    if value is typing.Final:
        return TypeReading("typing.Any", final=True)
    resolved = spell(value)
    if deferred is not None:
        return TypeReading(resolved, deferred=deferred)
    try:
        if metadata:
            parts = (value, *metadata)
            schema.check(typing.Annotated[parts], dialect)
        else:
            schema.check(value, dialect)
    except schema.NoSchema as reason:
        what = {"part": reason.part, "reason": reason.reason, "whole": value}
        problem = TypeProblem("DSP109", whole, what)
        return TypeReading(resolved, accepted=False, problem=problem, by_pydantic=True, late=True)
    except Unknowable:
        return TypeReading(resolved, accepted=None)
    return TypeReading(resolved, warnings=_ignored(value, node, text), value=value)


def _without_metadata(value: Any) -> tuple[Any, tuple[Any, ...]]:
    if typing.get_origin(value) is typing.Annotated:
        source, *metadata = typing.get_args(value)
        return source, tuple(metadata)
    return value, ()


def _no_type(value: Any, node: ast.expr, text: str, dialect: Dialect) -> TypeProblem:
    if isinstance(value, Module):
        if value.known:
            return TypeProblem("DSP106", locate(node, text), {"module": value.name})
        return TypeProblem("DSP104", locate(node, text), {"name": value.name})
    if isinstance(value, FieldCall):
        return TypeProblem("DSP106", locate(node, text), {"field_call": True})
    what = {"value": value}
    if isinstance(node, ast.Name) and node.id not in dialect.typing_names:
        what["bound"] = node.id  # by the callers' frames or `custom_types`
    return TypeProblem("DSP106", locate(node, text), what)


def _ignored(value: Any, node: ast.expr, text: str) -> tuple[TypeProblem, ...]:
    """Arguments that pydantic has no use for: `list[int, str]`, `dict[str, int, float]`."""
    origin = typing.get_origin(value)
    limit = schema.arguments_used(origin)
    arguments = typing.get_args(value)
    if limit is None or len(arguments) <= limit:
        return ()
    shorter = ""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        parts = [
            text[slice(*locate(part, text))] for part in (node.value, *node.slice.elts[:limit])
        ]
        shorter = f"{parts[0]}[{', '.join(parts[1:])}]"
    what = {
        "used": [advice.shown(a) for a in arguments[:limit]],
        "origin": advice.shown(origin),
        "shorter": shorter,
    }
    return (TypeProblem("DSP213", locate(node, text), what),)


_PREFIX = len("def f(_:")


def locate(node: ast.AST, text: str) -> Span:
    """Where a node of `parse(text)` stands in `text`."""
    start = _offset(text, node.lineno, node.col_offset)  # type: ignore[attr-defined]
    end = _offset(text, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
    return Span(start, end)


def _offset(text: str, line: int, column: int) -> int:
    if line == 1:
        column -= _PREFIX
        start = 0
    else:
        start = _line_start(text, line)
    if text.isascii():
        return min(start + column, len(text))
    encoded = text[start:].encode("utf-8", "surrogatepass")[:column]
    return start + len(encoded.decode("utf-8", "ignore"))


def _line_start(text: str, line: int) -> int:
    for found in re.finditer(r"\r\n|\r|\n", text):
        line -= 1
        if line == 1:
            return found.end()
    return len(text)
