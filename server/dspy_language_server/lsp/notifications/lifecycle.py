"""initialize, initialized and shutdown: who is there, what is registered, which settings hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

WATCHED = ("**/*.py", "**/*.ipynb", "**/pyproject.toml", "**/pyvenv.cfg")


def register(server: CompanionServer) -> None:
    """Registers the life of a connection."""
    session = server.session

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        session.begin(params)

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        await _register_dynamically(server)
        await session.pull_configuration()
        session.status.send()


async def _register_dynamically(server: CompanionServer) -> None:
    """Asks the client for what it only offers by registration."""
    client = server.session.client
    wanted: list[types.Registration] = []
    if client.registers_watchers:
        watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in WATCHED]
        wanted.append(
            types.Registration(
                "dspy-watched-files",
                types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                types.DidChangeWatchedFilesRegistrationOptions(watchers),
            )
        )
    if client.registers_configuration:
        wanted.append(
            types.Registration(
                "dspy-configuration",
                types.WORKSPACE_DID_CHANGE_CONFIGURATION,
                types.DidChangeConfigurationRegistrationOptions(section="dspy"),
            )
        )
    if wanted:
        await server.client_register_capability_async(types.RegistrationParams(wanted))
