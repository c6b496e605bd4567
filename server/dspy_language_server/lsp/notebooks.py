"""An open notebook: its cells in order, each a document of its own."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Change, Document, Encoding


class Notebook:
    """The cells that the client shows, markdown cells included, so that indices agree."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.order: list[tuple[str, bool]] = []
        """URI of each cell and whether it is code."""
        self.cells: dict[str, Document] = {}

    def put(self, uri: str, text: str) -> None:
        """Takes the text of a cell."""
        self.cells[uri] = Document(uri, text)

    def set_kind(self, uri: str, *, code: bool) -> None:
        """A cell became code or markdown."""
        self.order = [(known, code if known == uri else was) for known, was in self.order]

    def edit(
        self,
        uri: str,
        changes: Sequence[types.TextDocumentContentChangeEvent],
        encoding: Encoding,
    ) -> None:
        """Applies the client's edits to one cell, each in the text that the former left."""
        cell = self.cells[uri]
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangeWholeDocument):
                cell.apply([Change(None, change.text)])
                continue
            start, end = change.range.start, change.range.end
            first = cell.offset(start.line, start.character, encoding)
            last = cell.offset(end.line, end.character, encoding)
            cell.apply([Change(Span(first, max(first, last)), change.text)])

    def code_cells(self) -> list[tuple[str, str]]:
        """URI and text of the code cells, in order."""
        return [
            (uri, self.cells[uri].text) for uri, code in self.order if code and uri in self.cells
        ]
