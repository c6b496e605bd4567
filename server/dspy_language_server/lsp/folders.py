"""A workspace folder: its settings, its interpreter's environment, its project of documents."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dspy_language_server.lsp import files
from dspy_language_server.lsp.cells import Cell, place_cells
from dspy_language_server.lsp.environments import Environment
from dspy_language_server.lsp.memory import Memory
from dspy_language_server.lsp.paths import to_path, to_uri
from dspy_language_server.lsp.settings import Settings
from dspy_language_server.program.project import Project
from dspy_language_server.rules.configuration import Configuration
from dspy_language_server.source.document import Change, Document

if TYPE_CHECKING:
    from dspy_language_server.lsp.session import Session

logger = logging.getLogger(__name__)


class Folder:
    """One folder of the workspace, or (path None) the home of documents outside of all.

    The project is made when the first document needs it and made anew, with the open documents
    in it, when the dialect changes.
    """

    def __init__(self, path: str | None, session: Session) -> None:
        self.path = path
        self._session = session
        self._settings = Settings()
        self._trusted = False
        self._environment: Environment | None = None
        self._project: Project | None = None
        self.documents: dict[str, Document] = {}
        """The text of each document that the editor shows."""
        self.notebooks: dict[str, list[Cell]] = {}
        """The code cells of each open notebook, with their places in its program."""
        self._known_files: set[str] = set()
        self._memory: Memory | None = None
        self._configuration: files.FolderConfiguration | None = None

    # Settings -----------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings in force here."""
        return self._settings

    def configure(self, settings: Settings, *, trusted: bool) -> bool:
        """Takes over settings and says whether they are different; the interpreter is looked at anew."""
        for problem in settings.problems:
            logger.warning("a setting is ignored: %s", problem)
        if settings == self._settings and trusted == self._trusted:
            return False
        self._settings = settings
        self._trusted = trusted
        self.refresh()
        return True

    def refresh(self) -> None:
        """Looks at the interpreter and pyproject.toml again."""
        before = self._environment
        self._environment = None
        self._configuration = None
        if before is not None and self.environment.dialect != before.dialect:
            self._rebuild()

    @property
    def environment(self) -> Environment:
        """The interpreter and the releases it has."""
        if self._environment is None:
            self._environment = self._session.services.find_environment(
                folder=self.path,
                interpreter=self._settings.text("interpreter"),
                dspy_version=self._settings.text("dspyVersion"),
                trusted=self._trusted,
            )
        return self._environment

    @property
    def memory(self) -> Memory:
        """What the person chose in this folder."""
        if self._memory is None:
            self._memory = Memory(self.path or "", self._session.services.state_folder())
        return self._memory

    @property
    def configuration(self) -> files.FolderConfiguration:
        """`[tool.dspy-companion]` of the folder's pyproject.toml."""
        if self._configuration is None:
            self._configuration = files.read_configuration(self.path)
            for problem in self._configuration.problems:
                logger.warning("%s", problem)
        return self._configuration

    @property
    def rules(self) -> Configuration:
        """Which findings are wanted: the editor's settings beside pyproject.toml."""
        own = self.configuration.rules
        return replace(
            own,
            select=self._settings.names("diagnostics.select") or own.select,
            ignore=(*self._settings.names("diagnostics.ignore"), *own.ignore),
        )

    # Documents ----------------------------------------------------------------------------------

    @property
    def project(self) -> Project:
        """The documents of the folder and what they import."""
        if self._project is None:
            self._project = self._make()
        return self._project

    def _make(self) -> Project:
        roots = files.import_roots(self.path) if self.path is not None else []
        return Project(
            dialect=self.environment.dialect,
            roots=roots,
            read=files.read_or_none,
            to_uri=to_uri,
            to_path=to_path,
        )

    def _rebuild(self) -> None:
        """A project of another dialect with the same open documents."""
        if self._project is None:
            return
        self._project.dialect.forget_bindings()
        self._project = self._make()
        self._known_files.clear()
        for uri, document in self.documents.items():
            self.documents[uri] = self._project.open(uri, document.text)

    def open(self, uri: str, text: str) -> None:
        """The editor shows a document."""
        self.documents[uri] = self.project.open(uri, text)

    def open_notebook(self, uri: str, cells: list[tuple[str, str]]) -> None:
        """The editor shows or changed a notebook: its code cells in order."""
        self.documents[uri] = self.project.open_notebook(uri, cells)
        self.notebooks[uri] = place_cells(cells)

    def change(self, uri: str, change: Change) -> None:
        """The editor changed a document."""
        self.documents[uri] = self.project.change(uri, [change])

    def close(self, uri: str) -> None:
        """The editor closed a document."""
        self.documents.pop(uri, None)
        self.notebooks.pop(uri, None)
        self.project.close(uri)

    def python_files(self) -> Iterable[str]:
        """The paths of the folder's Python files and notebooks."""
        if self.path is None:
            return []
        return files.walk([Path(self.path)], self.configuration)

    def file_changed(self, uri: str) -> None:
        """A file changed on disk: it may mention dspy now, and did not before."""
        path = to_path(uri)
        if path is not None:
            self._known_files.discard(path)
        self.project.invalidate(uri)

    def know_all_files(self) -> None:
        """Makes the project know every file of the folder that mentions dspy, for questions about all."""
        for path in self.python_files():
            if path not in self._known_files and path.endswith(".py") and files.mentions_dspy(path):
                self.project.program(to_uri(path))
            self._known_files.add(path)
