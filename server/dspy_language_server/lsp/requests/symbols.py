"""textDocument/documentSymbol and workspace/symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server import ide
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.views import View

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

KINDS = {
    "module": types.SymbolKind.Class,
    "signature": types.SymbolKind.Interface,
    "predictor": types.SymbolKind.Function,
    "field": types.SymbolKind.Field,
    "method": types.SymbolKind.Method,
}


def register(server: CompanionServer) -> None:
    """Registers the requests."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def document_symbol(
        params: types.DocumentSymbolParams,
    ) -> list[types.DocumentSymbol] | list[types.SymbolInformation] | None:
        uri = params.text_document.uri
        view = session.view(uri)
        if view is None:
            return None
        found = [
            s for s in ide.symbols.document_symbols(view.program) if view.locate(s.span)[0] == uri
        ]
        if session.client.hierarchical_symbols:
            return [_nested(view, symbol) for symbol in found]
        return [item for symbol in found for item in _flat(view, symbol, None)]

    @server.feature(types.WORKSPACE_SYMBOL)
    def workspace_symbol(
        params: types.WorkspaceSymbolParams,
    ) -> list[types.SymbolInformation] | None:
        return _everywhere(session, params.query)


def _nested(view: View, symbol: ide.symbols.Symbol) -> types.DocumentSymbol:
    return types.DocumentSymbol(
        name=symbol.name,
        kind=KINDS[symbol.kind],
        detail=symbol.detail,
        range=view.range(symbol.span),
        selection_range=view.range(symbol.name_span),
        children=[_nested(view, child) for child in symbol.children],
    )


def _flat(
    view: View, symbol: ide.symbols.Symbol, container: str | None
) -> list[types.SymbolInformation]:
    uri, where = view.locate(symbol.span)
    own = types.SymbolInformation(
        location=types.Location(uri, where),
        name=symbol.name,
        kind=KINDS[symbol.kind],
        container_name=container,
    )
    return [own, *(i for child in symbol.children for i in _flat(view, child, symbol.name))]


def _everywhere(session: Session, query: str) -> list[types.SymbolInformation]:
    found = []
    for folder in session.all_folders:
        folder.know_all_files()
        programs = [p for p in folder.project.programs() if p.uses_dspy]
        for uri, symbol, container in ide.symbols.workspace_symbols(programs, query):
            view = session.view(uri)
            if view is not None:
                where = types.Location(*view.locate(symbol.name_span))
                found.append(
                    types.SymbolInformation(
                        location=where,
                        name=symbol.name,
                        kind=KINDS[symbol.kind],
                        container_name=container or None,
                    )
                )
    return found
