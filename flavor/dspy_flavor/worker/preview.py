"""The messages that an adapter would send: made from parsed fields, with no LM called."""

import ast
import typing
from pathlib import Path
from typing import Any

from .job import Channel, JobError

_ADAPTERS = {"chat": "ChatAdapter", "json": "JSONAdapter", "xml": "XMLAdapter"}
_BUILTINS = {
    t.__name__: t
    for t in (str, int, float, bool, bytes, complex, list, dict, tuple, set, frozenset, object)
}


def preview(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Return the messages for a signature that was read from a string."""
    import dspy

    name = params.get("adapter") or "chat"
    adapter_class = getattr(dspy, _ADAPTERS.get(name, ""), None)
    if adapter_class is None:
        known = ", ".join(_ADAPTERS)
        raise JobError("refused", f"There is no adapter {name!r}. Choose one of {known}.")
    names = _types_of_file(params, channel)
    described = params["signature"]
    fields: dict[str, Any] = {}
    notes: list[str] = []
    for side, make in (("inputs", dspy.InputField), ("outputs", dspy.OutputField)):
        for field in described.get(side) or []:
            annotation = _read_type(field.get("type") or "str", names)
            if annotation is None:
                notes.append(f"`{field['name']}`: the type {field['type']} is shown as str.")
                annotation = str
            keywords = {"desc": field["desc"]} if field.get("desc") else {}
            fields[field["name"]] = (annotation, make(**keywords))
    if not fields:
        raise JobError("refused", "The signature has no fields yet.")
    try:
        signature = dspy.make_signature(
            fields, described.get("instructions") or None, described.get("name") or "Signature"
        )
        given = params.get("inputs") or {}
        inputs = {key: given.get(key, f"{{{key}}}") for key in signature.input_fields}
        messages = adapter_class().format(signature, [], inputs)
    except Exception as error:
        raise JobError("refused", f"DSPy refuses this signature: {error}") from error
    shown = [{"role": m["role"], "content": _text(m["content"])} for m in messages]
    text = "\n\n".join(f"── {m['role']} ──\n{m['content']}" for m in shown)
    return {"messages": shown, "adapter": adapter_class.__name__, "text": text, "notes": notes}


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", part)) for part in content)


def _types_of_file(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Run the file's definitions for its types; only asked for once the person agreed."""
    subject = params.get("subject")
    if subject is None:
        return {}
    if not params["settings"].get("confirmed"):
        raise JobError("confirm", f"Run the definitions of {Path(subject['path']).name}?")
    from dspy_flavor.slicer import plan

    from .build import run_plan

    wanted = _names_in(params["signature"])
    found: dict[str, Any] = {}
    for name in sorted(wanted):
        try:
            made = plan(subject["text"], name, path=subject["path"], cells=subject.get("cells"))
        except Exception:  # noqa: BLE001, S112 - not of the file: a builtin, or unknown
            continue
        if made.error is None and not made.confirm:
            found[name] = vars(run_plan(made, params, channel)).get(name)
    return {name: value for name, value in found.items() if isinstance(value, type)}


def _names_in(signature: dict[str, Any]) -> set[str]:
    names = set()
    for field in (*(signature.get("inputs") or []), *(signature.get("outputs") or [])):
        try:
            tree = ast.parse(field.get("type") or "str", mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        names |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return names - set(_BUILTINS)


def _read_type(text: str, names: dict[str, Any]) -> Any:
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
            return names.get(node.id) or _BUILTINS[node.id]
        if node.id in typing.__all__:
            return getattr(typing, node.id)
        return vars(dspy)[node.id]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module = {"dspy": dspy, "typing": typing}[node.value.id]
        return vars(module)[node.attr]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return typing.Union[_type(node.left, names), _type(node.right, names)]  # noqa: UP007
    if isinstance(node, ast.Subscript):
        return _generic(node, names)
    raise ValueError("not a type")


def _generic(node: ast.Subscript, names: dict[str, Any]) -> Any:
    base = _type(node.value, names)
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if base is typing.Literal:
        values = tuple(ast.literal_eval(part) for part in parts)
        return typing.Literal[values]
    arguments = tuple(_type(part, names) for part in parts)
    return base[arguments if len(arguments) > 1 else arguments[0]]
