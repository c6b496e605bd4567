"""A signature as a class: from a string, from a string with a name, from a dict; nothing is lost."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dspy_language_server.ide.spelling import Edits, one_spacing, spelled_base, whole
from dspy_language_server.program.analysis import Analysis
from dspy_language_server.program.model import (
    UNKNOWN,
    Call,
    SignatureField,
    SignatureString,
    SignatureValue,
)
from dspy_language_server.program.program import Program
from dspy_language_server.program.scopes import FrameScope
from dspy_language_server.program.summary import bound_in
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Field, Role, Span
from dspy_language_server.source import syntax as s
from dspy_language_server.source.literals import quoted
from dspy_language_server.source.syntax_reader import read_stretch

_BUILTINS = frozenset(dir(builtins))


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
        or not whole(reading.fields, string)
    ):
        return None
    declared = [_as_declared(field) for field in reading.inputs + reading.outputs]
    named = _binding_of(program, string)
    if named is not None:
        at = named.statement.start
        typing_names = _missing_of_all(program, named.strings, at, dialect)
        if typing_names is None:
            return None
        text = _class_text(named.name, spelled_base(program)[0], declared, None)
        return named.name, _with_imports(program, at, typing_names, "", [(named.statement, text)])
    replaced, docstring = _replaced(string)
    if replaced is None:
        return None
    at = _statement_start(program, replaced.start)
    typing_names = _missing_names(program, string, at, dialect)
    if typing_names is None:
        return None
    name = _class_name(program, string.call, [field.name for field in reading.outputs])
    text = _class_text(name, spelled_base(program)[0], declared, docstring)
    return name, _with_imports(program, at, typing_names, text, [(replaced, name)])


def _with_imports(
    program: Program, at: int, typing_names: set[str], text: str, edits: Edits
) -> Edits:
    """The edits with a new class at a statement's start, and with the imports that are missing."""
    imports = spelled_base(program)[1]
    if typing_names:
        imports.append(f"from typing import {', '.join(sorted(typing_names))}")
    head = "".join(f"{line}\n" for line in imports)
    place = _import_place(program)
    if text:
        text = f"{text}\n\n\n"
        text = f"{head}\n\n{text}" if head and place == at else f"{_air(program, at)}{text}"
        edits = [(Span(at, at), text), *edits]
    if head and not (text and place == at):
        edits = [(Span(place, place), head), *edits]
    return edits


@dataclass(frozen=True)
class _Binding:
    """`SIG = "question -> answer"`, and the signature strings that it is used as."""

    name: str
    statement: Span
    strings: list[SignatureString]


def _binding_of(program: Program, string: SignatureString) -> _Binding | None:
    """The statement that binds a string to a name, where the name is used for nothing else.

    The name then becomes the class's: whoever uses it needs no change.
    """
    literal = string.literal_anchor.absolute(string.literal.span)
    found = _assignment(program, literal)
    if found is None:
        return None
    name, statement = found
    strings = []
    for analysis in (program.analysis, *program.importers()):
        used = list(_uses_as_signature(analysis, literal, program.uri))
        allowed = [each.call.argument("signature", 0) for each in used]
        places = {argument.value_span for argument in allowed if argument is not None}
        if analysis is program.analysis:
            places.add(Span(statement.start, statement.start + len(name)))
        if not _named_only(analysis, name, places, importing=analysis is not program.analysis):
            return None
        strings += used
    return _Binding(name, statement, strings) if strings else None


def _assignment(program: Program, literal: Span) -> tuple[str, Span] | None:
    """The name that a statement of the module binds to a string and nothing else, and the statement."""
    document = program.document
    stretch = document.stretches[document.index_at(literal.start)]
    for placed, statement in read_stretch(stretch).body:
        start = stretch.anchor.start + placed
        whole_ = Span(start, start + statement.length)
        if not whole_.start <= literal.start < whole_.end or not isinstance(statement, s.Assign):
            continue
        value, targets = statement.value, statement.targets
        if len(targets) != 1 or not isinstance(targets[0], s.Name) or statement.augmented:
            return None
        rest = document.slice(Span(whole_.end, document.line_end(document.line_at(whole_.end))))
        alone = document.line_start(document.line_at(start)) == start
        if isinstance(value, s.String) and alone and rest.strip()[:1] in {"", "#"}:
            return targets[0].id, whole_
    return None


def _uses_as_signature(analysis: Analysis, literal: Span, uri: str) -> Iterator[SignatureString]:
    """The signature strings whose literal stands elsewhere, given to a predictor."""
    for unit in analysis.units():
        for each in unit.strings:
            place = each.literal_anchor.absolute(each.literal.span)
            if (
                each.literal_uri == uri
                and place == literal
                and each.call.kind == "api"
                and each.call.api not in {"Signature", "make_signature", "ensure_signature"}
                and not each.custom_types
            ):
                yield each


def _named_only(analysis: Analysis, name: str, places: set[Span], *, importing: bool) -> bool:
    """Whether a name stands at these places only (and in imports)."""
    document = analysis.document
    text = document.text
    for found in re.finditer(rf"\b{name}\b", text):
        if any(place.start <= found.start() < place.end for place in places):
            continue
        line = document.line_text(document.line_at(found.start()))
        if not importing or not re.match(r"\s*from\b.*\bimport\b", line):
            return False
    return True


