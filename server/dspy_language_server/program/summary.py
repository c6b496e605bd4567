"""What a statement binds, reads and mentions, from its syntax alone; noted once per statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dspy_language_server.source import syntax as s

_WORD = re.compile(r"[^\W\d]\w*")
_LONGEST_STRING = 4096
_CHANGING = frozenset(
    [
        "append", "extend", "insert", "remove", "sort", "reverse", "update", "setdefault", "pop",
        "clear",
    ]
)  # fmt: skip


@dataclass(slots=True)
class Summary:
    """The names of one statement and all that is inside it."""

    binds: set[str] = field(default_factory=set)
    """Names bound in the statement's own scope; `*` for a star import."""
    reads: set[str] = field(default_factory=set)
    """Names looked up anywhere inside, those in strings that may be signatures included."""
    mentions: set[str] = field(default_factory=set)
    """Attributes, keywords and short strings: whatever may name a field."""
    guards: set[str] = field(default_factory=set)
    """Names tested for: `hasattr(x, "name")`, `"name" in x`, and attributes that are assigned."""
    globals: set[str] = field(default_factory=set)
    """Names that a function inside rebinds at module level."""
    grows: set[str] = field(default_factory=set)
    """Names whose list or dict is changed here: `names.append(…)`, `names["x"] = …`."""
    self_stores: set[str] = field(default_factory=set)
    """Attributes of `self` assigned here (functions directly inside a class only)."""
    stores: set[str] = field(default_factory=set)
    """Attributes and items of anything else assigned here: a prediction may get them so."""


def summarize(statement: s.Statement) -> Summary:
    """The summary of a statement."""
    found = statement.summary
    if isinstance(found, Summary):
        return found
    made = Summary()
    _own(statement, made)
    opaque = isinstance(statement, s.Class | s.Function)
    for block in statement.blocks():
        for _, inner in block:
            part = summarize(inner)
            made.reads |= part.reads
            made.mentions |= part.mentions
            made.guards |= part.guards
            made.stores |= part.stores
            made.globals |= part.globals
            made.self_stores |= part.self_stores
            if not opaque:
                made.grows |= part.grows
                made.binds |= part.binds
    statement.summary = made
    return made


def bound_in(block: s.Block) -> set[str]:
    """The names that the statements of a block bind in their scope."""
    bound: set[str] = set()
    for _, statement in block:
        bound |= summarize(statement).binds
    return bound


def _own(  # noqa: PLR0912 - one case per kind of statement
    statement: s.Statement, into: Summary
) -> None:
    """What the statement itself says, its blocks aside."""
    match statement:
        case s.Import(names=names):
            for each in names:
                into.binds.add(bound_name(each))
        case s.Class(name=name) | s.Function(name=name):
            into.binds.add(name)
            into.mentions.add(name)
        case s.Assign(targets=targets, annotation_text=text):
            for target in targets:
                _target(target, into)
            if text:
                into.reads.update(_WORD.findall(text))
        case s.For(target=target):
            _target(target, into)
        case s.With(items=items):
            for _, bound in items:
                if bound is not None:
                    _target(bound, into)
        case s.Try(handlers=handlers):
            for handler in handlers:
                if handler.name is not None:
                    _target(handler.name, into)
        case s.Match(cases=cases):
            for patterns, _, _ in cases:
                into.binds.update(pattern.id for pattern in patterns)
        case s.TypeAlias(name=name):
            _target(name, into)
        case s.ScopeDeclaration(kind="global", names=words):
            into.globals.update(words)
        case _:
            pass
    if isinstance(statement, s.Function):
        for parameter in statement.parameters:
            into.mentions.add(parameter.name)
            if parameter.annotation_text:
                into.reads.update(_WORD.findall(parameter.annotation_text))
    if isinstance(statement, s.Class):
        for argument in statement.arguments:
            if argument.name:
                into.mentions.add(argument.name)
    for expression in statement.expressions():
        _expression(expression, into)


def bound_name(imported: s.ImportedName) -> str:
    """The name that an import binds."""
    if imported.alias:
        return imported.alias
    return imported.name if imported.name is not None else imported.module.split(".")[0]


def targets_of(target: s.Expression) -> Iterator[s.Expression]:
    """The single targets of an assignment's left side."""
    waiting = [target]
    while waiting:
        current = waiting.pop()
        if isinstance(current, s.Display):
            waiting.extend(reversed(current.items))
        elif isinstance(current, s.Starred):
            waiting.append(current.value)
        else:
            yield current


def _target(target: s.Expression, into: Summary) -> None:
    for single in targets_of(target):
        if isinstance(single, s.Name):
            into.binds.add(single.id)
        elif isinstance(single, s.Attribute):
            into.guards.add(single.name)
            if isinstance(single.value, s.Name) and single.value.id == "self":
                into.self_stores.add(single.name)
            else:
                into.stores.add(single.name)
                into.grows.update(_holder(single.value))
        elif isinstance(single, s.Subscript) and isinstance(single.value, s.Name):
            into.grows.add(single.value.id)
        if (
            isinstance(single, s.Subscript)
            and len(single.indices) == 1
            and isinstance(single.indices[0], s.String)
            and single.indices[0].literal is not None
        ):
            into.guards.add(single.indices[0].literal.value)
            into.stores.add(single.indices[0].literal.value)


def _holder(expression: s.Expression) -> set[str]:
    """The name whose value changes when an attribute of it, or of its attributes, is assigned."""
    while isinstance(expression, s.Attribute):
        expression = expression.value
    return {expression.id} if isinstance(expression, s.Name) else set()


def _expression(expression: s.Expression, into: Summary) -> None:
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        if isinstance(current, s.Name):
            into.reads.add(current.id)
            continue
        if isinstance(current, s.Attribute):
            into.mentions.add(current.name)
            waiting.append(current.value)
            continue
        if isinstance(current, s.Call):
            _call(current, into)
        elif isinstance(current, s.String):
            _string(current, into)
        elif isinstance(current, s.Compare):
            _compare(current, into)
        elif isinstance(current, s.Walrus):
            _target(current.target, into)
        waiting.extend(current.children())


def _call(call: s.Call, into: Summary) -> None:
    for argument in call.arguments:
        if argument.name:
            into.mentions.add(argument.name)
    function = call.function
    if (
        isinstance(function, s.Attribute)
        and function.name in _CHANGING
        and isinstance(function.value, s.Name)
    ):
        into.grows.add(function.value.id)
    if isinstance(call.function, s.Name) and call.function.id == "setattr" and call.arguments:
        into.grows.update(_holder(call.arguments[0].value))
    if isinstance(call.function, s.Name) and call.function.id in {"hasattr", "setattr"}:
        for argument in call.arguments[1:2]:
            if isinstance(argument.value, s.String) and argument.value.literal is not None:
                into.guards.add(argument.value.literal.value)
                if call.function.id == "setattr":
                    into.stores.add(argument.value.literal.value)


def _string(string: s.String, into: Summary) -> None:
    if string.literal is None:
        return
    value = string.literal.value
    if "->" in value and len(value) <= _LONGEST_STRING:
        into.reads.update(_WORD.findall(value))
    elif len(value) < 100 and value.isidentifier():
        into.mentions.add(value)


def _compare(compare: s.Compare, into: Summary) -> None:
    if compare.operators[:1] in {("in",), ("not in",)}:
        first = compare.operands[0]
        if isinstance(first, s.String) and first.literal is not None:
            into.guards.add(first.literal.value)
