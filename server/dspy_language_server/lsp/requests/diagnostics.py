"""textDocument/diagnostic and workspace/diagnostic, with result ids."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from dspy_language_server.lsp.session import Session

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

OPTIONS = types.DiagnosticOptions(
    inter_file_dependencies=True, workspace_diagnostics=True, identifier="dspy"
)


def register(server: CompanionServer) -> None:
    """Registers the requests."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, OPTIONS)
    def document_diagnostic(params: types.DocumentDiagnosticParams) -> dict[str, Any]:
        result_id, items, _ = session.diagnostics.report(params.text_document.uri)
        if params.previous_result_id == result_id:
            return {"kind": "unchanged", "resultId": result_id}
        return {"kind": "full", "resultId": result_id, "items": items}

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    async def workspace_diagnostic(params: types.WorkspaceDiagnosticParams) -> dict[str, Any]:
        previous = {item.uri: item.value for item in params.previous_result_ids}
        return {"items": [item async for item in _reports(session, previous)]}


async def _reports(session: Session, previous: dict[str, str]) -> Any:
    """One report per file that is not open; other requests are served between two files."""
    reported = set()
    found = list(session.diagnostics.workspace_files())
    for (
        folder,
        uri,
    ) in found:  # what one file has another's metric judge is known before either is told
        await asyncio.sleep(0)
        if (program := folder.project.program(uri)) is not None:
            program.analysis.units()
    found += list(session.diagnostics.imported_files({uri for _, uri in found}))
    for _, uri in found:
        await asyncio.sleep(0)
        result_id, items, _ = session.diagnostics.report(uri)
        reported.add(uri)
        if previous.get(uri) == result_id:
            yield {"kind": "unchanged", "uri": uri, "version": None, "resultId": result_id}
        elif items or uri in previous:
            yield {
                "kind": "full", "uri": uri, "version": None, "resultId": result_id, "items": items,
            }  # fmt: skip
    for uri in previous:
        if uri not in reported and not session.is_open(uri):
            yield {"kind": "full", "uri": uri, "version": None, "items": []}
