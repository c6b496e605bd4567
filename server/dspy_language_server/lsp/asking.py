"""Questions to the person: by the client's own dialogs where it has them, else by message buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from dspy_language_server.lsp.plain import plain

if TYPE_CHECKING:
    from dspy_language_server.lsp.session import Session


class CannotAskError(Exception):
    """The client has no way to ask a person."""


async def pick(session: Session, title: str, items: Sequence[dict[str, Any]]) -> int | None:
    """The index of the item that the person chose; None for none.

    Raises:
        CannotAskError: The client cannot ask.
    """
    shown = [{key: plain(str(text)) for key, text in item.items()} for item in items]
    if session.client.asks_pick:
        answer = await _request(session, "dspy/pick", {"title": plain(title), "items": shown})
        fits = isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(items)
        return answer if fits else None
    labels = [item["label"] for item in shown]
    chosen = await _message(session, title, labels)
    return labels.index(chosen) if chosen in labels else None


async def confirm(session: Session, question: str, yes: str) -> bool:
    """Whether the person agreed.

    Raises:
        CannotAskError: The client cannot ask.
    """
    return await _message(session, question, [yes, "Cancel"]) == yes


async def choose(session: Session, question: str, answers: Sequence[str]) -> str | None:
    """Which of a few answers the person gave; None for none.

    Raises:
        CannotAskError: The client cannot ask.
    """
    return await _message(session, question, answers)


async def text(session: Session, title: str, prompt: str, value: str = "") -> str | None:
    """What the person typed; None where the question was dismissed.

    Raises:
        CannotAskError: The client cannot ask.
    """
    if not session.client.asks_input:
        raise CannotAskError
    question = {"title": plain(title), "prompt": plain(prompt), "value": value}
    answer = await _request(session, "dspy/input", question)
    return answer if isinstance(answer, str) else None


async def _message(session: Session, message: str, actions: Sequence[str]) -> str | None:
    if not session.client.asks_choices:
        raise CannotAskError
    params = types.ShowMessageRequestParams(
        types.MessageType.Info,
        plain(message),
        [types.MessageActionItem(action) for action in actions],
    )
    answer = await _request(session, types.WINDOW_SHOW_MESSAGE_REQUEST, params)
    return getattr(answer, "title", None)


async def _request(session: Session, method: str, params: Any) -> Any:
    try:
        return await session.server.protocol.send_request_async(method, params)
    except JsonRpcException as error:
        raise CannotAskError from error
