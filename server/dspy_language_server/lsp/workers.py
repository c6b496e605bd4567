"""The workers of a session, one for each interpreter, started in a trusted workspace only."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from dspy_language_server.lsp.folders import Folder
from dspy_language_server.lsp.protocol import Refusal
from dspy_language_server.worker import JobSettings, WorkerClient, WorkerError

if TYPE_CHECKING:
    from dspy_language_server.lsp.session import Session

logger = logging.getLogger(__name__)


class Workers:
    """Makes workers when they are first needed, and ends them with the session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_interpreter: dict[str, WorkerClient] = {}
        self._last: WorkerClient | None = None

    def of(self, folder: Folder, purpose: str) -> WorkerClient:
        """The worker of a folder's interpreter.

        Raises:
            Refusal: The workspace is not trusted, or there is no interpreter.
        """
        if not self._session.trusted:
            raise Refusal(
                f"The workspace is not trusted, so DSPy Companion does not {purpose}: that would run "
                "its code. Trust the workspace in the editor, or start the server with the "
                "initialization option `workspaceTrusted: true`.",
                data={"code": "untrusted"},
            )
        interpreter = folder.environment.interpreter
        if interpreter is None:
            raise Refusal(
                "No Python interpreter was found. Set `dspy.interpreter` to the one that has dspy "
                "and mlflow installed.",
                data={"code": "interpreter"},
            )
        worker = self._by_interpreter.get(interpreter)
        if worker is None:
            worker = self._session.services.worker_factory(
                interpreter,
                flavor_path=self._session.flavor_path,
                on_state=self._session.status.worker,
            )
            self._by_interpreter[interpreter] = worker
        self._last = worker
        return worker

    def warm(self, folder: Folder) -> None:
        """Starts the worker in the background, so that the first job finds it ready."""
        interpreter = folder.environment.interpreter
        if not self._session.trusted or interpreter in (None, *self._by_interpreter):
            return
        self._session.server.start_soon(self._prewarm(folder))

    async def _prewarm(self, folder: Folder) -> None:
        try:
            await self.of(folder, "start a worker").prewarm()
        except WorkerError as error:
            logger.warning("the worker did not start: %s", error.message)

    @property
    def output(self) -> str:
        """What the last job printed."""
        return self._last.output if self._last is not None else ""

    async def restart(self) -> None:
        """Ends all workers; the next job starts its own anew."""
        for worker in self._by_interpreter.values():
            await worker.restart()

    async def close(self) -> None:
        """Ends all workers for good."""
        for worker in self._by_interpreter.values():
            try:
                await worker.close()
            except (WorkerError, OSError):  # noqa: PERF203 - the others are to be closed all the same
                logger.exception("a worker could not be ended")


def job_settings(folder: Folder, arguments: dict[str, object]) -> JobSettings:
    """The settings of a job: the command's arguments before the folder's settings."""
    settings = folder.settings
    given = arguments.get("constructorArguments")
    return JobSettings(
        root=folder.path or "",
        tracking_uri=str(arguments.get("trackingUri") or settings.text("mlflow.trackingUri")),
        mlflow_timeout=settings.number("mlflow.timeout"),
        time_limit=settings.number("log.timeLimit"),
        memory_limit=int(settings.number("log.memoryLimit")),
        execute=str(arguments.get("execute") or settings.text("log.execute")),
        confirmed=arguments.get("confirmed") is True,
        constructor_arguments=given if isinstance(given, dict) else None,
    )
