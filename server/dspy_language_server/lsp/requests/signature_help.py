"""textDocument/signatureHelp."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server import ide

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

OPTIONS = types.SignatureHelpOptions(trigger_characters=["(", ","])


def register(server: CompanionServer) -> None:
    """Registers the request."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_SIGNATURE_HELP, OPTIONS)
    def signature_help(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        place = session.place(params.text_document.uri, params.position)
        if place is None:
            return None
        found = ide.signature_help.signature_help(place.program, place.offset)
        if found is None:
            return None
        parameters = [
            types.ParameterInformation(
                label=found.label[p.start : p.end],
                documentation=_markdown(p.documentation),
            )
            for p in found.parameters
        ]
        # A client takes an index past the end for "none"; absent would mean the first.
        active = found.active if found.active is not None else len(parameters)
        shown = types.SignatureInformation(
            found.label, _markdown(found.documentation), parameters, active
        )
        return types.SignatureHelp([shown], 0, active)


def _markdown(text: str) -> types.MarkupContent | None:
    return types.MarkupContent(types.MarkupKind.Markdown, text) if text else None
