"""The notification `dspy/status`: what an editor shows in its status item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from dspy_language_server.lsp.paths import to_uri
from dspy_language_server.lsp.plain import plain

if TYPE_CHECKING:
    from dspy_language_server.lsp.folders import Folder
    from dspy_language_server.lsp.session import Session

WorkerState = Literal["off", "starting", "ready", "busy", "failed"]


def _of(folder: Folder) -> dict[str, Any]:
    """What holds in one folder."""
    environment = folder.environment
    problems = [*folder.settings.problems, *folder.configuration.problems]
    return {
        "interpreter": environment.interpreter,
        "dspyVersion": environment.dspy_version,
        "mlflowVersion": environment.mlflow_version,
        "dialect": environment.dialect.version,
        "degraded": [plain(each) for each in (*environment.degraded, *problems)],
    }


class Status:
    """Interpreter, releases, what is degraded, trust, and the worker's state."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._worker: WorkerState = "off"
        self._sent: dict[str, Any] | None = None

    @property
    def value(self) -> dict[str, Any]:
        """The status as it is sent."""
        session = self._session
        folders = session.folders or [session.loose]
        value = {**_of(folders[-1]), "trusted": session.trusted, "worker": self._worker}
        if len(folders) > 1:
            value["folders"] = [
                {"uri": to_uri(folder.path), **_of(folder)}
                for folder in folders
                if folder.path is not None
            ]
        return value

    def worker(self, state: WorkerState) -> None:
        """The worker changed its state."""
        self._worker = state
        self.send()

    def send(self) -> None:
        """Tells the client, if there is something new."""
        value = self.value
        if value != self._sent:
            self._sent = value
            self._session.server.protocol.send_notification("dspy/status", value)
