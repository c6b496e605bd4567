"""The messages that DSPy would send: from the fields that were read, or from the program as it is built."""

import inspect
from dataclasses import dataclass, field
from typing import Any

from .agreed import Agreed
from .job import Channel, JobError
from .prompts import as_text, messages_of
from .typenames import names_of, read_type

_PREDICTORS = frozenset(
    ["ChainOfThought", "CodeAct", "MultiChainComparison", "Predict", "ProgramOfThought", "ReAct",
     "RLM"]
)  # fmt: skip
_NAMES = {"chat": "ChatAdapter", "json": "JSONAdapter", "xml": "XMLAdapter"}
_NATIVE = frozenset({"Citations", "Reasoning", "ToolCalls"})


@dataclass
class _Shown:
    """The predictors that are shown, and what is to be said of them."""

    predictors: list[tuple[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What could not be shown, and why."""
    unread: list[str] = field(default_factory=list)
    """What only the file's definitions can tell, as parts of a sentence."""
    unknown: list[str] = field(default_factory=list)
    """The types that are shown as `str`."""
    is_built: bool = False


def preview(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Return the messages of a predictor, or of each predictor of a program.

    With `settings.confirmed` the definitions of the file are run: then the program itself says
    what it sends, with its examples, tools and adapter.
    """
    agreed = Agreed(params, channel)
    predictors = agreed.predictors()
    shown = _Shown(predictors, agreed.notes, is_built=True) if predictors else _read(params, agreed)
    given = params.get("inputs") or {}
    _refuse_unknown(given, shown.predictors)
    adapter, why = _adapter(params, shown)
    prompts = [
        {"predictor": key, "messages": messages_of(predictor, adapter, given)}
        for key, predictor in shown.predictors
    ]
    _note_adapter(params, shown)
    return {
        "messages": prompts[0]["messages"] if prompts else [],
        "prompts": prompts,
        "adapter": type(adapter).__name__,
        "text": _page(prompts, f"{type(adapter).__name__} ({why})", shown.notes),
        "notes": shown.notes,
        "unread": shown.unread,
        "unknown": shown.unknown,
    }


def _refuse_unknown(given: dict[str, Any], predictors: list[tuple[str, Any]]) -> None:
    known = [name for _, each in predictors for name in each.signature.input_fields]
    unknown = ", ".join(f"`{name}`" for name in given if name not in known)
    if unknown and predictors:
        listed = ", ".join(f"`{name}`" for name in dict.fromkeys(known))
        raise JobError("refused", f"There is no input {unknown}. The inputs are {listed}.")


# --- What was read from the text -------------------------------------------------------------------


def _read(params: dict[str, Any], agreed: Agreed) -> _Shown:
    """Make DSPy's own predictors of the signatures that the server read; no text is evaluated."""
    shown = _Shown(notes=agreed.notes, unread=list(agreed.unread))
    signatures = params["signatures"]
    names = agreed.types({name for each in signatures for name in names_of(each)})
    for described in signatures:
        signature = _signature(described, names, shown)
        made = _made(described.get("api") or "Predict", signature, shown)
        key = described.get("key")
        shown.predictors += [
            (name if key is None else key if name == "self" else f"{key}.{name}", predictor)
            for name, predictor in made
        ]
    return shown


def _signature(described: dict[str, Any], names: dict[str, Any], shown: _Shown) -> Any:
    import dspy

    fields: dict[str, Any] = {}
    for side, make in (("inputs", dspy.InputField), ("outputs", dspy.OutputField)):
        for each in described.get(side) or []:
            annotation = read_type(each.get("type") or "str", names)
            if annotation is None:
                shown.notes.append(f"`{each['name']}`: the type {each['type']} is shown as str.")
                shown.unread.append(f"the type `{each['type']}`")
                shown.unknown.append(each["type"])
                annotation = str
            if getattr(annotation, "__name__", "") in _NATIVE and side == "outputs":
                shown.unread.append(
                    f"whether the language model has its own way for `{each['name']}`"
                )
            keywords = dict(each.get("options") or {})
            if each.get("desc"):
                keywords["desc"] = each["desc"]
            fields[each["name"]] = (annotation, make(**keywords))
    if not fields:
        raise JobError("no-signature", "The signature has no fields yet.")
    title = described.get("name") or "StringSignature"
    try:
        return dspy.make_signature(fields, described.get("instructions") or None, title)
    except Exception as error:
        raise JobError("refused", f"DSPy refuses this signature: {error}") from error


def _made(api: str, signature: Any, shown: _Shown) -> list[tuple[str, Any]]:
    """Return what DSPy's own module makes of the signature: its predictors by name."""
    import dspy

    cls = getattr(dspy, api if api in _PREDICTORS else "Predict", dspy.Predict)
    needs_tools = "tools" in inspect.signature(cls.__init__).parameters
    if needs_tools:
        shown.notes.append("The tools are not read: the prompt lists only what DSPy adds to them.")
        shown.unread.append("its tools")
    try:
        program = cls(signature, **({"tools": []} if needs_tools else {}))
    except Exception as error:
        raise JobError("refused", f"DSPy refuses this signature: {error}") from error
    return list(program.named_predictors())


# --- The adapter -----------------------------------------------------------------------------------


def _adapter(params: dict[str, Any], shown: _Shown) -> tuple[Any, str]:
    """Return the adapter and who chose it: the person, the text around, the settings, or DSPy."""
    import dspy

    chosen = params.get("adapter") or {}
    if chosen.get("firm"):
        return _constructed(chosen, shown), str(chosen["why"])
    configured = getattr(dspy.settings, "adapter", None)
    if configured is not None:
        return configured, "configured by the program"
    if chosen:
        return _constructed(chosen, shown), str(chosen["why"])
    return dspy.ChatAdapter(), "DSPy's default"


def _constructed(chosen: dict[str, Any], shown: _Shown) -> Any:
    import dspy

    name = _NAMES.get(chosen["name"], chosen["name"])
    cls = getattr(dspy, name, None)
    if not isinstance(cls, type) or not issubclass(cls, dspy.Adapter):
        known = ", ".join(_NAMES)
        raise JobError("refused", f"There is no adapter {chosen['name']!r}. Choose one of {known}.")
    try:
        return cls(**(chosen.get("options") or {}))
    except Exception as error:  # noqa: BLE001 - whatever a constructor says to wrong arguments
        shown.notes.append(
            f"{name} does not take what it is given ({error}): ChatAdapter is shown."
        )
        return dspy.ChatAdapter()


def _note_adapter(params: dict[str, Any], shown: _Shown) -> None:
    """Say where the text names an adapter that reading cannot make."""
    import dspy

    line = params.get("adapter_unread")
    if line is None or getattr(dspy.settings, "adapter", None) is not None:
        return
    shown.notes.append(f"The adapter that line {line} chooses is not shown.")
    if not shown.is_built:
        shown.unread.append(f"the adapter of line {line}")


# --- The page --------------------------------------------------------------------------------------


def _page(prompts: list[dict[str, Any]], adapter: str, notes: list[str]) -> str:
    """Return the prompts as a page to read, with the adapter's name over them.

    Headings are Markdown, for an editor to colour; the messages are as they are sent.
    """
    parts = [f"# {adapter}", "What is sent, without a call of a language model."]
    parts += [f"> {note}" for note in notes]
    for prompt in prompts:
        above = f"{prompt['predictor']} · " if len(prompts) > 1 else ""
        parts += [f"## {above}{m['role']}\n\n{as_text(m['content'])}" for m in prompt["messages"]]
    return "\n\n".join(parts) + "\n"
