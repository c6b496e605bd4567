"""Works out what a type expression means, node by node, as DSPy's `_parse_type_node` does, without importing."""

import ast
import builtins
import typing
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from dspy_language_server.signature.bindings import value_of
from dspy_language_server.signature.constraints import check_keywords
from dspy_language_server.signature.dialect import Dialect, PartialNames
from dspy_language_server.signature.scope import Scope
from dspy_language_server.signature.unknowable import Unknowable
from dspy_language_server.signature.values import (
    FieldCall,
    Function,
    Module,
    Stand,
    Value,
    from_entry,
    spell,
    stand,
)

NONE_TYPE = type(None)
_MAX_UNION = 900  # at about a thousand DSPy's own recursion ends, depending on the caller's depth
# What typing and the builtin generics raise for arguments that they do not take; IndexError is what
# an empty forward reference costs on Python 3.11.
_REFUSED = (TypeError, ValueError, SyntaxError, AttributeError, KeyError, IndexError)
Resolve = Callable[[str], Any]


class Rejected(Exception):  # noqa: N818 - a verdict, not an error
    """DSPy raises on a part of the type.

    Attributes:
        code: The rule's code.
        node: The part.
        what: Facts for the message, see `advice.py`.
    """

    def __init__(self, code: str, node: ast.AST, **what: Any) -> None:
        super().__init__(code)
        self.code = code
        self.node = node
        self.what = what


_LONGEST_KEPT = 200
"""Letters: the trees of 512 annotations up to there take a few megabytes, whatever is typed all day."""


def parse(text: str) -> ast.expr | None:
    """The annotation's tree, parsed where DSPy parses it: behind a parameter's colon. None: not parseable."""
    return _kept(text) if len(text) <= _LONGEST_KEPT else _parse(text)


def _parse(text: str) -> ast.expr | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = ast.parse(f"def f(_:{text}): pass")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    function = parsed.body[0]
    if len(parsed.body) != 1 or not isinstance(function, ast.FunctionDef):
        return None
    arguments = function.args
    alone = len(arguments.args) == 1 and not (
        arguments.posonlyargs
        or arguments.kwonlyargs
        or arguments.defaults
        or arguments.vararg
        or arguments.kwarg
    )
    return arguments.args[0].annotation if alone else None


_kept = lru_cache(maxsize=512)(_parse)


class Evaluator:
    """Walks a type expression by DSPy's rules for strings."""

    def __init__(
        self, dialect: Dialect, resolve: Resolve, dotted: dict[str, Any] | None = None
    ) -> None:
        """`resolve` finds names; `dotted` holds names with dots from an explicit `custom_types`."""
        self.dialect = dialect
        self.resolve = resolve
        self.dotted = dotted or {}

    def evaluate(self, node: ast.expr) -> Any:
        """The value of a node, or `Rejected` or `Unknowable`."""
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.Subscript):
            return self.subscript(node)
        if isinstance(node, ast.Attribute):
            return self.attribute(node)
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self.union(node)
        if isinstance(node, ast.Tuple):
            return tuple(self.evaluate(element) for element in node.elts)
        if isinstance(node, ast.Call):
            return self.call(node)
        raise Rejected("DSP107", node)

    def name(self, node: ast.Name) -> Any:
        """A name; one that only a module of that name could explain is rejected where none exists."""
        value = self.resolve(node.id)
        if isinstance(value, Module) and not value.known:
            raise Rejected("DSP104", node, name=node.id)
        return value

    def union(self, node: ast.BinOp) -> Any:
        """`a | b | c`, which DSPy reads as typing's Optional and Union since 3.0, from the left."""
        if not self.dialect.union_operator:
            raise Rejected("DSP107", node, union=True)
        joins = [node]
        while isinstance(joins[-1].left, ast.BinOp) and isinstance(joins[-1].left.op, ast.BitOr):
            joins.append(joins[-1].left)
        if len(joins) > _MAX_UNION:
            raise Unknowable
        value = self.evaluate(joins[-1].left)
        for join in reversed(joins):
            value = self.joined(join, value, self.evaluate(join.right))
        return value

    def joined(self, node: ast.BinOp, left: Any, right: Any) -> Any:
        """The union of two values."""
        try:
            with _unwarned():
                if right is NONE_TYPE:
                    return typing.Optional[left]  # noqa: UP045 - what DSPy builds
                if left is NONE_TYPE:
                    return typing.Optional[right]  # noqa: UP045
                return typing.Union[left, right]  # noqa: UP007
        except _REFUSED as error:
            wrong = _no_type(right) or isinstance(right, str)
            part = node.right if wrong else node.left
            raise Rejected("DSP108", part, value=right if wrong else left) from error

    def call(self, node: ast.Call) -> Any:
        """`Field(gt=3)`; no other call is understood."""
        if not (isinstance(node.func, ast.Name) and node.func.id == "Field"):
            raise Rejected("DSP107", node)
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is None:
                raise Rejected("DSP108", node, reason="`**` cannot stand in `Field(…)` here")
            keywords[keyword.arg] = value
        problem = check_keywords(keywords)
        if problem:
            raise Rejected("DSP108", node, reason=problem)
        return FieldCall(keywords)

    def attribute(self, node: ast.Attribute) -> Any:
        """`base.name`."""
        named = isinstance(node.value, ast.Name)
        base = self.resolve(node.value.id) if named else self.evaluate(node.value)  # type: ignore[attr-defined]
        found = _attribute(base, node.attr, self.dialect)
        if found is not _MISSING:
            return found
        if isinstance(node.value, ast.Name):
            full = f"{node.value.id}.{node.attr}"
            if full in self.dotted:
                given = self.dotted[full]
                if isinstance(given, Unknowable):
                    raise given
                return given
        raise Rejected("DSP105", node, base=base, name=node.attr)

    def subscript(self, node: ast.Subscript) -> Any:
        """`base[arguments]`."""
        base = self.evaluate(node.value)
        elements = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        try:
            arguments = tuple(self.evaluate(element) for element in elements)
        except Rejected as rejected:
            # A name in a Literal is most often a string without its quotes.
            unquoted = rejected.code == "DSP104" and "literal" not in rejected.what
            if base is typing.Literal and unquoted and rejected.node in elements:
                raise Rejected("DSP104", node, literal=True, **rejected.what) from rejected
            raise
        if base is typing.Optional and len(arguments) != 1:
            raise Rejected("DSP108", node, base=base, arguments=arguments)
        return self.subscripted(node, base, arguments)

    def subscripted(self, node: ast.Subscript, base: Any, arguments: Any) -> Any:
        """What Python gives for `base[arguments]`."""
        special = _special_class(base, arguments)
        if special is not None:
            return special
        if isinstance(base, Module | Value | FieldCall) or not _is_subscriptable_kind(base):
            raise Rejected("DSP108", node, base=base, arguments=arguments)
        single = base is typing.Optional and isinstance(arguments, tuple) and len(arguments) == 1
        try:
            with _unwarned():
                return base[arguments[0] if single else arguments]
        except _REFUSED as error:
            raise Rejected(
                "DSP108", node, base=base, arguments=arguments, error=str(error)
            ) from error


