"""Shows a result where the client leaves that to the server: as a document, an address, or a message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server.lsp.paths import to_uri
from dspy_language_server.lsp.plain import plain
from dspy_language_server.lsp.temporary import SessionFolder

if TYPE_CHECKING:
    from dspy_language_server.lsp.session import Session

_LONGEST_MESSAGE = 2_000
_LONGEST_NAME = 60
"""Letters, each of up to four bytes."""
_UNFIT = re.compile(r"[^\w.() -]+")


class Presenter:
    """Results for editors whose client shows none by itself."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._folder: SessionFolder | None = None

    def message(self, text: str) -> None:
        """A sentence for the person."""
        if not self._session.client.shows_results:
            params = types.ShowMessageParams(types.MessageType.Info, plain(text))
            self._session.server.window_show_message(params)

    def address(self, url: str) -> None:
        """A page outside of the editor."""
        if self._session.client.shows_results:
            return
        if self._session.client.shows_documents:
            self._show(types.ShowDocumentParams(url, external=True))
        else:
            self.message(f"Open it: {url}")

    def document(self, name: str, text: str) -> None:
        """A text in the editor, in a file of the session's own that is gone with it."""
        if self._session.client.shows_results:
            return
        if not self._session.client.shows_documents:
            self.message(text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…")
            return
        if self._folder is None:
            self._folder = SessionFolder()
        # The end says what kind of file it is, and no file system takes a name that is much longer.
        stem, dot, end = _UNFIT.sub("_", name).rpartition(".")
        file = self._folder.path / f"{stem[:_LONGEST_NAME]}{dot}{end}"
        file.write_text(text, "utf-8")
        self._show(types.ShowDocumentParams(to_uri(str(file)), external=False, take_focus=True))

    def close(self) -> None:
        """Removes what was written."""
        if self._folder is not None:
            self._folder.close()

    def _show(self, params: types.ShowDocumentParams) -> None:
        server = self._session.server
        server.start_soon(server.window_show_document_async(params))
