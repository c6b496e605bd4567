"""textDocument/inlayHint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server import ide
from dspy_language_server.signature.model import Span

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer


def register(server: CompanionServer) -> None:
    """Registers the request."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hint(params: types.InlayHintParams) -> list[types.InlayHint] | None:
        uri = params.text_document.uri
        view = session.view(uri)
        if view is None or not session.folder_of(uri).settings.flag("inlayHints.outputs"):
            return None
        return [
            types.InlayHint(
                position=view.range(Span(hint.offset, hint.offset)).start,
                label=hint.label,
                kind=types.InlayHintKind.Type,
                padding_left=True,
                tooltip=types.MarkupContent(types.MarkupKind.Markdown, hint.tooltip),
            )
            for hint in ide.inlay_hints.output_hints(view.program, view.span(uri, params.range))
        ]
