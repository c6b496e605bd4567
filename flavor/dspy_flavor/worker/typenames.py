"""Types from their text: built in, of `typing` or of DSPy, and those that the file's definitions brought."""

import ast
import types
import typing
from typing import Any

_BUILTINS = {
    t.__name__: t
    for t in (str, int, float, bool, bytes, complex, list, dict, tuple, set, frozenset, object)
}


def names_of(signature: dict[str, Any]) -> set[str]:
    """Return the names in a signature's types that are neither built in nor DSPy's."""
    names = set()
    for field in (*(signature.get("inputs") or []), *(signature.get("outputs") or [])):
        try:
            tree = ast.parse(field.get("type") or "str", mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        names |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return {n for n in names if n not in _BUILTINS and n not in typing.__all__ and n != "dspy"}


def types_among(found: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """Return what is a type, of some names that running a file's definitions found."""
    return {name: found[name] for name in wanted if isinstance(found.get(name), _TYPES)}


_TYPES = (type, types.ModuleType, types.GenericAlias, types.UnionType, type(list[int]),
          type(typing.Union[int, str]), type(typing.Annotated[int, 0]))  # fmt: skip  # noqa: UP007


def read_type(text: str, names: dict[str, Any]) -> Any:
    """Return the type that a text spells; None where it cannot be told without running code."""
    try:
        return _type(ast.parse(text, mode="eval").body, names)
    except (SyntaxError, ValueError, TypeError, LookupError, RecursionError, MemoryError):
        return None


def _type(node: ast.expr, names: dict[str, Any]) -> Any:
    import dspy

    if isinstance(node, ast.Constant) and (node.value is None or node.value is Ellipsis):
        return node.value
    if isinstance(node, ast.Name):
        if node.id in names or node.id in _BUILTINS:
            return names[node.id] if node.id in names else _BUILTINS[node.id]
        if node.id in typing.__all__:
            return getattr(typing, node.id)
        return vars(dspy)[node.id]
    if isinstance(node, ast.Attribute):
        return _member(node, names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return typing.Union[_type(node.left, names), _type(node.right, names)]  # noqa: UP007
    if isinstance(node, ast.Subscript):
        return _generic(node, names)
    raise ValueError("not a type")


def _member(node: ast.Attribute, names: dict[str, Any]) -> Any:
    """Return a member of `dspy`, of `typing`, or of what the file's definitions brought."""
    import dspy

    if isinstance(node.value, ast.Name):
        owner = names.get(node.value.id) or {"dspy": dspy, "typing": typing}[node.value.id]
    else:
        owner = _type(node.value, names)
    return vars(owner)[node.attr]


def _generic(node: ast.Subscript, names: dict[str, Any]) -> Any:
    base = _type(node.value, names)
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if base is typing.Literal:
        values = tuple(ast.literal_eval(part) for part in parts)
        return typing.Literal[values]
    arguments = tuple(_type(part, names) for part in parts)
    return base[arguments if len(arguments) > 1 else arguments[0]]
