"""The last logged version of each program of an open document, kept for its code lenses."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from dspy_language_server import ide
from dspy_language_server.lsp.protocol import Refusal
from dspy_language_server.lsp.subjects import subject_of
from dspy_language_server.lsp.workers import job_settings
from dspy_language_server.worker import WorkerError

if TYPE_CHECKING:
    from dspy_language_server.lsp.session import Session

logger = logging.getLogger(__name__)

PAUSE = 0.8
"""Seconds without a key after which the code is compared with what was logged."""


class Versions:
    """Looks into the store when a document is opened or logged, and at the text when it changes.

    All of it happens in the worker and beside the requests: lenses are answered with what is
    known, and asked for again when that is different.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[str, dict[str, Any]] = {}
        self._uris: dict[str, str] = {}
        """By which document, or cell, of each a look was asked for."""
        self._pending: dict[str, asyncio.TimerHandle] = {}

    def of(self, uri: str) -> dict[str, ide.code_lens.LoggedVersion]:
        """The versions of a document's programs, by name."""
        found = self._found.get(self._key(uri), {})
        return {name: _version(version) for name, version in found.items()}

    def look(self, uri: str) -> None:
        """Asks the store anew."""
        if self._is_wanted(uri):
            self._uris[self._key(uri)] = uri
            self._session.server.start_soon(self._ask(uri, None))

    def changed(self, uri: str) -> None:
        """The text is another: what was logged is compared with it, once typing pauses."""
        key = self._key(uri)
        if not self._found.get(key):
            return
        if (pending := self._pending.pop(key, None)) is not None:
            pending.cancel()
        loop = asyncio.get_running_loop()
        self._pending[key] = loop.call_later(PAUSE, self._compare, uri)

    def changed_elsewhere(self) -> None:
        """A file on disk is another: any program may import it."""
        for key in self._found:
            self.changed(self._uris.get(key, key))

    def close(self, uri: str | None = None) -> None:
        """Forgets a document; all of them for None."""
        for key in [self._key(uri)] if uri is not None else [*self._found, *self._pending]:
            self._found.pop(key, None)
            self._uris.pop(key, None)
            if (pending := self._pending.pop(key, None)) is not None:
                pending.cancel()

    def _key(self, uri: str) -> str:
        return self._session.notebook_of.get(uri, uri)

    def _is_wanted(self, uri: str) -> bool:
        session = self._session
        settings = session.folder_of(uri).settings
        return session.trusted and session.client.code_lenses and settings.flag("codeLens.enable")

    def _compare(self, uri: str) -> None:
        key = self._key(uri)
        self._pending.pop(key, None)
        if key in self._found and self._is_wanted(uri):
            self._session.server.start_soon(self._ask(uri, self._found[key]))

    async def _ask(self, uri: str, known: dict[str, Any] | None) -> None:
        key = self._key(uri)
        try:
            subject, folder = subject_of(self._session, {"uri": uri})
            worker = self._session.workers.of(folder, "look for logged versions")
            found = await worker.versions(subject, job_settings(folder, {}), known)
        except (Refusal, WorkerError) as error:
            logger.info("logged versions are not known: %s", error)
            return
        if not self._session.is_known(key) or found == self._found.get(key, {}):
            return
        self._found[key] = found
        self._session.refresh_code_lenses()


def _version(found: dict[str, Any]) -> ide.code_lens.LoggedVersion:
    return ide.code_lens.LoggedVersion(
        run_id=found["run_id"],
        label=found.get("registered") or f'"{found["run_name"]}"',
        when=when(found["time"]),
        changed=found.get("changed"),
    )


def when(milliseconds: float) -> str:
    """A time of the store as a person here reads it: `25 Nov 2026, 18:40`."""
    return time.strftime("%d %b %Y, %H:%M", time.localtime(milliseconds / 1000))
