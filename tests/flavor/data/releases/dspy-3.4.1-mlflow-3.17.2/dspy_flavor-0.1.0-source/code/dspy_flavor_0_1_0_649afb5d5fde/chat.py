"""The task `llm/v1/chat`: messages in, OpenAI's chat completions out."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

from .errors import invalid
from .interface import Interface
from .jsonable import jsonable
from .rows import rows_of as plain_rows_of


def rows_of(data: Any) -> tuple[list[Any], bool]:
    """Return the conversations of an input, each a list of messages, and whether it was a batch."""
    if isinstance(data, list) and data and all(_is_message(item) for item in data):
        return [data], False
    rows, many = plain_rows_of(data)
    return [_messages(row) for row in rows], many


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and "role" in item


def _messages(row: Any) -> list[dict[str, Any]]:
    if isinstance(row, str):
        return [{"role": "user", "content": row}]
    messages = row.get("messages") if isinstance(row, dict) else row
    if not isinstance(messages, list) or not messages or not all(map(_is_message, messages)):
        raise invalid(
            "A chat model takes a dict with `messages`, a list of dicts with `role` and `content`;"
            f" received {type(row).__name__}."
        )
    return [
        {key: value for key, value in message.items() if value is not None} for message in messages
    ]


def arguments_for(
    messages: list[dict[str, Any]], program: Any, interface: Interface
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return what to call a program with: `forward` takes the messages, a predictor the question.

    A module of DSPy's own takes the last user message as its first string input, and what was
    said before as its history, where its signature has one.
    """
    forward = getattr(type(program), "forward", None)
    if not (getattr(forward, "__module__", None) or "").startswith("dspy."):
        return (messages,), {}
    keywords: dict[str, Any] = {}
    for field in interface.inputs:
        if getattr(field.annotation, "__name__", "") == "History":
            keywords[field.name] = field.annotation(messages=messages[:-1])
        elif not any(isinstance(value, (str, list)) for value in keywords.values()):
            content = str(messages[-1].get("content", ""))
            keywords[field.name] = content if field.annotation is str else messages
    return (), keywords


def completion(output: Any, model: str) -> dict[str, Any]:
    """Return OpenAI's `chat.completion` for what a program returned."""
    outputs = output if isinstance(output, list) else [output]
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {"index": index, "message": _message(item), "finish_reason": "stop"}
            for index, item in enumerate(outputs)
        ],
        "usage": _usage(outputs),
    }


def _message(output: Any) -> dict[str, str]:
    plain = jsonable(output)
    if isinstance(plain, str):
        return {"role": "assistant", "content": plain}
    if isinstance(plain, dict):
        role = plain.get("role", "assistant")
        if set(plain) == {"role", "content"} and isinstance(plain["content"], str):
            return {"role": str(role), "content": plain["content"]}
        return {"role": str(role), "content": json.dumps(plain)}
    raise invalid(
        f"A program with the task 'llm/v1/chat' must return a string, a dict, a dspy.Prediction"
        f" or a list of them; it returned {type(output).__name__}."
    )


def _usage(outputs: list[Any]) -> dict[str, int]:
    totals = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    for output in outputs:
        usage = output.get_lm_usage() if hasattr(output, "get_lm_usage") else None
        for counted in (usage or {}).values():
            for name in totals:
                totals[name] += int(counted.get(name) or 0)
    return totals


def chunks(pieces: Iterator[dict[str, Any]], model: str) -> Iterator[dict[str, Any]]:
    """Turn streamed pieces into OpenAI's `chat.completion.chunk`s."""
    common = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
    }

    def chunk(delta: dict[str, str], reason: str | None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {**common, "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""}, None)
    for piece in pieces:
        if piece["chunk"]:
            yield chunk({"content": piece["chunk"]}, None)
    yield chunk({}, "stop")
