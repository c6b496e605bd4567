"""The rewrite for a type that is in scope but that DSPy cannot see: pass it as `custom_types`."""

from __future__ import annotations

import ast

from dspy_language_server.program.model import Argument, SignatureString
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentFix
from dspy_language_server.rules.rule import Surroundings
from dspy_language_server.signature.model import Problem
from dspy_language_server.signature.scope import BindingKind

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
    if binding is None or binding.kind not in USABLE or string.custom_types is not None:
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
