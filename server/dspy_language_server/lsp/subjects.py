"""What a command is about: the editor's text, unsaved edits included, and the object that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from dspy_language_server.lsp.files import read_or_none
from dspy_language_server.lsp.folders import Folder
from dspy_language_server.lsp.paths import to_path
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.views import View
from dspy_language_server.worker import Subject

if TYPE_CHECKING:
    from dspy_language_server.lsp.session import Session


def uri_of(arguments: dict[str, Any]) -> str:
    """The document that the arguments name."""
    uri = arguments.get("uri")
    if not isinstance(uri, str) or not uri:
        raise Refusal("The argument `uri` is missing: the document's URI.", code=INVALID_PARAMS)
    return uri


def position_of(arguments: dict[str, Any]) -> types.Position | None:
    """The position that the arguments name, if they do."""
    match arguments.get("position"):
        case None:
            return None
        case {"line": int(line), "character": int(character)}:
            return types.Position(line, character)
        case _:
            raise Refusal("`position` must be `{line, character}`, from 0.", code=INVALID_PARAMS)


def document_of(session: Session, arguments: dict[str, Any]) -> tuple[str, View, Folder]:
    """The document, its program and its folder."""
    uri = uri_of(arguments)
    view = session.view(uri)
    if view is None:
        raise Refusal(f"{uri} is not open and cannot be read.", code=INVALID_PARAMS)
    return uri, view, session.folder_of(uri)


def subject_of(session: Session, arguments: dict[str, Any]) -> tuple[Subject, Folder]:
    """The subject of a job and the folder whose settings hold."""
    uri, view, folder = document_of(session, arguments)
    program = view.program
    name = arguments.get("name")
    line = None
    position = position_of(arguments)
    if position is not None:
        line = position.line + 1
        meant = program.loggable_at(view.offset(uri, position))
        name = name or (meant.name if meant is not None else None)
    if not isinstance(name, str):
        name = None
    path = to_path(program.uri) or program.uri.rpartition("/")[2] or "untitled.py"
    notebook = session.notebooks.get(program.uri)
    if notebook is None:
        text = program.document.text
        unsaved = _unsaved(folder, program.uri)
        return Subject(path=path, text=text, name=name, line=line, unsaved=unsaved), folder
    cells = notebook.code_cells()
    index = next((i for i, (cell, _) in enumerate(cells) if cell == uri), None)
    sources = tuple(source for _, source in cells)
    unsaved = _unsaved(folder, program.uri)
    subject = Subject(
        path=path, text="", name=name, line=line, cells=sources, cell=index, unsaved=unsaved
    )
    return subject, folder


def _unsaved(folder: Folder, uri: str) -> tuple[str, ...]:
    """The paths of the other open files whose text is not the one on disk."""
    paths = []
    for other, document in folder.documents.items():
        path = to_path(other)
        if other == uri or path is None or not path.endswith(".py"):
            continue
        text = read_or_none(path)
        if text is not None and text.splitlines() != document.text.splitlines():
            paths.append(path)
    return tuple(paths)
