"""One running worker: its pipes, the answers that are awaited, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dspy_language_server.worker import frames
from dspy_language_server.worker.model import Progress, WorkerError

_LAST_WORDS = 16_000
_PATIENCE = 3.0


Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Asks the person what a job asks, and returns the answer that the job is handed."""


@dataclass
class _Waiting:
    answer: asyncio.Future[dict[str, Any]]
    progress: Progress | None
    pieces: Callable[[str, str], None] | None
    ask: Ask | None


class WorkerProcess:
    """A worker that was started; it ends by itself when its standard input is closed."""

    def __init__(self, process: asyncio.subprocess.Process, interpreter: str) -> None:
        """Take over a process that was just started."""
        self._process = process
        self._interpreter = interpreter
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Waiting] = {}
        self._ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._ready.add_done_callback(_seen)
        self._last_words = bytearray()
        self.ended = False
        self.on_ready: Callable[[], None] = lambda: None
        self.on_end: Callable[[], None] = lambda: None
        self._tasks = [
            asyncio.create_task(self._read_messages()),
            asyncio.create_task(self._read_errors()),
        ]

    @classmethod
    async def start(cls, interpreter: str, main: Path, arguments: Sequence[str]) -> WorkerProcess:
        """Start a worker, isolated from the workspace: no path of it is on the module path."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                interpreter,
                "-I",
                str(main),
                *arguments,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                cwd=Path(interpreter).anchor or os.sep,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise WorkerError(
                "interpreter",
                f"Python could not be started: {interpreter} ({reason}). Choose another"
                " interpreter in the setting dspy.interpreter.",
            ) from error
        return cls(process, interpreter)

    @property
    def is_ready(self) -> bool:
        """Are dspy and mlflow imported?"""
        return (
            not self.ended
            and self._ready.done()
            and not self._ready.cancelled()
            and self._ready.exception() is None
        )

    async def ready(self) -> dict[str, Any]:
        """Wait until dspy and mlflow are imported; return the worker's versions."""
        return await asyncio.shield(self._ready)

    async def request(
        self,
        method: str,
        parameters: dict[str, Any],
        progress: Progress | None,
        pieces: Callable[[str, str], None] | None,
        ask: Ask | None = None,
    ) -> dict[str, Any]:
        """Ask for a job and wait for its answer; cancelling the wait ends the job.

        Where `ask` raises, the job is ended too, and that is raised.
        """
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = _Waiting(answer, progress, pieces, ask)
        try:
            await self._send({"id": number, "method": method, "params": parameters})
            return await answer
        except BaseException:
            with contextlib.suppress(WorkerError):
                await self._send({"cancel": number})
            raise
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """End the worker and its jobs."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _PATIENCE)
        except (asyncio.TimeoutError, TimeoutError):
            self._kill()
            await self._process.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _kill(self) -> None:
        """End the process at once.

        `Process.kill` of asyncio looks first whether the process has ended (before Python 3.14), and
        so takes its exit code away from asyncio, which then says that it does not know the process.
        """
        if self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.kill(self._process.pid, signal.SIGKILL)

    async def _send(self, message: dict[str, Any]) -> None:
        stream = self._process.stdin
        if stream is None or self.ended:
            raise self._end()
        try:
            stream.write(frames.encode(message))
            await stream.drain()
        except (ConnectionError, RuntimeError) as error:
            raise self._end() from error

    async def _read_messages(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while (message := await frames.read(stream)) is not None:
            self._receive(message)
        self.ended = True
        self._kill()
        await self._process.wait()
        await asyncio.sleep(0)
        if not self._ready.done():
            self._ready.set_exception(self._end())
        for waiting in list(self._waiting.values()):
            if not waiting.answer.done():
                waiting.answer.set_exception(self._end())
        self.on_end()

    def _receive(self, message: dict[str, Any]) -> None:
        if "ready" in message and not self._ready.done():
            self._ready.set_result({"interpreter": self._interpreter, **message["ready"]})
            self.on_ready()
        elif "failed" in message and not self._ready.done():
            failed = message["failed"]
            text = failed["message"].replace("{interpreter}", self._interpreter)
            self._ready.set_exception(WorkerError(failed["code"], text))
        elif (waiting := self._waiting.get(message.get("id", 0))) is not None:
            if "ask" in message:
                task = asyncio.create_task(self._ask(message["id"], waiting, message["ask"]))
                waiting.answer.add_done_callback(lambda _: task.cancel())
            else:
                _deliver(waiting, message)

    async def _ask(self, number: int, waiting: _Waiting, question: dict[str, Any]) -> None:
        """Ask what a job asks and hand it the reply; what is raised ends the wait for the job."""
        try:
            assert waiting.ask is not None, "only jobs that may ask are given a question"
            await self._send({"tell": number, "reply": await waiting.ask(question)})
        except asyncio.CancelledError:
            waiting.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - it is raised where the job is awaited
            if not waiting.answer.done():
                waiting.answer.set_exception(error)

    async def _read_errors(self) -> None:
        stream = self._process.stderr
        assert stream is not None
        while chunk := await stream.read(4096):
            self._last_words += chunk
            del self._last_words[:-_LAST_WORDS]

    def _end(self) -> WorkerError:
        text = self._last_words.decode("utf-8", "replace").strip()
        last = text.splitlines()[-1] if text else "it left no message"
        if self._ready.done() and not self._ready.cancelled() and not self._ready.exception():
            message = f"The worker ended while it was needed ({last}). It starts anew by itself."
            return WorkerError("worker", message, {"output": text})
        return WorkerError(
            "interpreter",
            f"The Python {self._interpreter} did not start the worker ({last}). Choose another"
            " interpreter in the setting dspy.interpreter.",
            {"output": text},
        )


def _deliver(waiting: _Waiting, message: dict[str, Any]) -> None:
    if "progress" in message:
        if waiting.progress is not None:
            waiting.progress(message["progress"])
    elif "piece" in message:
        if waiting.pieces is not None:
            waiting.pieces(*message["piece"])
    elif not waiting.answer.done():
        waiting.answer.set_result(message)


def _seen(future: asyncio.Future[dict[str, Any]]) -> None:
    """Look at a failure that nobody awaits, so that asyncio does not complain of it."""
    if not future.cancelled():
        future.exception()
