"""Files that change on disk, outside of the editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer


def register(server: CompanionServer) -> None:
    """Registers `workspace/didChangeWatchedFiles`."""
    session = server.session

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        environment_changed = False
        for change in params.changes:
            if change.uri.endswith(("/pyproject.toml", "/pyvenv.cfg")):
                session.folder_of(change.uri).refresh()
                environment_changed = True
            elif not session.is_open(change.uri):
                for folder in session.all_folders:
                    folder.file_changed(change.uri)
        session.logged.changed_elsewhere()
        if environment_changed:
            session.conditions_changed()
        else:
            session.diagnostics.refresh()
