"""The types that completion offers inside a signature string, and what is said about each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dspy_language_server.program.model import ClassValue, SignatureString
from dspy_language_server.program.program import Program
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.scope import BindingKind


class OfferedType(NamedTuple):
    """A type's spelling, where it is from, and whether it wants brackets."""

    name: str
    origin: str
    subscript: str = ""


BUILTIN = (
    OfferedType("str", "builtin"),
    OfferedType("int", "builtin"),
    OfferedType("float", "builtin"),
    OfferedType("bool", "builtin"),
    OfferedType("list", "builtin", "str"),
    OfferedType("dict", "builtin", "str, str"),
    OfferedType("tuple", "builtin", "str, str"),
    OfferedType("set", "builtin", "str"),
    OfferedType("bytes", "builtin"),
)
TYPING = (
    OfferedType("Literal", "typing", '"a", "b"'),
    OfferedType("Optional", "typing", "str"),
    OfferedType("Union", "typing", "str, int"),
    OfferedType("Any", "typing"),
)
_USABLE = {
    BindingKind.MODEL,
    BindingKind.DATACLASS,
    BindingKind.ENUM,
    BindingKind.NAMED_TUPLE,
    BindingKind.EXTENSIONS_TYPED_DICT,
    BindingKind.CUSTOM,
    BindingKind.ALIAS,
}


def offered(
    program: Program, string: SignatureString, dialect: Dialect, *, nested: bool
) -> Iterator[OfferedType]:
    """What may stand behind a colon: builtins, typing's, the scope's own, dspy's.

    Args:
        program: The program around the string.
        string: The string that is being typed.
        dialect: The rules of the dspy release.
        nested: Within brackets: DSPy looks a name of the program up only where it is the first
            one behind some colon of the string.
    """
    yield from BUILTIN
    yield from TYPING
    for name in sorted(_names(program)):
        binding = string.scope.lookup(name)
        if nested and not re.search(rf":\s*{name}\b", string.value):
            continue
        if binding is not None and binding.kind in _USABLE:
            yield OfferedType(name, binding.kind.value)
    for name in dialect.dspy_types:
        yield OfferedType(f"dspy.{name}", "dspy")


def _names(program: Program) -> set[str]:
    """Names that may be bound to a type of the program: classes, imports, aliases."""
    names = {definition.name for definition in program.classes() if definition.kind == "type"}
    for unit in program.units:
        for use in unit.names:
            if use.binding and (isinstance(use.value, ClassValue) or not use.value.known):
                names.add(use.text)
    return {name for name in names if name.isidentifier()}
