"""Builds the server: takes what it depends on, registers every request, and runs the event loop."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from typing import Any, BinaryIO

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from dspy_language_server import __version__
from dspy_language_server.lsp import commands, notifications, requests
from dspy_language_server.lsp.protocol import CompanionProtocol
from dspy_language_server.lsp.services import Services
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.transport import FrameWriter, Reader

logger = logging.getLogger(__name__)

QUIET = 1.0
"""Seconds without a message after which a client is taken to be waiting for nothing."""
LOOKS = 10
"""How often quiet is looked for; then what waits for it is done between two messages."""

NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(
            notebook="jupyter-notebook",
            cells=[types.NotebookCellLanguage(language="python")],
        ),
    ],
    save=False,
)


class CompanionServer(LanguageServer):
    """One connection to one editor."""

    protocol: CompanionProtocol

    def __init__(self, services: Services) -> None:
        super().__init__(
            "dspy-language-server",
            __version__,
            notebook_document_sync=NOTEBOOKS,
            protocol_cls=CompanionProtocol,
            max_workers=1,
        )
        self.session = Session(self, services)
        self._finished: asyncio.Future[int] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def report_server_error(self, error: Exception, source: type[Exception]) -> None:
        """A failure is logged where maintainers look, never popped up in a person's face."""
        logger.error("%s: %s", source.__name__, error)

    def start_soon(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Runs something beside the requests; its failure is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("background work failed", exc_info=error)

    # Running ------------------------------------------------------------------------------------

    def start_io(self, stdin: BinaryIO | None = None, stdout: BinaryIO | None = None) -> None:
        """Serves over a pair of pipes until the client leaves; exits with the protocol's code."""
        sys.exit(self.run(stdin or sys.stdin.buffer, stdout or sys.stdout.buffer))

    def run(
        self, stdin: BinaryIO, stdout: BinaryIO, when_quiet: Callable[[], None] | None = None
    ) -> int:
        """Serves over a pair of pipes and returns the exit code.

        Args:
            stdin: What the client writes.
            stdout: What the client reads.
            when_quiet: Called once, when the client has asked nothing for a moment.
        """
        sys.stdout = sys.stderr  # a stray print must not end up between two messages
        return asyncio.run(self._serve(stdin, stdout, when_quiet))

    async def _serve(
        self, stdin: BinaryIO, stdout: BinaryIO, when_quiet: Callable[[], None] | None
    ) -> int:
        loop = asyncio.get_running_loop()
        self._finished = loop.create_future()
        self.protocol.set_writer(FrameWriter(stdout, on_lost=lambda: self.finish(1)))
        Reader(stdin, loop, self.protocol.receive, lambda: self.finish(1)).start()
        if when_quiet is not None:
            self.start_soon(self._wait_for_quiet(when_quiet))
        code = await self._finished
        self.protocol.cancel_all()
        for task in list(self._tasks):
            task.cancel()
        await self.session.close()
        return code

    async def _wait_for_quiet(self, then: Callable[[], None]) -> None:
        """Calls back when no message came for a while, and after a few such whiles in any case."""
        for _ in range(LOOKS):
            seen = self.protocol.received
            await asyncio.sleep(QUIET)
            if self.protocol.received == seen:
                break
        then()

    def finish(self, code: int) -> None:
        """Ends `run` with this exit code."""
        if self._finished is not None and not self._finished.done():
            self._finished.set_result(code)


def create_server(services: Services) -> CompanionServer:
    """A server with every request, notification and command registered.

    Args:
        services: What reaches outside of the server: the file system, interpreters, the worker.
    """
    server = CompanionServer(services)
    register: Callable[[CompanionServer], None]
    for register in (*requests.ALL, *notifications.ALL, commands.register):
        register(server)
    return server
