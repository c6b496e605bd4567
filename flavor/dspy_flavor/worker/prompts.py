"""What a predictor sends: DSPy's own call of it, ended where the language model would be asked."""

import copy
import json
import types
from typing import Any

from .job import JobError

_LONGEST_PART = 200


class _Sent(BaseException):
    """Ends a call with what was to be sent; no handler of user code or DSPy takes it for a failure."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        super().__init__()
        self.messages = messages


def messages_of(predictor: Any, adapter: Any, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of one call, as the adapter hands them to the language model.

    Args:
        predictor: A `dspy.Predict`, with its examples.
        adapter: The adapter; None for what DSPy's settings say.
        given: Values by input field; a placeholder stands for each that is missing.

    Raises:
        JobError: If DSPy cannot format the call.
    """
    import dspy

    lm = _recording(getattr(predictor, "lm", None) or dspy.settings.lm)
    inputs = _inputs(predictor.signature, given)
    settings = {"callbacks": []} if adapter is None else {"callbacks": [], "adapter": adapter}
    try:
        with dspy.context(**settings):
            predictor(**inputs, lm=lm)
    except _Sent as sent:
        return [{"role": m["role"], "content": m["content"]} for m in sent.messages]
    except JobError:
        raise
    except Exception as error:
        text = f"DSPy cannot format this signature: {type(error).__name__}: {error}"
        raise JobError("refused", text) from error
    raise JobError("refused", "This predictor asks no language model.")


def _recording(lm: Any) -> Any:
    """Return a language model like another one that is never asked.

    What it is able to do decides what some adapters write (tools, reasoning, citations), so that
    is kept; without a model it is one that is able to do nothing beside writing text.
    """
    import dspy

    base = type(lm) if isinstance(lm, dspy.BaseLM) else dspy.BaseLM

    def record(_: Any, prompt: Any = None, messages: Any = None, **__: Any) -> Any:
        raise _Sent(messages or [{"role": "user", "content": str(prompt)}])

    recording = type(base.__name__, (base,), {"__call__": record, "__module__": base.__module__})
    if base is dspy.BaseLM:
        return recording(model="none/none")
    like = copy.copy(lm)
    like.__class__ = recording
    return like


def _inputs(signature: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return a value for each input: the given one in its type, else what stands for it."""
    from mlflow.exceptions import MlflowException

    from dspy_flavor.interface import Interface, field_of
    from dspy_flavor.rows import arguments_for

    fields = {name: field_of(name, info) for name, info in signature.input_fields.items()}
    interface = Interface(tuple(field._replace(required=False) for field in fields.values()))
    try:
        values = arguments_for({k: v for k, v in given.items() if k in fields}, interface, "")
    except MlflowException as error:
        raise JobError("refused", str(error.message)) from error
    return {
        name: values[name] if name in values else _placeholder(signature, name, field.annotation)
        for name, field in fields.items()
    }


def _placeholder(signature: Any, name: str, annotation: Any) -> Any:
    import dspy

    # Absent in the oldest releases.
    history, tool = getattr(dspy, "History", None), getattr(dspy, "Tool", None)
    if history is not None and annotation is history:  # one earlier turn shows how all are written
        turn = {key: f"{{{key}}}" for key in signature.fields if key != name}
        return history(messages=[turn])
    if tool is not None and annotation == types.GenericAlias(list, (tool,)):
        return []
    return f"{{{name}}}"


def as_text(content: Any) -> str:
    """Return a message's content as a person reads it: what is no text as a short mark."""
    if isinstance(content, str):
        return content
    return "\n".join(_part_as_text(part) for part in content)


def _part_as_text(part: Any) -> str:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return str(part["text"])
    kind = part.get("type", "part") if isinstance(part, dict) else type(part).__name__
    value = part.get(kind, part) if isinstance(part, dict) else part
    if isinstance(value, dict) and isinstance(value.get("url"), str):
        value = value["url"]
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    more = f"… ({len(text):,} characters)" if len(text) > _LONGEST_PART else ""
    return f"[{kind}: {text[:_LONGEST_PART]}{more}]"
