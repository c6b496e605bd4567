"""How signatures are written: one spacing, and how `dspy` is spelled in a program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from dspy_language_server.program.model import ApiValue, ModuleValue, SignatureString
from dspy_language_server.program.program import Program
from dspy_language_server.signature.model import Field, Span

Edits = list[tuple[Span, str]]


def one_spacing(type_text: str) -> str:
    """A type as Python's own printer spells it; quotes inside are kept as they are."""
    if '"' in type_text or "'" in type_text:
        return " ".join(type_text.split())
    try:
        return ast.unparse(ast.parse(type_text.strip(), mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(type_text.split())


def whole(fields: Iterable[Field], string: SignatureString) -> bool:
    """Whether the fields say all that the string says: no default, star, comment or duplicate."""
    value = string.value
    fields = list(fields)
    if any(field.default_span is not None for field in fields) or "#" in value:
        return False
    covered = sum(1 for _ in fields)
    commas = _top_level_commas(value)
    return covered - 2 <= commas <= covered and not re.search(r"(?:^|,|->)\s*[*/]", value)


def _top_level_commas(value: str) -> int:
    depth = count = 0
    for character in value:
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            count += 1
    return count


def spelled_base(program: Program) -> tuple[str, list[str]]:
    """How `dspy` is spelled at the module's level, and the import that is missing."""
    names = ["dspy", *(use.text for unit in program.units for use in unit.names if use.binding)]
    for name in names:
        value = program.lookup(name)
        if isinstance(value, ModuleValue) and value.name == "dspy":
            return name, []
    own = ("Signature", "InputField", "OutputField")
    if all(isinstance(program.lookup(name), ApiValue) for name in own):
        return "", []
    return "dspy", ["import dspy"]
