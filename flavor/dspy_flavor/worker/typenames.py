"""Types from their text: built in, of `typing` or of DSPy; the file's own only once a person agreed."""

import ast
import types
import typing
from pathlib import Path
from typing import Any

from dspy_flavor.slicer import Plan, PlanError, plan

from .build import run_plan
from .job import Channel, JobError

_BUILTINS = {
    t.__name__: t
    for t in (str, int, float, bool, bytes, complex, list, dict, tuple, set, frozenset, object)
}
_MARK = "_dspy_companion_types"


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


def types_of_file(
    params: dict[str, Any], wanted: set[str], channel: Channel
) -> tuple[dict[str, Any], list[str]]:
    """Run the file's definitions of some names; return the types and what to say of it.

    Only asked for once the person agreed. A definition that depends on more than definitions (a
    call of a language model, a file that is written) is not run.
    """
    subject = params.get("subject")
    if subject is None or not wanted:
        return {}, []
    file = Path(subject["path"]).name
    if not params["settings"].get("confirmed"):
        raise JobError("confirm", f"Run the definitions of {file} to show its types?")
    made = _plan_of(subject, wanted)
    if made is None:
        return {}, [f"{file} is not complete Python yet: its types are shown as str."]
    if made.confirm:
        line, reason = made.confirm[0].line, made.confirm[0].reason
        return {}, [f"{file}, line {line} {reason}: its types are shown as str."]
    try:
        found = vars(run_plan(made, params, channel))
    except JobError as error:
        return {}, [f"{error} Its types are shown as str."]
    return {n: found[n] for n in wanted if isinstance(found.get(n), _TYPES)}, []


_TYPES = (type, types.ModuleType, types.GenericAlias, types.UnionType, type(list[int]),
          type(typing.Union[int, str]), type(typing.Annotated[int, 0]))  # fmt: skip  # noqa: UP007


def _plan_of(subject: dict[str, Any], wanted: set[str]) -> Plan | None:
    """Plan all names at once, so that each definition is run once."""
    names = ", ".join(repr(name) for name in sorted(wanted))
    needed = f"\n{_MARK} = [name for name in ({names},) if name in globals()]\n"
    cells = subject.get("cells")
    try:
        return plan(
            "" if cells is not None else f"{subject.get('text') or ''}{needed}",
            _MARK,
            path=subject["path"],
            cells=None if cells is None else [*cells, needed],
        )
    except PlanError:
        return None


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
