"""textDocument/foldingRange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server import ide

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer


def register(server: CompanionServer) -> None:
    """Registers the request."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    def folding_range(params: types.FoldingRangeParams) -> list[types.FoldingRange] | None:
        uri = params.text_document.uri
        view = session.view(uri)
        if view is None:
            return None
        found = []
        for span in ide.folding.folding_ranges(view.program):
            where, wanted = view.locate(span)
            if where == uri and wanted.start.line < wanted.end.line:
                found.append(types.FoldingRange(wanted.start.line, wanted.end.line))
        return found
