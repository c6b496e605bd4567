"""A document as the client sees it: its positions in the client's units, a notebook's offsets in its cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from dspy_language_server.lsp.cells import Cell, cell_at
from dspy_language_server.program.program import Program
from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Encoding

if TYPE_CHECKING:
    from dspy_language_server.lsp.folders import Folder


class View(NamedTuple):
    """A program with the client's way of counting."""

    program: Program
    encoding: Encoding
    cells: Sequence[Cell] | None = None

    def offset(self, uri: str, position: types.Position) -> int:
        """The offset of a position in a document or cell; clamped to the line, then the text."""
        document = self.program.document
        line = position.line
        if self.cells is not None:
            cell = next((cell for cell in self.cells if cell.uri == uri), None)
            if cell is None:
                return 0
            if line >= cell.line_count:
                return document.line_end(cell.first_line + cell.line_count - 1)
            line += cell.first_line
        return document.offset(line, position.character, self.encoding)

    def span(self, uri: str, wanted: types.Range) -> Span:
        """The span of a range."""
        start = self.offset(uri, wanted.start)
        return Span(start, max(start, self.offset(uri, wanted.end)))

    def whole(self, uri: str) -> Span:
        """The span of a document, or of one cell of a notebook."""
        document = self.program.document
        if self.cells is None:
            return Span(0, len(document))
        cell = next((cell for cell in self.cells if cell.uri == uri), None)
        if cell is None:
            return Span(0, 0)
        last = cell.first_line + cell.line_count - 1
        return Span(document.line_start(cell.first_line), document.line_end(last))

    def locate(self, span: Span) -> tuple[str, types.Range]:
        """The URI and range of a span."""
        document = self.program.document
        start = document.position(span.start, self.encoding)
        end = document.position(span.end, self.encoding)
        cell = self.cell_at(start.line)
        first = cell.first_line if cell else 0
        if cell is not None and end.line >= cell.first_line + cell.line_count:
            last = cell.first_line + cell.line_count - 1
            end = document.position(document.line_end(last), self.encoding)
        return (
            cell.uri if cell else self.program.uri,
            types.Range(
                types.Position(start.line - first, start.column),
                types.Position(end.line - first, end.column),
            ),
        )

    def range(self, span: Span) -> types.Range:
        """The range of a span, in its cell where it is one."""
        return self.locate(span)[1]

    def cell_at(self, line: int) -> Cell | None:
        """The cell that holds a line of the program; None where it is no notebook."""
        return None if self.cells is None else cell_at(self.cells, line)


class Place(NamedTuple):
    """A point in a document, with all that an answer needs."""

    view: View
    folder: Folder
    offset: int

    @property
    def program(self) -> Program:
        """The program that the point is in."""
        return self.view.program
