"""textDocument/prepareRename and textDocument/rename: null outside of DSPy's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server import ide
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.session import Session

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

GUESS = "dspy.guess"


def register(server: CompanionServer) -> None:
    """Registers the requests."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare_rename(
        params: types.PrepareRenameParams,
    ) -> types.PrepareRenamePlaceholder | None:
        place = session.place(params.text_document.uri, params.position)
        found = ide.rename.prepare(place.program, place.offset) if place is not None else None
        if place is None or found is None:
            return None
        return types.PrepareRenamePlaceholder(place.view.range(found[0]), found[1])

    @server.feature(types.TEXT_DOCUMENT_RENAME)
    def rename(params: types.RenameParams) -> types.WorkspaceEdit | None:
        place = session.place(params.text_document.uri, params.position)
        if place is None:
            return None
        place.folder.know_all_files()
        try:
            edits = ide.rename.rename(
                place.folder.project, place.program, place.offset, params.new_name
            )
        except ide.rename.RenameRefusedError as error:
            raise Refusal(str(error), code=INVALID_PARAMS) from error
        return _workspace_edit(session, edits) if edits is not None else None


def _workspace_edit(session: Session, edits: list[ide.rename.RenameEdit]) -> types.WorkspaceEdit:
    """The edits by document; guesses are marked for a person to confirm, where that is possible."""
    annotated = session.client.change_annotations
    by_uri: dict[str, list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit]] = {}
    guesses = False
    for edit in edits:
        view = session.view(edit.location.uri)
        if view is None:
            continue
        uri, where = view.locate(edit.location.span)
        edits_of = by_uri.setdefault(uri, [])
        if annotated and not edit.sure:
            guesses = True
            edits_of.append(types.AnnotatedTextEdit(GUESS, where, edit.text))
        else:
            edits_of.append(types.TextEdit(where, edit.text))
    if not session.client.document_changes:
        plain = {
            uri: [e for e in made if isinstance(e, types.TextEdit)] for uri, made in by_uri.items()
        }
        return types.WorkspaceEdit(changes=plain)
    note = types.ChangeAnnotation(
        "Maybe the same field",
        needs_confirmation=True,
        description="The server is not sure that these places mean the field.",
    )
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri, session.versions.get(uri)), made
            )
            for uri, made in by_uri.items()
        ],
        change_annotations={GUESS: note} if guesses else None,
    )
