"""textDocument/semanticTokens: opt-in, because tokens of two servers for one language do not mix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server.ide import semantic_tokens as ide
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.views import View

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

LEGEND = types.SemanticTokensLegend(list(ide.TYPES), list(ide.MODIFIERS))


def register(server: CompanionServer) -> None:
    """Registers the requests."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, LEGEND)
    def full(params: types.SemanticTokensParams) -> types.SemanticTokens | None:
        return _answer(session, params.text_document.uri, None)

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, LEGEND)
    def within(params: types.SemanticTokensRangeParams) -> types.SemanticTokens | None:
        return _answer(session, params.text_document.uri, params.range)


def _answer(session: Session, uri: str, wanted: types.Range | None) -> types.SemanticTokens | None:
    view = session.view(uri)
    if view is None or not session.folder_of(uri).settings.flag("semanticTokens.enable"):
        return None
    span = view.whole(uri) if wanted is None else view.span(uri, wanted)
    return types.SemanticTokens(_encoded(view, ide.semantic_tokens(view.program, span)))


def _encoded(view: View, tokens: Iterable[ide.Token]) -> list[int]:
    """Each token's line and column, counted from the one before, its length and type."""
    data: list[int] = []
    line = column = 0
    for token in tokens:
        where = view.range(token.span)
        start, end = where.start, where.end
        if start.line != end.line:
            continue  # a token of several lines cannot be said
        same = start.line == line
        delta = start.character - column if same else start.character
        data += [start.line - line, delta, end.character - start.character, token.type, 0]
        line, column = start.line, start.character
    return data
