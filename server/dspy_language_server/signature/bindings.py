"""Turns what a name is bound to into the value that a type expression works with."""

import ast
import typing
from typing import Any

from dspy_language_server.signature import schema
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.scope import EMPTY, Binding, BindingKind, Scope
from dspy_language_server.signature.unknowable import Unknowable
from dspy_language_server.signature.values import (
    Facts,
    Function,
    Module,
    Stand,
    Value,
    from_entry,
    stand,
)

_USABLE: dict[BindingKind, bool | None] = {
    BindingKind.MODEL: True,
    BindingKind.DATACLASS: True,
    BindingKind.ENUM: True,
    BindingKind.NAMED_TUPLE: True,
    BindingKind.TYPED_DICT: True,
    BindingKind.EXTENSIONS_TYPED_DICT: True,
    BindingKind.CUSTOM: True,
    BindingKind.PLAIN: False,
    BindingKind.PROTOCOL: False,
    BindingKind.CLASS: None,
}
_MAX_DEPTH = 12
_CACHE_SIZE = 4096


def value_of(binding: Binding, dialect: Dialect, depth: int = 0) -> Any:
    """What a bound name is at runtime.

    Raises:
        Unknowable: That cannot be known.
    """
    if depth > _MAX_DEPTH or binding.kind is BindingKind.UNKNOWN:
        raise Unknowable
    stands: dict[Binding, Any] = dialect.cache.setdefault("bindings", {})
    if binding in stands:
        return stands[binding]
    if len(stands) > _CACHE_SIZE:
        stands.clear()
    value = _value_of(binding, dialect, depth)
    stands[binding] = value
    return value


def _value_of(binding: Binding, dialect: Dialect, depth: int) -> Any:
    kind = binding.kind
    if kind in _USABLE:
        return _class(binding, dialect, depth)
    if kind is BindingKind.NONE:
        return None
    if kind is BindingKind.MODULE:
        return Module(binding.name, known=True, members=_members(binding, dialect, depth))
    if kind is BindingKind.VALUE:
        called = binding.name in {"function", "method", "builtin_function_or_method"}
        return Function(binding.name) if called else Value(binding.name or "value")
    if kind is BindingKind.TYPE_VAR:
        return typing.TypeVar(binding.name.rpartition(".")[2] or "T")
    if kind is BindingKind.TYPE_ALIAS:
        return Value("TypeAliasType")
    if kind is BindingKind.TABLE:
        return from_entry(binding.text, dialect)
    supertype = evaluate_text(binding.text, dialect, binding.scope or EMPTY, depth + 1)
    if kind is BindingKind.NEW_TYPE:
        return typing.NewType(binding.name.rpartition(".")[2] or "NewType", supertype)
    return supertype


def _class(binding: Binding, dialect: Dialect, depth: int) -> Stand:
    facts = Facts(
        _USABLE[binding.kind],
        arguments=_arguments(binding),
        members=_members(binding, dialect, depth),
        binding=binding,
    )
    made = stand(binding.name or "__main__.Class", facts)
    # Registered before its fields are looked at: a class may refer to itself.
    dialect.cache.setdefault("bindings", {})[binding] = made
    if binding.kind is BindingKind.TYPED_DICT and _python_minor(dialect) < 12:
        facts.usable = False
    elif facts.usable and binding.field_types:
        facts.usable = _fields_usable(binding, dialect, depth)
    return made


def _arguments(binding: Binding) -> dict[int, bool] | None:
    if binding.kind in (BindingKind.CLASS, BindingKind.CUSTOM):
        return None
    if not binding.parameters:
        return {}
    usable = bool(_USABLE[binding.kind])
    return {binding.parameters: usable}


def _fields_usable(binding: Binding, dialect: Dialect, depth: int) -> bool | None:
    verdict: bool | None = True
    for text in binding.field_types:
        try:
            plain = unquoted(text)
            value = evaluate_text(plain, dialect, binding.scope or EMPTY, depth + 1)
            if isinstance(value, str | typing.ForwardRef):
                raise Unknowable  # noqa: TRY301 - same verdict as from inside
            schema.check(value, dialect)
        except schema.NoSchema:  # noqa: PERF203 - few fields
            if plain == text:
                return False
            verdict = None  # what a quoted name means is decided when the class is made
        except Unknowable:
            verdict = None
    return verdict


class _Unquote(ast.NodeTransformer):
    """Puts what is quoted in a type in the place of the quotes; a Literal's values stay."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """A Literal is left alone, of Annotated only the type is looked at."""
        name = ast.unparse(node.value).rpartition(".")[2]
        if name == "Literal":
            return node
        if name == "Annotated" and isinstance(node.slice, ast.Tuple) and node.slice.elts:
            node.slice.elts[0] = self.visit(node.slice.elts[0])
            return node
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A string is read as the expression that it holds."""
        if not isinstance(node.value, str):
            return node
        try:
            return ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return node


def unquoted(text: str) -> str:
    """A class's annotation as Python reads it once all its quoted names are bound."""
    if '"' not in text and "'" not in text:
        return text
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        return ast.unparse(_Unquote().visit(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text


def _members(binding: Binding, dialect: Dialect, depth: int) -> Any:
    lookup = binding.members
    if lookup is None:
        return None

    def members(name: str) -> Any:
        found = lookup(name)
        return None if found is None else value_of(found, dialect, depth + 1)

    members.lookup = lookup  # type: ignore[attr-defined]
    return members


def evaluate_text(text: str, dialect: Dialect, scope: Scope, depth: int = 0) -> Any:
    """The value of a Python expression in source: an alias, the annotation of a class's field.

    Raises:
        Unknowable: It cannot be known, or Python would raise.
    """
    from dspy_language_server.signature import evaluate  # noqa: PLC0415 - they need each other

    try:
        return evaluate.python_expression(text, dialect, scope, depth)
    except (evaluate.Rejected, RecursionError):
        raise Unknowable from None


def _python_minor(dialect: Dialect) -> int:
    return int(dialect.python.split(".")[1])
