"""Small words for answers of the protocol."""

from lsprotocol import types


def by_uri(edit: types.WorkspaceEdit) -> dict:
    """The edits of a workspace edit by document, in order of place."""
    found: dict = {}
    for change in edit.document_changes or []:
        found.setdefault(change.text_document.uri, []).extend(change.edits)
    for edits in found.values():
        edits.sort(key=lambda e: (e.range.start.line, e.range.start.character))
    return found
