"""textDocument/definition and textDocument/typeDefinition."""

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

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[types.Location] | None:
        place = session.place(params.text_document.uri, params.position)
        if place is None:
            return None
        return locations(session, ide.navigation.definition(place.program, place.offset)) or None

    @server.feature(types.TEXT_DOCUMENT_TYPE_DEFINITION)
    def type_definition(params: types.TypeDefinitionParams) -> list[types.Location] | None:
        place = session.place(params.text_document.uri, params.position)
        if place is None:
            return None
        return (
            locations(session, ide.navigation.type_definition(place.program, place.offset)) or None
        )
