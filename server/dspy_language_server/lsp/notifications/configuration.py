"""Settings, workspace folders and trust that change while the server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

DID_GRANT_TRUST = "dspy/didGrantTrust"


def register(server: CompanionServer) -> None:
    """Registers what changes the conditions under which all documents are read."""
    session = server.session

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(params: types.DidChangeConfigurationParams) -> None:
        if session.client.gives_configuration:
            await session.pull_configuration()
        else:
            session.push_configuration(params.settings)
        session.conditions_changed()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def did_change_workspace_folders(
        params: types.DidChangeWorkspaceFoldersParams,
    ) -> None:
        for folder in params.event.removed:
            session.remove_folder(folder.uri)
        for folder in params.event.added:
            session.add_folder(folder.uri)
        await session.pull_configuration()
        session.conditions_changed()

    @server.feature(DID_GRANT_TRUST)
    async def did_grant_trust(_: Any) -> None:
        session.trusted = True
        await session.pull_configuration()
        session.conditions_changed()
        session.warm_workers()
