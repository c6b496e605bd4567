"""Findings on their way to the client: computed once per change, pulled with result ids, or pushed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from dspy_language_server.lsp import convert, files
from dspy_language_server.lsp.folders import Folder
from dspy_language_server.lsp.paths import to_path, to_uri
from dspy_language_server.lsp.views import View
from dspy_language_server.rules import catalog
from dspy_language_server.rules.finding import Finding

if TYPE_CHECKING:
    from dspy_language_server.lsp.session import Session

Report = list[dict[str, Any]]


class Diagnostics:
    """The diagnostics last told to the client, with an id that changes when they do."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: dict[str, tuple[str, Report]] = {}
        self._made: dict[str, dict[int, tuple[Finding, dict[str, Any]]]] = {}
        """For each open document: its findings, by identity, and the diagnostics made of them."""
        self._ids = itertools.count(1)

    # Computing ----------------------------------------------------------------------------------

    def compute(self, uri: str) -> Report:
        """The diagnostics of a document, or of one cell of a notebook."""
        session = self._session
        view = session.view(uri)
        if view is None or not session.folder_of(uri).settings.flag("diagnostics.enable"):
            return []
        findings = self.findings(view, session.folder_of(uri))
        if view.cells is not None:
            return [
                convert.diagnostic(session, view, finding)
                for finding in findings
                if view.locate(finding.span)[0] == uri
            ]
        return self._converted(uri, view, findings)

    def _converted(self, uri: str, view: View, findings: list[Finding]) -> Report:
        """The findings as diagnostics; those of findings that an edit left alone are kept."""
        before = self._made.get(uri, {})
        now = {}
        report = []
        for finding in findings:
            made = None
            known = before.get(id(finding))
            if known is not None and known[0] is finding:
                made = convert.moved(view, finding, known[1])
            if made is None:
                made = convert.diagnostic(self._session, view, finding)
            now[id(finding)] = (finding, made)
            report.append(made)
        if self._session.is_open(uri):
            self._made[uri] = now
        return report

    def findings(self, view: View, folder: Folder) -> list[Finding]:
        """The findings that the folder's configuration and settings let through."""
        return catalog.check(
            view.program, dialect=folder.environment.dialect, configuration=folder.rules
        )

    # Pulling ------------------------------------------------------------------------------------

    def report(self, uri: str) -> tuple[str, Report, bool]:
        """Result id, diagnostics, and whether they are those told last."""
        report = self.compute(uri)
        known = self._told.get(uri)
        if known is not None and known[1] == report:
            return known[0], report, True
        result_id = str(next(self._ids))
        self._told[uri] = (result_id, report)
        return result_id, report, False

    def forget(self, uri: str) -> None:
        """The client closed the document."""
        self._told.pop(uri, None)
        self._made.pop(uri, None)

    def workspace_files(self) -> Iterator[tuple[Folder, str]]:
        """The URIs of files that are not open but mention dspy, folder by folder."""
        session = self._session
        for folder in session.folders:
            if not folder.settings.flag("diagnostics.workspace"):
                continue
            for path in folder.python_files():
                uri = to_uri(path)
                if path.endswith(".py") and not session.is_open(uri) and files.mentions_dspy(path):
                    yield folder, uri

    def imported_files(self, known: set[str]) -> Iterator[tuple[Folder, str]]:
        """The URIs of files that are neither open nor `known` and that a known file imports.

        They need not mention dspy: a metric is a plain function of an example and a prediction.
        """
        session = self._session
        for folder in session.folders:
            if not folder.settings.flag("diagnostics.workspace"):
                continue
            for program in folder.project.programs():
                path = to_path(program.uri)
                if session.is_known(program.uri) or program.uri in known or path is None:
                    continue
                if not folder.configuration.excludes(path):
                    yield folder, program.uri

    # Pushing ------------------------------------------------------------------------------------

    def push(self, uri: str) -> None:
        """Publishes the diagnostics of an open document to a client that does not pull."""
        session = self._session
        if session.client.pulls_diagnostics:
            return
        _, report, _ = self.report(uri)
        session.server.protocol.send_notification(
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
            {"uri": uri, "version": session.versions.get(uri), "diagnostics": report},
        )

    def clear(self, uri: str) -> None:
        """A closed document: a client that is pushed to must not keep its squiggles."""
        self.forget(uri)
        session = self._session
        if not session.client.pulls_diagnostics:
            session.server.protocol.send_notification(
                types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, {"uri": uri, "diagnostics": []}
            )

    def refresh(self, *, but: str | None = None) -> None:
        """Something that all documents may depend on has changed."""
        session = self._session
        if session.client.pulls_diagnostics:
            if session.client.refreshes_diagnostics:
                session.server.protocol.send_request(types.WORKSPACE_DIAGNOSTIC_REFRESH)
            return
        for uri in list(session.versions):
            if uri != but:
                self.push(uri)
