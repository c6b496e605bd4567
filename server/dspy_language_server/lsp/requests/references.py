"""textDocument/references and textDocument/documentHighlight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server import ide
from dspy_language_server.lsp.convert import locations

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer


def register(server: CompanionServer) -> None:
    """Registers the requests."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def references(params: types.ReferenceParams) -> list[types.Location] | None:
        place = session.place(params.text_document.uri, params.position)
        if place is None:
            return None
        place.folder.know_all_files()
        found = ide.navigation.references(
            place.folder.project,
            place.program,
            place.offset,
            declaration=params.context.include_declaration,
        )
        return locations(session, found) or None

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
        uri = params.text_document.uri
        place = session.place(uri, params.position)
        if place is None:
            return None
        found = ide.navigation.highlights(place.folder.project, place.program, place.offset)
        shown = []
        for location, written in found:
            where, wanted = place.view.locate(location.span)
            if where == uri:
                kind = types.DocumentHighlightKind.Write
                if not written:
                    kind = types.DocumentHighlightKind.Read
                shown.append(types.DocumentHighlight(wanted, kind))
        return shown or None
