"""A pygls server that does nothing but answer: the floor that every other figure stands on."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("noop", "1")


def _publish(ls: LanguageServer, uri: str, version: int) -> None:
    diagnostics = [
        types.Diagnostic(
            types.Range(types.Position(i, 0), types.Position(i, 4)),
            "A message of about the length that a real one has, so that the JSON weighs the same.",
            severity=types.DiagnosticSeverity.Error,
            code="DSP101",
            source="noop",
        )
        for i in range(20)
    ]
    ls.text_document_publish_diagnostics(
        types.PublishDiagnosticsParams(uri, diagnostics, version=version)
    )


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def did_open(ls: LanguageServer, params: types.DidOpenTextDocumentParams) -> None:
    """Publish the same diagnostics whatever the text."""
    _publish(ls, params.text_document.uri, params.text_document.version)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def did_change(ls: LanguageServer, params: types.DidChangeTextDocumentParams) -> None:
    """Publish the same diagnostics whatever the change."""
    _publish(ls, params.text_document.uri, params.text_document.version)


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(_ls: LanguageServer, _params: types.HoverParams) -> types.Hover:
    """Answer a hover with a constant."""
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "hover"))


if __name__ == "__main__":
    server.start_io()
