"""What a field's type says of its value: an object of a class of the workspace, or several of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from dspy_language_server.program.model import (
    UNKNOWN,
    ClassDefinition,
    ClassValue,
    Context,
    Location,
    ModuleValue,
    ObjectValue,
    SequenceValue,
    SignatureField,
    TypeValue,
    Value,
)
from dspy_language_server.program.scopes import FrameScope
from dspy_language_server.program.values import merge
from dspy_language_server.signature.scope import Scope
from dspy_language_server.source import syntax as s

_MANY = frozenset(
    ["list", "List", "Sequence", "Iterable", "set", "Set", "frozenset", "FrozenSet", "Collection"]
)
_KINDS = frozenset({"type", "plain", "unknown"})
_DEEPEST = 12


def value_of_field(field: SignatureField | None) -> Value:
    """What the value of a prediction's field is known to be."""
    if field is None or field.type_text is None:
        return UNKNOWN
    return value_of_type(field.type_text, field.scope)


def value_of_type(text: str, scope: Scope | None, depth: int = 0) -> Value:
    """What a value of a type is known to be; UNKNOWN where no class of the workspace is named."""
    if not isinstance(scope, FrameScope) or depth > _DEEPEST:
        return UNKNOWN
    try:
        tree = ast.parse(f"({text.strip()}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return UNKNOWN
    return _value(tree.body, scope, depth)


def _value(node: ast.expr, scope: FrameScope, depth: int) -> Value:
    match node:
        case ast.Name() | ast.Attribute():
            return _named(_found(node, scope), depth)
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            return _generic(name, inner, scope, depth)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _either([left, right], scope, depth)
        case ast.Constant(value=str(text)):
            return value_of_type(text, scope, depth + 1)
        case _:
            return UNKNOWN


def _found(node: ast.expr, scope: FrameScope) -> Value:
    """What a dotted name stands for."""
    if isinstance(node, ast.Name):
        return scope.value(node.id)
    if isinstance(node, ast.Attribute):
        module = _found(node.value, scope)
        return scope.member(module, node.attr) if isinstance(module, ModuleValue) else UNKNOWN
    return UNKNOWN


def _named(value: Value, depth: int) -> Value:
    match value:
        case ClassValue(definition=definition) if definition.kind in _KINDS:
            return ObjectValue(definition)
        case TypeValue(text=text, scope=scope):
            return value_of_type(text, scope, depth + 1)
        case _:
            return UNKNOWN


def _generic(name: str, inner: ast.expr, scope: FrameScope, depth: int) -> Value:
    parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
    if name in {"Optional", "Union"}:
        return _either(parts, scope, depth)
    if name == "Annotated":
        return _value(parts[0], scope, depth)
    if name in _MANY and len(parts) == 1:
        return _several(_value(parts[0], scope, depth))
    if name in {"tuple", "Tuple"}:
        last = parts[-1]
        if len(parts) == 2 and isinstance(last, ast.Constant) and last.value is ...:
            return _several(_value(parts[0], scope, depth))
        items = tuple(_value(part, scope, depth) for part in parts)
        known = any(item.known for item in items)
        return SequenceValue("tuple", items) if known else UNKNOWN
    return UNKNOWN


def _several(element: Value) -> Value:
    return SequenceValue("list", None, element) if element.known else UNKNOWN


def _either(parts: list[ast.expr], scope: FrameScope, depth: int) -> Value:
    """One of several; None aside, for whoever reads on has something."""
    found: Value | None = None
    for part in parts:
        if isinstance(part, ast.Constant) and part.value is None:
            continue
        value = _value(part, scope, depth)
        found = value if found is None else merge(found, value)
    return found or UNKNOWN


# ---------------------------------------------------------------------------- members


class Member(NamedTuple):
    """An attribute or method of a class that is a field's type.

    Attributes:
        name: Its name.
        owner: The class that declares it.
        location: Its name there.
        type_text: Its annotation; None for a method.
        description: What `Field(description=…)` or a method's docstring says.
    """

    name: str
    owner: ClassDefinition
    location: Location
    type_text: str | None
    description: str = ""

    @property
    def value(self) -> Value:
        """What the attribute is known to be."""
        if self.type_text is None:
            return UNKNOWN
        return value_of_type(self.type_text, FrameScope(self.owner.source.frame))


def members(definition: ClassDefinition) -> dict[str, Member]:
    """What an object of a class has, inherited attributes first; private ones are left out."""
    found: dict[str, Member] = {}
    for each in reversed(_line(definition)):
        for member in _own(each):
            found[member.name] = member
    return found


def member_of(context: Context) -> Member | None:
    """The attribute of a field's object that a context is about."""
    if not isinstance(context.receiver, ObjectValue):
        return None
    return members(context.receiver.definition).get(context.name)


def _line(definition: ClassDefinition) -> list[ClassDefinition]:
    """The class and its bases in the workspace."""
    found = [definition]
    for each in found:
        bases = [base.definition for base in each.bases if isinstance(base, ClassValue)]
        found += [base for base in bases if base not in found]
    return found


def _own(definition: ClassDefinition) -> Iterator[Member]:
    statement: s.Class = definition.source.statement
    start = definition.span.start
    for offset, inner in statement.body:
        name: s.Name | None = None
        if isinstance(inner, s.Assign) and inner.annotation_text is not None:
            target = inner.targets[0] if len(inner.targets) == 1 else None
            name = target if isinstance(target, s.Name) else None
        if name is not None and not name.id.startswith("_"):
            assert isinstance(inner, s.Assign)
            place = Location(definition.uri, name.span.shifted(start + offset))
            yield Member(name.id, definition, place, inner.annotation_text, _described(inner.value))
        elif isinstance(inner, s.Function) and not inner.name.startswith("_"):
            place = Location(definition.uri, inner.name_span.shifted(start + offset))
            text = "" if inner.docstring is None else inner.docstring.value
            is_property = any(_last(each) == "property" for each in inner.decorators)
            returns = (inner.returns_text or "") if is_property else None
            yield Member(inner.name, definition, place, returns, text)


def _last(expression: s.Expression) -> str:
    return expression.id if isinstance(expression, s.Name) else getattr(expression, "name", "")


def _described(value: s.Expression | None) -> str:
    """The `description=` of a `Field(...)`."""
    if isinstance(value, s.Call):
        for argument in value.arguments:
            given = argument.value
            if argument.name in {"description", "desc"} and isinstance(given, s.String):
                return given.literal.value if given.literal is not None else ""
    return ""
