"""Notebooks: code cells in order are one program, whatever the editor does to the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server.lsp.notebooks import Notebook

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer
    from dspy_language_server.lsp.session import Session


def register(server: CompanionServer) -> None:
    """Registers the notifications about notebooks."""
    session = server.session

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenNotebookDocumentParams) -> None:
        notebook = Notebook(params.notebook_document.uri)
        texts = {item.uri: item for item in params.cell_text_documents}
        for cell in params.notebook_document.cells:
            notebook.order.append((cell.document, cell.kind == types.NotebookCellKind.Code))
        for item in texts.values():
            notebook.put(item.uri, item.text)
            session.versions[item.uri] = item.version
            session.notebook_of[item.uri] = notebook.uri
        session.notebooks[notebook.uri] = notebook
        _analyse(session, notebook)
        for uri in list(texts)[:1]:
            session.warm_worker(uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeNotebookDocumentParams) -> None:
        notebook = session.notebooks.get(params.notebook_document.uri)
        if notebook is None or params.change.cells is None:
            return
        _change_cells(session, notebook, params.change.cells)
        _analyse(session, notebook)
        session.logged.changed(notebook.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseNotebookDocumentParams) -> None:
        notebook = session.notebooks.pop(params.notebook_document.uri, None)
        if notebook is None:
            return
        session.folder_of(notebook.uri).close(notebook.uri)
        session.logged.close(notebook.uri)
        for uri in notebook.cells:
            _forget(session, uri)


def _change_cells(
    session: Session, notebook: Notebook, cells: types.NotebookDocumentCellChanges
) -> None:
    """Cells added, removed, moved, retyped; then the text inside of cells."""
    if (structure := cells.structure) is not None:
        for item in structure.did_open or []:
            notebook.put(item.uri, item.text)
            session.versions[item.uri] = item.version
            session.notebook_of[item.uri] = notebook.uri
        splice = structure.array
        new = [
            (cell.document, cell.kind == types.NotebookCellKind.Code) for cell in splice.cells or []
        ]
        notebook.order[splice.start : splice.start + splice.delete_count] = new
        for closed in structure.did_close or []:
            notebook.cells.pop(closed.uri, None)
            _forget(session, closed.uri)
    for changed in cells.data or []:
        notebook.set_kind(changed.document, code=changed.kind == types.NotebookCellKind.Code)
    for content in cells.text_content or []:
        uri = content.document.uri
        if uri in notebook.cells:
            session.versions[uri] = content.document.version
            notebook.edit(uri, content.changes, session.encoding)


def _analyse(session: Session, notebook: Notebook) -> None:
    session.folder_of(notebook.uri).open_notebook(notebook.uri, notebook.code_cells())
    for uri, _ in notebook.code_cells():
        session.diagnostics.push(uri)


def _forget(session: Session, uri: str) -> None:
    session.versions.pop(uri, None)
    session.diagnostics.clear(uri)
    session.notebook_of.pop(uri, None)
