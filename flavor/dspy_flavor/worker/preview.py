"""The messages that an adapter would send: made from parsed fields, with no LM called."""

import inspect
from typing import Any

from .job import Channel, JobError
from .typenames import names_of, read_type, types_of_file

_ADAPTERS = {"chat": "ChatAdapter", "json": "JSONAdapter", "xml": "XMLAdapter"}
_PREDICTORS = frozenset(
    ["ChainOfThought", "CodeAct", "MultiChainComparison", "Predict", "ProgramOfThought", "ReAct",
     "RLM"]
)  # fmt: skip
_TOOLS_LEFT_OUT = "The tools are not read: in their place the prompt lists only what DSPy adds."


def preview(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Return the messages for a signature that was read from a text."""
    import dspy

    name = params.get("adapter") or "chat"
    adapter_class = getattr(dspy, _ADAPTERS.get(name, ""), None)
    if adapter_class is None:
        known = ", ".join(_ADAPTERS)
        raise JobError("refused", f"There is no adapter {name!r}. Choose one of {known}.")
    signature, unknown, notes = _signature(params, channel)
    predictors, more = _predictors(params["signature"].get("api") or "Predict", signature)
    given = params.get("inputs") or {}
    prompts = [
        {"predictor": key, "messages": _messages(adapter_class(), predictor.signature, given)}
        for key, predictor in predictors
    ]
    return {
        "messages": prompts[0]["messages"],
        "prompts": prompts,
        "adapter": adapter_class.__name__,
        "text": _page(prompts, adapter_class.__name__, [*notes, *more]),
        "notes": [*notes, *more],
        "unknown": unknown,
    }


def _signature(params: dict[str, Any], channel: Channel) -> tuple[Any, list[str], list[str]]:
    """Return the signature class, the types that are shown as `str`, and what to say of it."""
    import dspy

    described = params["signature"]
    wanted = names_of(described)
    names, notes = types_of_file(params, wanted, channel)
    fields: dict[str, Any] = {}
    unknown: list[str] = []
    for side, make in (("inputs", dspy.InputField), ("outputs", dspy.OutputField)):
        for field in described.get(side) or []:
            annotation = read_type(field.get("type") or "str", names)
            if annotation is None:
                notes.append(f"`{field['name']}`: the type {field['type']} is shown as str.")
                unknown.append(field["type"])
                annotation = str
            keywords = dict(field.get("options") or {})
            if field.get("desc"):
                keywords["desc"] = field["desc"]
            fields[field["name"]] = (annotation, make(**keywords))
    if not fields:
        raise JobError("no-signature", "The signature has no fields yet.")
    title = described.get("name") or "StringSignature"
    try:
        made = dspy.make_signature(fields, described.get("instructions") or None, title)
    except Exception as error:
        raise JobError("refused", f"DSPy refuses this signature: {error}") from error
    return made, unknown, notes


def _predictors(api: str, signature: Any) -> tuple[list[tuple[str, Any]], list[str]]:
    """Return what DSPy's own module makes of the signature: its predictors by name."""
    import dspy

    cls = getattr(dspy, api if api in _PREDICTORS else "Predict", dspy.Predict)
    needs_tools = "tools" in inspect.signature(cls.__init__).parameters
    try:
        program = cls(signature, **({"tools": []} if needs_tools else {}))
    except Exception as error:
        raise JobError("refused", f"DSPy refuses this signature: {error}") from error
    return program.named_predictors(), [_TOOLS_LEFT_OUT] if needs_tools else []


def _messages(adapter: Any, signature: Any, given: dict[str, Any]) -> list[dict[str, Any]]:
    inputs = {key: given.get(key, f"{{{key}}}") for key in signature.input_fields}
    try:
        messages = adapter.format(signature, [], inputs)
    except Exception as error:
        raise JobError("refused", f"DSPy cannot format this signature: {error}") from error
    return [{"role": m["role"], "content": _text(m["content"])} for m in messages]


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", part)) for part in content)


def _page(prompts: list[dict[str, Any]], adapter: str, notes: list[str]) -> str:
    """Return the prompts as a page to read, with the adapter's name over them."""
    parts = [f"{adapter}: what is sent, without a call of a language model"]
    parts += [f"({note})" for note in notes]
    for prompt in prompts:
        if len(prompts) > 1:
            parts.append(f"════ {prompt['predictor']} ════")
        parts += [f"── {m['role']} ──\n{m['content']}" for m in prompt["messages"]]
    return "\n\n".join(parts) + "\n"
