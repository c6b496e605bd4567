"""Does a literal fit a declared type? Only what is certain: unknown types and values fit."""

from __future__ import annotations

import ast

from dspy_language_server.program.model import (
    Argument,
    ConstantValue,
    MappingValue,
    SequenceValue,
    StringValue,
    Value,
    ValueKind,
)

WORDS: dict[ValueKind, str] = {
    "string": "a string",
    "integer": "an integer",
    "float": "a float",
    "boolean": "a boolean",
    "none": "None",
    "list": "a list",
    "tuple": "a tuple",
    "dict": "a dict",
    "set": "a set",
}
# Which literals an instance check accepts for a plain type; a type that is not here is not judged.
ACCEPTED: dict[str, frozenset[str]] = {
    "str": frozenset({"string"}),
    "int": frozenset({"integer", "boolean"}),
    "float": frozenset({"float", "integer", "boolean"}),
    "bool": frozenset({"boolean"}),
    "bytes": frozenset({"other"}),
    "list": frozenset({"list"}),
    "dict": frozenset({"dict"}),
    "tuple": frozenset({"tuple"}),
    "set": frozenset({"set"}),
    "List": frozenset({"list"}),
    "Dict": frozenset({"dict"}),
    "Tuple": frozenset({"tuple"}),
    "Set": frozenset({"set"}),
}
SEQUENCES = frozenset({"list", "List", "set", "Set"})


def mismatch(argument: Argument, resolved: str | None) -> str | None:
    """What the literal is, in words, when it cannot be of the type; None when it may be."""
    if resolved is None or argument.value_kind in {"other", "none"}:
        # DSPy does not check None.
        return None
    try:
        annotation = ast.parse(resolved, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if _fits(argument.value_kind, argument.value, annotation, outermost=True):
        return None
    return _in_words(argument)


def _in_words(argument: Argument) -> str:
    value = argument.value
    if isinstance(value, StringValue):
        return f'"{value.literal.value}"' if len(value.literal.value) < 40 else "a string"
    return WORDS.get(argument.value_kind, "another value")


def _fits(
    kind: ValueKind | None, value: Value, annotation: ast.expr, *, outermost: bool = False
) -> bool:
    if kind is None:
        return True
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _fits(kind, value, annotation.left) or _fits(kind, value, annotation.right)
    if isinstance(annotation, ast.Constant) and annotation.value is None:
        return kind == "none"
    if isinstance(annotation, ast.Subscript):
        return _fits_generic(kind, value, annotation)
    name = _name(annotation)
    accepted = ACCEPTED.get(name)
    if accepted is None:
        return True
    if name == "str" and outermost and kind == "list":
        return _all_strings(value)  # DSPy lets a list of strings pass for a string.
    return kind in accepted


def _name(annotation: ast.expr) -> str:
    if isinstance(annotation, ast.Name):
        return annotation.id
    if isinstance(annotation, ast.Attribute) and _name(annotation.value) == "typing":
        return annotation.attr
    return ""


def _all_strings(value: Value) -> bool:
    if not isinstance(value, SequenceValue) or value.items is None:
        return True
    return all(not isinstance(item, ConstantValue) for item in value.items)


def _fits_generic(kind: ValueKind, value: Value, annotation: ast.Subscript) -> bool:
    name = _name(annotation.value)
    inner = annotation.slice
    arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Literal":
        return _fits_literal(kind, value, arguments)
    if name == "Optional":
        return kind == "none" or _fits(kind, value, inner)
    if name == "Union":
        return any(_fits(kind, value, argument) for argument in arguments)
    if name not in ACCEPTED:
        return True
    if kind not in ACCEPTED[name]:
        return False
    if name in SEQUENCES and isinstance(value, SequenceValue) and value.items is not None:
        return all(_fits(kind_of(item), item, inner) for item in value.items)
    if name in {"dict", "Dict"} and isinstance(value, MappingValue) and len(arguments) == 2:
        return all(_fits(kind_of(item), item, arguments[1]) for item in value.items.values())
    return True


def _fits_literal(kind: ValueKind, value: Value, members: list[ast.expr]) -> bool:
    allowed = [m.value for m in members if isinstance(m, ast.Constant)]
    if len(allowed) != len(members):
        return True
    if isinstance(value, StringValue):
        return value.literal.value in allowed
    if isinstance(value, ConstantValue):
        return value.value in allowed
    return kind in {"string", "integer", "boolean", "none", "float"}


def kind_of(value: Value) -> ValueKind | None:
    """The kind of a known value; None when it is not known."""
    if isinstance(value, StringValue):
        return "string"
    if isinstance(value, MappingValue):
        return "dict"
    if isinstance(value, SequenceValue):
        return value.kind
    if isinstance(value, ConstantValue):
        constant = value.value
        if constant is None:
            return "none"
        if isinstance(constant, bool):
            return "boolean"
        if isinstance(constant, int):
            return "integer"
        if isinstance(constant, float):
            return "float"
    return None
