"""A job's progress as the client shows it: on the token it gave, or on one of ours, cancellable either way."""

from __future__ import annotations

import asyncio
import uuid
from types import TracebackType
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from dspy_language_server.lsp.plain import plain

if TYPE_CHECKING:
    from typing_extensions import Self

    from dspy_language_server.lsp.session import Session


class Progress:
    """`async with Progress(session, title, token) as progress: progress("step")`."""

    def __init__(self, session: Session, title: str, token: int | str | None) -> None:
        self._session = session
        self._title = title
        self._token = token
        self._shown = token is not None

    async def __aenter__(self) -> Self:
        protocol = self._session.server.protocol
        if self._token is None and self._session.client.progress:
            self._token = f"dspy-{uuid.uuid4()}"
            try:
                await protocol.send_request_async(
                    types.WINDOW_WORK_DONE_PROGRESS_CREATE,
                    types.WorkDoneProgressCreateParams(self._token),
                )
                self._shown = True
            except JsonRpcException:
                self._shown = False
        task = asyncio.current_task()
        if self._token is not None and task is not None:
            self._session.progress_tasks[self._token] = task
        self._send({"kind": "begin", "title": plain(self._title), "cancellable": True})
        return self

    def __call__(self, step: str) -> None:
        """A step begins."""
        self._send({"kind": "report", "message": plain(step), "cancellable": True})

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._token is not None:
            self._session.progress_tasks.pop(self._token, None)
        self._send(
            {"kind": "end", "message": "Cancelled" if kind is asyncio.CancelledError else None}
        )

    def _send(self, value: dict[str, object]) -> None:
        if self._shown:
            told = {key: item for key, item in value.items() if item is not None}
            self._session.server.protocol.send_notification(
                types.PROGRESS, {"token": self._token, "value": told}
            )