def _missing_of_all(
    program: Program, strings: list[SignatureString], at: int, dialect: Dialect
) -> set[str] | None:
    """Names of typing that the class needs; None where one of the uses means other names."""
    needed: set[str] = set()
    for string in strings:
        missing = _missing_names(program, string, at, dialect)
        if missing is None or (string.uri != program.uri and not _means_the_same(string, dialect)):
            return None
        needed |= missing
    return needed


def _means_the_same(string: SignatureString, dialect: Dialect) -> bool:
    """Whether the types of a string that another document uses are those of any document."""
    names = set()
    for field in string.reading.fields:
        tree = ast.parse((field.type_text or "str").strip(), mode="eval")  # it was read before
        names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return all(
        (name in dialect.typing_names or name in _BUILTINS)
        and (string.scope.lookup(name) is None or _is_typings(string, name))
        for name in names
    )


class _Declared(NamedTuple):
    """A field as a class declares it: `name: annotation = prefix.made(arguments)`."""

    name: str
    annotation: str
    made: str
    arguments: str = "()"


def _as_declared(field: Field) -> _Declared:
    written = field.type_text
    annotation = "str" if written is None or written.strip() == "None" else one_spacing(written)
    made = "InputField" if field.role is Role.INPUT else "OutputField"
    return _Declared(field.name, annotation, made)


# Dict to class ----------------------------------------------------------------------------------


def dict_to_class(program: Program, call: Call) -> tuple[str, Edits] | None:
    """A class for `dspy.Signature({…})`: its name and the edits, or None where something would be lost."""
    argument = call.argument("signature", 0)
    made = call.result.signature if isinstance(call.result, SignatureValue) else None
    if argument is None or made is None or made.kind != "dict" or not made.complete:
        return None
    if call.uri != program.uri or argument.value_kind != "dict" or not made.fields:
        return None
    instructions = call.argument("instructions", 1)
    if len(call.arguments) != (1 if instructions is None else 2):
        return None
    text = made.instructions
    if instructions is not None and (
        not text or inspect.cleandoc(text) != text or not text.strip()
    ):
        return None
    written = program.document.slice(argument.value_span)
    declared = []
    for field in sorted(made.fields, key=lambda each: each.name_span or Span(0, 0)):
        one = _of_dict(program, field, argument.value_span)
        if one is None:
            return None
        written = written.replace(one.arguments, "")
        declared.append(one)
    at = _statement_start(program, call.span.start)
    if "#" in written or not _all_bound(program, declared, call, at):
        return None
    name = _class_name(program, call, [field.name for field in made.outputs])
    body = _class_text(name, spelled_base(program)[0], declared, text)
    return name, _with_imports(program, at, set(), body, [(call.span, name)])


def _of_dict(program: Program, field: SignatureField, within: Span) -> _Declared | None:
    """A dict's field as a class declares it."""
    call, place = field.call, field.name_span
    if call is None or call.api is None or place is None or not field.name.isidentifier():
        return None
    inside = within.start <= place.start and place.end <= within.end
    if not inside or call.uri != program.uri or field.name.startswith("_"):
        return None
    annotation = "str" if field.type_text in {None, "None"} else field.type_text or ""
    if "\n" in annotation or "#" in annotation or field.declaration != "field":
        return None
    return _Declared(field.name, annotation, call.api, program.document.slice(call.arguments_span))


def _all_bound(program: Program, declared: list[_Declared], call: Call, at: int) -> bool:
    """Whether a class at an offset sees every name that a dict's fields use."""
    local = {
        name
        for unit in program.units_at(call.span.start)
        for function in unit.functions
        if function.span.start <= call.span.start < function.span.end
        for name in (
            *bound_in(function.source.statement.body),
            *(parameter.name for parameter in function.source.statement.parameters),
        )
    }
    for field in declared:
        try:
            tree = ast.parse(f"({field.annotation}), f{field.arguments}")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        for node in ast.walk(tree):
            if not isinstance(node, ast.Name) or node.id == "f":
                continue
            known = program.binds_before(node.id, at)
            known = known or (node.id in _BUILTINS and program.lookup(node.id) is UNKNOWN)
            if not known or node.id in local:
                return False
    return True


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
        return None, None
    return argument.value_span, None


def _class_text(name: str, base: str, fields: Iterable[_Declared], docstring: str | None) -> str:
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
    lines += [f"    {f.name}: {f.annotation} = {prefix}{f.made}{f.arguments}" for f in fields]
    if lines[-1].endswith(":"):
        lines.append("    pass")
    return "\n".join(lines)


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


def _class_name(program: Program, call: Call, outputs: list[str]) -> str:
    """A name after what the predictor is bound to, else after the outputs; not taken yet."""
    predictor = getattr(call.result, "predictor", None)
    bound = (getattr(predictor, "name", None) or "").rpartition(".")[2]
    words = [bound] if bound else outputs[:2]
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
