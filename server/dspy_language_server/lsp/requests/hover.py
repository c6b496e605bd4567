"""textDocument/hover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server import ide

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer


def register(server: CompanionServer) -> None:
    """Registers the request."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        place = session.place(params.text_document.uri, params.position)
        found = ide.hover.hover(place.program, place.offset) if place is not None else None
        if place is None or found is None:
            return None
        kind = types.MarkupKind.Markdown
        if not session.client.markdown_hover:
            kind = types.MarkupKind.PlainText
        return types.Hover(types.MarkupContent(kind, found.markdown), place.view.range(found.span))
