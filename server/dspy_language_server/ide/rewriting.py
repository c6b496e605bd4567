"""Rewrites of a signature: string to class, class to string, spacing; none loses a type or a use."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterable

from dspy_language_server.program.model import (
    ApiValue,
    ClassDefinition,
    ModuleValue,
    Signature,
    SignatureField,
    SignatureString,
)
from dspy_language_server.program.program import Program
from dspy_language_server.program.scopes import FrameScope
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Field, Role, Span
from dspy_language_server.source.literals import quoted

Edits = list[tuple[Span, str]]

_BUILTINS = frozenset(dir(builtins))


# Spacing ----------------------------------------------------------------------------------------


def normalised(string: SignatureString) -> str | None:
    """The string's value with one spacing, or None where it is so already or cannot be read."""
    reading = string.reading
    if reading.accepted is not True or not reading.complete or not _whole(reading.fields, string):
        return None
    value = " -> ".join(_side(side) for side in (reading.inputs, reading.outputs)).strip()
    return value if value != string.value and "\n" not in string.value else None


def _side(fields: Iterable[Field]) -> str:
    return ", ".join(
        field.name if field.type_text is None else f"{field.name}: {one_spacing(field.type_text)}"
        for field in fields
    )


def one_spacing(type_text: str) -> str:
    """A type as Python's own printer spells it; quotes inside are kept as they are."""
    if '"' in type_text or "'" in type_text:
        return " ".join(type_text.split())
    try:
        return ast.unparse(ast.parse(type_text.strip(), mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(type_text.split())


def _whole(fields: Iterable[Field], string: SignatureString) -> bool:
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


# String to class --------------------------------------------------------------------------------


def string_to_class(
    program: Program, string: SignatureString, dialect: Dialect
) -> tuple[str, Edits] | None:
    """A class for a string signature: its name and the edits, or None where something would be lost."""
    reading = string.reading
    if (
        string.literal_uri != program.uri
        or reading.accepted is False
        or not reading.complete
        or string.custom_types
        or not _whole(reading.fields, string)
    ):
        return None
    replaced, docstring = _replaced(string)
    if replaced is None:
        return None
    at = _statement_start(program, replaced.start)
    base, imports = _spelled_base(program)
    typing_names = _missing_names(program, string, at, dialect)
    if typing_names is None:
        return None
    if typing_names:
        imports.append(f"from typing import {', '.join(sorted(typing_names))}")
    name = _class_name(program, string)
    text = _class_text(name, base, reading.inputs + reading.outputs, docstring)
    head = "".join(f"{line}\n" for line in imports)
    edits = [(Span(at, at), f"{_air(program, at)}{text}\n\n\n"), (replaced, name)]
    if head:
        place = _import_place(program)
        if place == at:
            edits[0] = (Span(at, at), f"{head}\n\n{text}\n\n\n")
        else:
            edits.insert(0, (Span(place, place), head))
    return name, edits


def _air(program: Program, at: int) -> str:
    """Blank lines above a class, where the line above it is none."""
    line = program.document.line_at(at)
    return "\n\n" if line > 0 and program.document.line_text(line - 1).strip() else ""


def _replaced(string: SignatureString) -> tuple[Span | None, str | None]:
    """What the class's name stands in place of, and the class's docstring."""
    call = string.call
    argument = call.argument("signature", 0)
    if call.api in {"Signature", "make_signature"} and call.kind == "api":
        instructions = call.argument("instructions", 1)
        if len(call.arguments) == 1:
            return call.span, None
        text = string.signature.instructions if string.signature is not None else None
        if len(call.arguments) == 2 and instructions is not None and text is not None:
            fits = inspect.cleandoc(text) == text and text.strip()
            return (call.span, text) if fits else (None, None)
        return None, None
    if (
        argument is None
        or string.literal_anchor.absolute(string.literal.span) != argument.value_span
    ):
        return None, None  # `SIG = "…"` used elsewhere: the variable would have to become the class
    return argument.value_span, None


def _class_text(name: str, base: str, fields: Iterable[Field], docstring: str | None) -> str:
    lines = [f"class {name}({base}.Signature):" if base else f"class {name}(Signature):"]
    if docstring:
        plain = (
            "\\" not in docstring
            and '"""' not in docstring
            and docstring.replace("\n", "").isprintable()
        )
        ended = docstring.endswith('"')
        text = f'"""{docstring}"""' if plain and not ended else quoted(docstring, '"""')
        lines.append("    " + text.replace("\n", "\n    "))
        lines.append("")
    prefix = f"{base}." if base else ""
    for field in fields:
        made = "InputField" if field.role is Role.INPUT else "OutputField"
        written = field.type_text
        annotation = "str" if written is None or written.strip() == "None" else one_spacing(written)
        lines.append(f"    {field.name}: {annotation} = {prefix}{made}()")
    if lines[-1].endswith(":"):
        lines.append("    pass")
    return "\n".join(lines)


def _spelled_base(program: Program) -> tuple[str, list[str]]:
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


def _missing_names(
    program: Program, string: SignatureString, at: int, dialect: Dialect
) -> set[str] | None:
    """Names of typing that the class needs imported; None where a type would not be found there."""
    needed: set[str] = set()
    for field in string.reading.fields:
        try:
            tree = ast.parse((field.type_text or "str").strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        for node in ast.walk(tree):
            if not isinstance(node, ast.Name):
                continue
            if node.id in dialect.typing_names or node.id in _BUILTINS:
                # DSPy does not look these up in the program; the class does.
                if not _is_named_elsewhere(program, string, node.id, at):
                    needed.update({node.id} - _BUILTINS)
                elif not _is_typings(string, node.id):
                    return None
            elif not _bound_before(program, string, node.id, at):
                return None
    return needed


def _is_named_elsewhere(program: Program, string: SignatureString, name: str, at: int) -> bool:
    """Whether the program binds a name that DSPy would not ask it for."""
    scope = string.scope
    local = isinstance(scope, FrameScope) and scope.is_local(name)
    return local or program.binds_before(name, at)


def _is_typings(string: SignatureString, name: str) -> bool:
    """Whether a name that the program binds is typing's own, imported."""
    bound = string.scope.lookup(name)
    return bound is not None and bound.text in {f"typing.{name}", f"typing_extensions.{name}"}


def _bound_before(program: Program, string: SignatureString, name: str, at: int) -> bool:
    """Whether a class at an offset sees the same name as the string."""
    scope = string.scope
    if isinstance(scope, FrameScope) and scope.is_local(name):
        return False
    return program.binds_before(name, at) or (
        scope.lookup(name) is not None and program.binds_before("*", at)
    )


def _class_name(program: Program, string: SignatureString) -> str:
    """A name after what the predictor is bound to, else after the outputs; not taken yet."""
    predictor = getattr(string.call.result, "predictor", None)
    bound = (getattr(predictor, "name", None) or "").rpartition(".")[2]
    words = [bound] if bound else [field.name for field in string.reading.outputs[:2]]
    stem = "".join(part[:1].upper() + part[1:] for word in words for part in word.split("_"))
    name = f"{stem}Signature" if stem.isidentifier() else "NewSignature"
    candidate, count = name, 2
    while program.mentions(candidate):
        candidate, count = f"{name}{count}", count + 1
    return candidate


def _statement_start(program: Program, offset: int) -> int:
    """The start of the top-level statement around an offset, decorators and comments above it apart."""
    document = program.document
    line = document.line_at(offset)
    while line > 0:
        text = document.line_text(line)
        above = document.line_text(line - 1)
        if text[:1].strip() and text[0] not in ")]}#" and not above.startswith("@"):
            break
        line -= 1
    return document.line_start(line)


def _import_place(program: Program) -> int:
    """Where an import can be added: behind the docstring and `__future__` imports."""
    document = program.document
    try:
        tree = ast.parse(document.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    last = 0
    for index, node in enumerate(tree.body):
        is_docstring = (
            index == 0
            and isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (is_docstring or is_future):
            break
        last = node.end_lineno or last
    return document.line_start(last)


# Class to string --------------------------------------------------------------------------------


def class_to_string(program: Program, definition: ClassDefinition) -> Edits | None:
    """`Name = dspy.Signature("…")` in place of a class, or None where something would be lost."""
    signature = definition.signature
    if signature is None or not signature.complete or not _plain(program, definition, signature):
        return None
    base, imports = _spelled_base(program)
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
