"""didOpen, didChange, didClose and didSave of text documents: the project follows the editor's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server.lsp.session import Session
from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Change

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer


def register(server: CompanionServer) -> None:
    """Registers the notifications about documents."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        session.versions[document.uri] = document.version
        session.folder_of(document.uri).open(document.uri, document.text)
        session.diagnostics.push(document.uri)
        session.after_open(document.uri)
        session.warm_worker(document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        if not session.is_open(uri):
            return
        session.versions[uri] = params.text_document.version
        folder = session.folder_of(uri)
        for change in params.content_changes:
            folder.change(uri, _change(session, uri, change))
        session.diagnostics.push(uri)
        session.after_change(uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        if session.versions.pop(uri, None) is None:
            return
        session.folder_of(uri).close(uri)
        session.logged.close(uri)
        session.diagnostics.clear(uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(_: types.DidSaveTextDocumentParams) -> None:
        """The text is known; but a logged program may import it, and an import reads the disk."""
        session.logged.changed_elsewhere()


def _change(session: Session, uri: str, change: types.TextDocumentContentChangeEvent) -> Change:
    """A change of the protocol in offsets of the text as it is now."""
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return Change(None, change.text)
    document = session.folder_of(uri).documents[uri]
    start, end = change.range.start, change.range.end
    first = document.offset(start.line, start.character, session.encoding)
    last = document.offset(end.line, end.character, session.encoding)
    return Change(Span(first, max(first, last)), change.text)
