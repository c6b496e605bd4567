"""Rewrites of a signature that lose nothing: one spacing for a string, a string for a class."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable

from dspy_language_server.ide.spelling import Edits, one_spacing, spelled_base, whole
from dspy_language_server.program.model import (
    ApiValue,
    ClassDefinition,
    Signature,
    SignatureField,
    SignatureString,
)
from dspy_language_server.program.program import Program
from dspy_language_server.signature.model import Field
from dspy_language_server.source.literals import quoted

# Spacing ----------------------------------------------------------------------------------------


def normalised(string: SignatureString) -> str | None:
    """The string's value with one spacing, or None where it is so already or cannot be read."""
    reading = string.reading
    if reading.accepted is not True or not reading.complete or not whole(reading.fields, string):
        return None
    value = " -> ".join(_side(side) for side in (reading.inputs, reading.outputs)).strip()
    return value if value != string.value and "\n" not in string.value else None


def _side(fields: Iterable[Field]) -> str:
    return ", ".join(
        field.name if field.type_text is None else f"{field.name}: {one_spacing(field.type_text)}"
        for field in fields
    )


# Class to string --------------------------------------------------------------------------------


def class_to_string(program: Program, definition: ClassDefinition) -> Edits | None:
    """`Name = dspy.Signature("…")` in place of a class, or None where something would be lost."""
    signature = definition.signature
    if signature is None or not signature.complete or not _plain(program, definition, signature):
        return None
    base, imports = spelled_base(program)
    if imports or not base:
        return None
    sides = [
        ", ".join(_declared(f) for f in side) for side in (signature.inputs, signature.outputs)
    ]
    text = quoted(f"{sides[0]} -> {sides[1]}")
    if definition.docstring is not None:
        instructions = inspect.cleandoc(definition.docstring)
        if not instructions:
            return None  # the class has none; a string without them gets DSPy's own
        text += f", {quoted(instructions)}"
    return [(definition.span, f"{definition.name} = {base}.Signature({text})")]


def _declared(field: SignatureField) -> str:
    written = " ".join((field.type_text or "str").split())
    return field.name if written == "str" else f"{field.name}: {written}"


def _plain(program: Program, definition: ClassDefinition, signature: Signature) -> bool:
    """Whether a string can say everything that the class says."""
    if definition.methods or len(definition.bases) != 1 or not signature.fields:
        return False
    base = definition.bases[0]
    if not isinstance(base, ApiValue) or base.name != "Signature":
        return False
    for field in signature.fields:
        if field.declaration != "field" or field.call is None or field.call.arguments:
            return False
        if field.location is None or field.location.uri != program.uri:
            return False
        if not _string_type(field.type_text or "str"):
            return False
    text = program.document.slice(definition.span)
    statements = [line for line in text.splitlines()[1:] if line.strip()]
    return text.startswith("class ") and "#" not in text and bool(statements)


_PLAIN_TYPE = re.compile(r"[A-Za-z_][\w.]*|[\[\],|. ]|\"[^\"\\>-]*\"|'[^'\\>-]*'|\d+")


def _string_type(type_text: str) -> bool:
    """Whether DSPy reads the type in a string as Python does in a class.

    Only the first name of a type is looked up where the program is, so that user classes may
    stand nowhere else; `None` alone would become `str`.
    """
    rest = _PLAIN_TYPE.sub("", type_text)
    if rest.strip() or type_text.strip() == "None":
        return False
    names = re.findall(r"(?<![\"'\w.])[A-Za-z_]\w*", re.sub(r"\"[^\"]*\"|'[^']*'", "", type_text))
    return all(name in _KNOWN_EVERYWHERE for name in names[1:])


_KNOWN_EVERYWHERE = frozenset(
    {
        "str", "int", "float", "bool", "list", "dict", "tuple", "set", "frozenset", "bytes", "None",
        "Any", "Literal", "Optional", "Union", "List", "Dict", "Tuple", "Set",
        "True", "False", "dspy",
    }
)  # fmt: skip
