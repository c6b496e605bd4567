"""From the server's plain data to the protocol's: findings, edits, severities, locations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from dspy_language_server.lsp.views import View
from dspy_language_server.program.model import Location
from dspy_language_server.rules.finding import Finding
from dspy_language_server.signature.model import Severity, Span

if TYPE_CHECKING:
    from dspy_language_server.lsp.session import Session

SEVERITY = {
    Severity.ERROR: 1,
    Severity.WARNING: 2,
    Severity.INFORMATION: 3,
    Severity.HINT: 4,
}
SOURCE = "dspy"
UNNECESSARY = 1


def json_range(view: View, span: Span) -> dict[str, Any]:
    """A range as plain JSON: diagnostics are many, and need no classes in between."""
    found = view.range(span)
    return {
        "start": {"line": found.start.line, "character": found.start.character},
        "end": {"line": found.end.line, "character": found.end.character},
    }


def diagnostic(session: Session, view: View, finding: Finding) -> dict[str, Any]:
    """A finding as a diagnostic, plain JSON."""
    made: dict[str, Any] = {
        "range": json_range(view, finding.span),
        "severity": SEVERITY[finding.severity],
        "code": finding.code,
        "source": SOURCE,
        "message": finding.message,
    }
    if finding.related and session.client.related_information:
        related = []
        for note in finding.related:
            place = location(session, Location(note.uri, note.span))
            if place is not None:
                related.append({"location": as_json(place), "message": note.message})
        made["relatedInformation"] = related
    if finding.data.get("unnecessary"):
        made["tags"] = [UNNECESSARY]
    return made


def moved(view: View, finding: Finding, made: dict[str, Any]) -> dict[str, Any] | None:
    """The diagnostic that was made of a finding before, at the lines where it stands now.

    Most keys move a finding not at all or by whole lines. None where it has to be made anew:
    it stands in another column, or tells of other places.
    """
    was = made["range"]
    now = view.program.document.position(finding.span.start, view.encoding)
    if now.column != was["start"]["character"] or "relatedInformation" in made:
        return None
    lines = now.line - was["start"]["line"]
    if not lines:
        return made
    ends = {name: {**place, "line": place["line"] + lines} for name, place in was.items()}
    return {**made, "range": ends}


def as_json(place: types.Location) -> dict[str, Any]:
    """A location as plain JSON."""
    start, end = place.range.start, place.range.end
    return {
        "uri": place.uri,
        "range": {
            "start": {"line": start.line, "character": start.character},
            "end": {"line": end.line, "character": end.character},
        },
    }


def location(session: Session, place: Location) -> types.Location | None:
    """A place of the workspace; None where its document is gone."""
    view = session.view(place.uri)
    if view is None:
        return None
    uri, found = view.locate(place.span)
    return types.Location(uri, found)


def locations(session: Session, places: Iterable[Location]) -> list[types.Location]:
    """Places of the workspace, those in vanished documents left out, none twice."""
    found: list[types.Location] = []
    for place in places:
        made = location(session, place)
        if made is not None and made not in found:
            found.append(made)
    return found


def text_edits(view: View, edits: Iterable[tuple[Span, str]]) -> dict[str, list[types.TextEdit]]:
    """Edits of one program, by the URI of the document or cell."""
    by_uri: dict[str, list[types.TextEdit]] = {}
    for span, text in edits:
        uri, found = view.locate(span)
        by_uri.setdefault(uri, []).append(types.TextEdit(found, text))
    return by_uri


def workspace_edit(
    session: Session, by_uri: dict[str, list[types.TextEdit]]
) -> types.WorkspaceEdit:
    """An edit across documents, versioned where the client can check the version."""
    if not session.client.document_changes:
        return types.WorkspaceEdit(changes=by_uri)
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri, session.versions.get(uri)),
                list(edits),
            )
            for uri, edits in by_uri.items()
        ]
    )
