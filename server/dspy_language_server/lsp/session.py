"""What one connection knows: the client, its folders, the open documents, and whether the workspace is trusted."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from dspy_language_server.lsp.clients import Client
from dspy_language_server.lsp.diagnostics import Diagnostics
from dspy_language_server.lsp.folders import Folder
from dspy_language_server.lsp.logged import Versions
from dspy_language_server.lsp.notebooks import Notebook
from dspy_language_server.lsp.paths import inside, to_path, to_uri
from dspy_language_server.lsp.presenting import Presenter
from dspy_language_server.lsp.services import Services
from dspy_language_server.lsp.settings import Settings
from dspy_language_server.lsp.status import Status
from dspy_language_server.lsp.views import Place, View
from dspy_language_server.lsp.workers import Workers
from dspy_language_server.program.program import Program

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

logger = logging.getLogger(__name__)

PAUSE = 0.3
"""Seconds without a key after which other open documents are looked at again."""


class Session:
    """The state of a connection. Handlers ask it; nothing is kept in module globals."""

    def __init__(self, server: CompanionServer, services: Services) -> None:
        self.server = server
        self.services = services
        self.client = Client(types.ClientCapabilities())
        self.trusted = False
        self.flavor_path: str | None = None
        self.initial_settings: Any = {}
        self.folders: list[Folder] = []
        self.loose = Folder(None, self)
        """Documents outside of every workspace folder."""
        self.versions: dict[str, int] = {}
        """The version of each open document or cell, as the client counts."""
        self.notebook_of: dict[str, str] = {}
        """The notebook of each open cell."""
        self.notebooks: dict[str, Notebook] = {}
        """The open notebooks by URI."""
        self.diagnostics = Diagnostics(self)
        self.status = Status(self)
        self._pending: asyncio.TimerHandle | None = None
        self.workers = Workers(self)
        self.logged = Versions(self)
        self.presenter = Presenter(self)
        self.asked: set[str] = set()
        """The files whose definitions the person was asked to run for a preview."""
        self.progress_tasks: dict[int | str, asyncio.Task[Any]] = {}
        """The job behind each progress that the client may cancel."""

    # Life ---------------------------------------------------------------------------------------

    def begin(self, params: types.InitializeParams) -> None:
        """Takes over what `initialize` says."""
        self.client = Client(params.capabilities)
        options = params.initialization_options
        options = options if isinstance(options, dict) else {}
        self.trusted = options.get("workspaceTrusted") is True
        flavor = options.get("flavorPath")
        self.flavor_path = flavor if isinstance(flavor, str) and flavor else None
        self.initial_settings = options.get("settings") or {}
        roots = [folder.uri for folder in params.workspace_folders or []]
        if not roots and params.root_uri:
            roots = [params.root_uri]
        for uri in roots:
            self.add_folder(uri)
        self.apply_settings({})

    async def close(self) -> None:
        """Ends what the session has started."""
        if self._pending is not None:
            self._pending.cancel()
        self.logged.close()
        await self.workers.close()
        self.presenter.close()

    def warm_worker(self, uri: str) -> None:
        """The first DSPy file of a trusted workspace: a job is likely to follow."""
        program = self.program(uri) if self.trusted else None
        if program is not None and program.uses_dspy:
            self.workers.warm(self.folder_of(uri))
            if program.loggables:
                self.logged.look(uri)

    def warm_workers(self) -> None:
        """The workspace became trusted: its open files are looked at as if they were opened now."""
        for uri in list(self.versions):
            self.warm_worker(uri)

    # Folders ------------------------------------------------------------------------------------

    def add_folder(self, uri: str) -> None:
        """A folder of the workspace, by URI."""
        path = to_path(uri)
        if path is not None and all(folder.path != path for folder in self.folders):
            self.folders.append(Folder(path, self))
            self.folders.sort(key=lambda folder: len(folder.path or ""), reverse=True)

    def remove_folder(self, uri: str) -> None:
        """A folder that left the workspace."""
        path = to_path(uri)
        self.folders = [folder for folder in self.folders if folder.path != path]

    @property
    def all_folders(self) -> list[Folder]:
        """The workspace's folders and the one for documents outside of them."""
        return [*self.folders, self.loose]

    def folder_of(self, uri: str) -> Folder:
        """The innermost folder that holds a document."""
        path = to_path(self.notebook_of.get(uri, uri))
        if path is not None:
            for folder in self.folders:
                if folder.path is not None and inside(path, folder.path):
                    return folder
        return self.loose

    def apply_settings(self, trees: dict[str | None, Any]) -> bool:
        """Takes over settings by folder path; a folder without an entry keeps the initial ones.

        Returns:
            Whether anything is different now.
        """
        changed = False
        for folder in self.all_folders:
            tree = trees.get(folder.path, self.initial_settings)
            settings = Settings.read(tree, trusted=self.trusted)
            changed = folder.configure(settings, trusted=self.trusted) or changed
        return changed

    async def pull_configuration(self) -> None:
        """Asks the client for section `dspy` of each folder."""
        if not self.client.gives_configuration:
            return
        folders = self.folders or [self.loose]
        items = [
            types.ConfigurationItem(
                scope_uri=to_uri(folder.path) if folder.path is not None else None, section="dspy"
            )
            for folder in folders
        ]
        try:
            answer = await self.server.workspace_configuration_async(
                types.ConfigurationParams(items)
            )
        except JsonRpcException as error:
            logger.warning("the client gives no configuration: %s", error)
            return
        trees = {
            folder.path: tree if isinstance(tree, dict) else self.initial_settings
            for folder, tree in zip(folders, answer, strict=False)
        }
        trees.setdefault(None, next(iter(trees.values()), self.initial_settings))
        if self.apply_settings(trees):
            self.conditions_changed()

    def push_configuration(self, settings: Any) -> None:
        """Takes settings that a client sends with the notification instead of being asked."""
        tree = settings.get("dspy", settings) if isinstance(settings, dict) else {}
        self.apply_settings({folder.path: tree for folder in self.all_folders})

    def conditions_changed(self) -> None:
        """Settings, trust or interpreter changed: whatever the client shows may be out of date."""
        self.diagnostics.refresh()
        self.refresh_code_lenses()
        if self.client.refreshes_inlay_hints:
            self.server.protocol.send_request(types.WORKSPACE_INLAY_HINT_REFRESH)
        self.status.send()

    def refresh_code_lenses(self) -> None:
        """What lenses say is out of date."""
        if self.client.refreshes_code_lenses:
            self.server.protocol.send_request(types.WORKSPACE_CODE_LENS_REFRESH)

    def after_open(self, uri: str) -> None:
        """Open documents whose metrics the opened one has judge its programs are looked at again."""
        program = self.program(uri) if len(self.versions) > 1 else None
        if program is None or not program.judges_for_others:
            return
        if self.client.pulls_diagnostics:
            self.diagnostics.refresh()
        else:
            self._look_again(uri)

    def after_change(self, uri: str) -> None:
        """Open documents that import the changed one are looked at again, once typing pauses."""
        self.logged.changed(uri)
        if not self.client.pulls_diagnostics and len(self.versions) > 1:
            self._look_again(uri)

    def _look_again(self, uri: str) -> None:
        """Pushes the diagnostics of the other open documents, once typing pauses."""
        if self._pending is not None:
            self._pending.cancel()
        loop = asyncio.get_running_loop()
        self._pending = loop.call_later(PAUSE, lambda: self.diagnostics.refresh(but=uri))

    # Documents ----------------------------------------------------------------------------------

    @property
    def encoding(self) -> Any:
        """The unit of columns that was agreed with the client."""
        capabilities = self.server.server_capabilities
        return str(getattr(capabilities.position_encoding, "value", capabilities.position_encoding))

    def is_open(self, uri: str) -> bool:
        """Whether the client has a document (or a cell of it) open."""
        return uri in self.versions

    def is_known(self, uri: str) -> bool:
        """Whether the client has a document or a notebook open."""
        return uri in self.versions or uri in self.notebooks

    def program(self, uri: str) -> Program | None:
        """The program of a document, of a cell's notebook, or of a file on disk."""
        uri = self.notebook_of.get(uri, uri)
        return self.folder_of(uri).project.program(uri)

    def view(self, uri: str) -> View | None:
        """A document's program with its positions in the client's units."""
        program = self.program(uri)
        if program is None:
            return None
        cells = self.folder_of(uri).notebooks.get(program.uri)
        return View(program, self.encoding, cells)

    def place(self, uri: str, position: types.Position) -> Place | None:
        """What a request with a position is about."""
        view = self.view(uri)
        if view is None:
            return None
        return Place(view, self.folder_of(uri), view.offset(uri, position))
