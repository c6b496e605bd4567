"""textDocument/codeLens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server import ide
from dspy_language_server.lsp.plain import plain

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer


def register(server: CompanionServer) -> None:
    """Registers the request."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(params: types.CodeLensParams) -> list[types.CodeLens] | None:
        uri = params.text_document.uri
        view = session.view(uri)
        if view is None or not session.folder_of(uri).settings.flag("codeLens.enable"):
            return None
        shown = []
        for lens in ide.code_lens.code_lenses(view.program, session.logged.of(uri)):
            where, wanted = view.locate(lens.span)
            if where == uri:
                arguments = [{"uri": uri, "name": lens.name, **lens.arguments}]
                command = types.Command(
                    title=plain(lens.title), command=lens.command, arguments=arguments
                )
                shown.append(types.CodeLens(wanted, command))
        return shown