@contextmanager
def _unwarned() -> Iterator[None]:
    """Typing compiles the text of a forward reference, and Python warns of what is odd in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _no_type(value: Any) -> bool:
    return not (callable(value) or value is None or isinstance(value, str))


def _is_subscriptable_kind(base: Any) -> bool:
    return (
        not isinstance(base, str | bytes | int | float | complex | tuple | None) and base is not ...
    )


def _special_class(base: Any, arguments: Any) -> Any:
    """`dspy.Code["python"]`: DSPy makes a class of its own for each language."""
    if isinstance(base, Stand) and spell(base) == "dspy.adapters.types.code.Code":
        made = stand("dspy.adapters.types.code.Code_", base.facts)
        made.__qualname__ = made.__name__ = f"Code_{arguments}"
        return made
    return None


_MISSING = object()


def _attribute(base: Any, name: str, dialect: Dialect) -> Any:
    if isinstance(base, Module):
        return _module_attribute(base, name, dialect)
    if isinstance(base, Stand):
        return _class_attribute(base, name)
    if isinstance(base, Value | FieldCall):
        raise Unknowable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(base, name, _MISSING)


def _module_attribute(base: Module, name: str, dialect: Dialect) -> Any:
    if base.members is not None:
        found = base.members(name)
        if found is None and not _binds(base.members, name):
            return _MISSING
        return found
    names = dialect.module(base.name)
    if isinstance(names, bool) or names is None:
        if base.known is False:
            return _MISSING
        raise Unknowable
    entry = names.get(name)
    if entry is not None:
        return from_entry(entry, dialect)
    if name.startswith("_") or (isinstance(names, PartialNames) and not names.lacks(name)):
        raise Unknowable
    return _MISSING


def _class_attribute(base: Stand, name: str) -> Any:
    if name.startswith("__") or base.facts.members is None:
        raise Unknowable
    found = base.facts.members(name)
    if found is None and not _binds(base.facts.members, name):
        return _MISSING
    return found


def _binds(members: Any, name: str) -> bool:
    """Whether an attribute that came out as None is there at all (and is the constant None)."""
    lookup = getattr(members, "lookup", None)
    return lookup is not None and lookup(name) is not None


class PythonEvaluator(Evaluator):
    """Walks an expression by Python's own rules: an alias in source, an annotation of a class."""

    def evaluate(self, node: ast.expr) -> Any:
        """See `Evaluator.evaluate`; lists and negative numbers are understood as well."""
        if isinstance(node, ast.List):
            return [self.evaluate(element) for element in node.elts]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            operand = self.evaluate(node.operand)
            if isinstance(operand, int | float | complex):
                return -operand
        return super().evaluate(node)

    def union(self, node: ast.BinOp) -> Any:
        """`left | right`: `types.UnionType`, or a TypeError."""
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if isinstance(left, Value | Module) or isinstance(right, Value | Module):
            raise Unknowable
        try:
            with _unwarned():
                return left | right
        except TypeError as error:
            raise Rejected("DSP108", node, error=str(error)) from error

    def call(self, node: ast.Call) -> Any:
        """A call's value is not known."""
        if isinstance(node.func, ast.Name | ast.Attribute):
            raise Unknowable
        return super().call(node)

    def subscript(self, node: ast.Subscript) -> Any:
        """`base[arguments]`, with one argument as it is."""
        base = self.evaluate(node.value)
        return self.subscripted(node, base, self.evaluate(node.slice))


def python_expression(text: str, dialect: Dialect, scope: Scope, depth: int = 0) -> Any:
    """The value of a Python expression whose names are read in `scope`, then in builtins."""
    node = parse(text)
    if node is None:
        raise Unknowable

    def resolve(name: str) -> Any:
        binding = scope.lookup(name)
        if binding is not None:
            return value_of(binding, dialect, depth)
        return builtin(name, dialect)

    return PythonEvaluator(dialect, resolve).evaluate(node)


def builtin(name: str, dialect: Dialect) -> Any:
    """A builtin, as Python finds it when no scope binds the name."""
    if name not in dialect.builtin_names:
        raise Unknowable
    value = getattr(builtins, name, None)
    if isinstance(value, type):
        return value
    return Function("builtin_function_or_method")
