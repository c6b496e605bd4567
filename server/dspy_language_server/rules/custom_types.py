"""The rewrite for a type that is in scope but that DSPy cannot see: pass it as `custom_types`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dspy_language_server.program.model import (
    Argument,
    ClassValue,
    ConstantValue,
    SequenceValue,
    SignatureString,
    StringValue,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentFix, Finding
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Problem, Severity
from dspy_language_server.signature.scope import BindingKind

SHAPE = Rule(
    "DSP415",
    "custom-types-shape",
    Severity.ERROR,
    "`custom_types` is not a dict of names and types.",
)
# What a field's type can be; a value or a module is none, and of an unknown name we know nothing.
USABLE = frozenset(BindingKind) - {
    BindingKind.UNKNOWN,
    BindingKind.VALUE,
    BindingKind.MODULE,
    BindingKind.PLAIN,
    BindingKind.PROTOCOL,
    BindingKind.TYPE_VAR,
    BindingKind.TYPE_ALIAS,
    BindingKind.NONE,
}


def custom_types_fix(
    string: SignatureString, problem: Problem, surroundings: Surroundings
) -> DocumentFix | None:
    """Adds `custom_types={...}` where the problem is a name that the file binds to a type."""
    name = problem.data.get("name")
    if not isinstance(name, str) or problem.data.get("fix") != "custom_types":
        return None
    binding = string.scope.lookup(name.partition(".")[0])
    if binding is None or binding.kind not in USABLE:
        return None
    if "custom_types" in string.call.keywords:
        return None
    argument = _argument(string)
    if argument is None:
        return None
    names = types_in_scope(string, surroundings)
    if name.partition(".")[0] not in names:
        return None
    given = f"custom_types={{{', '.join(f'{n!r}: {n}' for n in names)}}}".replace("'", '"')
    title = f"Tell DSPy what `{name}` is (`custom_types=`)"
    if string.callee in {"Signature", "make_signature"}:
        return DocumentFix(title, (edits.addition(string.call, given),))
    signature = edits.spelled(string.call, "Signature", surroundings)
    if signature is None:
        return None
    return edits.wrap(argument, f"{signature}(", f", {given})", title)


def check_shape(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`custom_types=[Contact]` where a dict of names and types is needed."""
    for call in unit.calls:
        if call.kind != "api" or call.api not in {"Signature", "make_signature"} or not call.sure:
            continue
        argument = call.keywords.get("custom_types")
        if argument is None or not _is_no_mapping(argument):
            continue
        yield SHAPE.at(
            edits.value_place(argument),
            "`custom_types` is a dict of names and types: DSPy raises when the line runs. Write "
            '`{"Name": Name}`.',
            fixes=(_as_dict(argument, surroundings),),
        )


def _is_no_mapping(argument: Argument) -> bool:
    value = argument.value
    if isinstance(value, SequenceValue):
        # A list of pairs will do, and an empty one is as good as none.
        return bool(value.items) and not any(
            isinstance(item, SequenceValue) or not item.known for item in value.items or ()
        )
    if isinstance(value, ConstantValue):
        return bool(value.value)
    if isinstance(value, StringValue):
        return bool(value.literal.value)
    return isinstance(value, ClassValue)


def _as_dict(argument: Argument, surroundings: Surroundings) -> DocumentFix | None:
    text = surroundings.slice(argument.value_span).strip()
    names = [name.strip() for name in text.strip("[](){} ").split(",") if name.strip()]
    if not names or not all(name.isidentifier() for name in names):
        return None
    given = ", ".join(f'"{name}": {name}' for name in names)
    return edits.replace(edits.value_place(argument), f"{{{given}}}", "Make it a dict of names")


def types_in_scope(string: SignatureString, surroundings: Surroundings) -> list[str]:
    """The file's own names in the string's annotations: `custom_types` must list them all."""
    found: list[str] = []
    for field in string.reading.fields:
        try:
            tree = ast.parse(field.type_text or "", mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Name)
                and node.id not in found
                and node.id not in surroundings.dialect.typing_names
                and node.id not in surroundings.dialect.builtin_names
                and string.scope.lookup(node.id) is not None
            ):
                found.append(node.id)
    return found


def _argument(string: SignatureString) -> Argument | None:
    """The argument that is the string itself, not a name for it."""
    literal = string.literal_anchor.absolute(string.literal.span)
    for argument in string.call.arguments:
        if argument.value_span == literal and string.literal_uri == string.uri:
            return argument
    return None


FAMILY = Family("The types given to a signature", (SHAPE,), (check_shape,))
