"""The daemon: takes jobs, gives each a process of its own, and answers for those that die."""

import contextlib
import os
import selectors
import signal
import sys
import time
from collections import deque
from typing import Any

from . import frames
from .limits import become_subreaper, die_with_parent, kill_strays
from .preload import Missing, preload, preload_for_calls
from .running import Running, fork, take_spare
from .ui import Uis

AT_ONCE = 2
LONGEST_QUEUE = 64
_QUICK = frozenset({"plan", "preview", "versions", "experiments"})
"""Jobs that run nothing of the user's that takes time: they wait for no other."""
_CLEANUP_LIMIT = 60.0
_IDLE = 3.0
"""Seconds without work after which there is time for imports that only calls need."""


def main(arguments: list[str]) -> None:
    """Serve jobs until standard input ends."""
    stdin, stdout = _take_pipes()
    die_with_parent()
    if "--job" in arguments:
        from .children import serve_one

        serve_one(stdin, stdout)
    try:
        information = preload()
    except Missing as missing:
        frames.send(stdout, {"failed": {"code": missing.code, "message": str(missing)}})
        return
    spawn = "--spawn" in arguments or not sys.platform.startswith("linux")
    mode = {"mode": "spawn" if spawn else "fork"}
    with contextlib.suppress(BrokenPipeError):
        frames.send(stdout, {"ready": {**information, **mode}})
        Daemon(stdin, stdout, spawn=spawn).serve()


def _take_pipes() -> tuple[int, int]:
    """Move the protocol off the standard descriptors, so that a stray print cannot break it."""
    stdin, stdout = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return stdin, stdout


class Daemon:
    """One thread that waits for requests, for what jobs say, for their end and for their limits."""

    def __init__(self, stdin: int, stdout: int, *, spawn: bool) -> None:
        self._stdin, self._stdout, self._spawn = stdin, stdout, spawn
        self._reader = frames.Reader()
        self._queue: deque[dict[str, Any]] = deque()
        self._running: list[Running] = []
        self._selector = selectors.DefaultSelector()
        self._swept: set[str] = set()
        self._uis = Uis()
        self._is_ready_for_calls = spawn  # there each job imports for itself
        self._wake, self._waker = os.pipe()
        for end in (self._wake, self._waker):
            os.set_blocking(end, False)

    def serve(self) -> None:
        """Work until standard input ends; take the jobs along then."""
        become_subreaper()
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._stdin, selectors.EVENT_READ, self._requests)
        self._selector.register(self._wake, selectors.EVENT_READ, self._woken)
        if self._spawn:
            take_spare(None)
        try:
            while True:
                events = self._selector.select(self._patience())
                for key, _ in events:
                    if key.data(key.fd) is False:
                        return
                if not events and not self._running and not self._is_ready_for_calls:
                    self._is_ready_for_calls = True
                    preload_for_calls()
                self._reap()
                self._enforce_limits()
                self._start_waiting()
        finally:
            for running in self._running:
                running.kill()
            self._uis.close()

    # What arrives -------------------------------------------------------------------------------

    def _requests(self, descriptor: int) -> bool:
        data = os.read(descriptor, 1 << 16)
        if not data:
            return False
        try:
            messages = self._reader.feed(data)
        except ValueError:
            return False
        for message in messages:
            if "cancel" in message:
                self._cancel(message["cancel"])
            elif "tell" in message:
                self._tell(message["tell"], message.get("reply") or {})
            elif len(self._queue) >= LONGEST_QUEUE:
                text = f"{LONGEST_QUEUE} jobs are waiting already. Try again when some have ended."
                self._answer(message["id"], {"error": {"code": "busy", "message": text}})
            else:
                self._queue.append(message)
        return True

    def _woken(self, descriptor: int) -> bool:
        with contextlib.suppress(BlockingIOError):
            os.read(descriptor, 4096)
        return True

    def _cancel(self, number: int) -> None:
        for message in list(self._queue):
            if message["id"] == number:
                self._queue.remove(message)
                self._answer(number, _cancelled())
        for running in self._running:
            if running.number == number and running.verdict is None:
                running.verdict = _cancelled()
                running.kill()

    def _tell(self, number: int, reply: dict[str, Any]) -> None:
        for running in self._running:
            if running.number == number and running.waits is not None:
                running.reply(reply, time.monotonic())

    # What runs ----------------------------------------------------------------------------------

    def _start_waiting(self) -> None:
        """Start what may start, in order; a quick job passes those that have to wait."""
        for message in list(self._queue):
            busy = sum(_is_busy(running) for running in self._running)
            if len(self._running) >= 4 * AT_ONCE:
                return
            if busy < AT_ONCE or message["method"] in _QUICK:
                self._queue.remove(message)
                self._start(message["id"], message["method"], message.get("params") or {})

    def _start(self, number: int | None, method: str, params: dict[str, Any]) -> Running | None:
        settings = params.get("settings") or {}
        if method == "open":
            params = {**params, "ui": self._uis.ports()}
        if method == "log":
            store = _store_of(params)
            params = {**params, "sweep": store not in self._swept}
            self._swept.add(store)
        private = [self._stdin, self._stdout, self._wake, self._waker]
        private += [d for r in self._running for d in (r.channel, r.output, r.replies)]
        try:
            start = take_spare if self._spawn else fork
            process = start((method, params, private))
        except OSError as error:
            text = f"No process could be started for the job: {error.strerror}."
            if number is not None:
                self._answer(number, {"error": {"code": "worker", "message": text}})
            return None
        assert process is not None
        limit = settings.get("time_limit") or 0
        running = Running(number, method, params, *process)
        running.deadline = time.monotonic() + limit if limit else None
        self._running.append(running)
        self._selector.register(running.channel, selectors.EVENT_READ, self._hear(running))
        self._selector.register(running.output, selectors.EVENT_READ, self._printed(running))
        return running

    def _hear(self, running: Running) -> Any:
        def hear(_: int) -> bool:
            running.listen(self._relay)
            return True

        return hear

    def _printed(self, running: Running) -> Any:
        def printed(descriptor: int) -> bool:
            if not running.drain_output():
                with contextlib.suppress(KeyError):
                    self._selector.unregister(descriptor)
            return True

        return printed

    def _relay(self, running: Running, message: dict[str, Any]) -> None:
        if "ui" in message:
            self._uis.start(message["ui"])
        elif running.number is not None:
            if "ask" in message:
                running.pause(time.monotonic())
            self._send({"id": running.number, **message})

    # What ends ----------------------------------------------------------------------------------

    def _patience(self) -> float | None:
        if not self._running and not self._is_ready_for_calls:
            return _IDLE
        deadlines = [r.deadline for r in self._running if r.deadline is not None]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _enforce_limits(self) -> None:
        now = time.monotonic()
        for running in self._running:
            if running.deadline is not None and now >= running.deadline:
                running.deadline = None
                running.verdict = running.verdict or running.too_slow()
                running.kill()

    def _reap(self) -> None:
        for running in list(self._running):
            if running.answer is not None or running.verdict is not None:
                running.kill()
            if not running.has_ended():
                continue
            running.listen(self._relay)
            running.drain_output()
            for descriptor in (running.channel, running.output):
                with contextlib.suppress(KeyError):
                    self._selector.unregister(descriptor)
                os.close(descriptor)
            os.close(running.replies)
            running.kill()
            self._running.remove(running)
            self._finish(running)
        if not self._running:
            kill_strays(self._uis.pids)

    def _finish(self, running: Running) -> None:
        if running.is_cleanup:
            if running.then is not None:
                self._answer(*running.then)
            return
        if running.params.get("sweep") and not running.notes.get("swept"):
            self._swept.discard(_store_of(running.params))
        answer = running.final_answer()
        assert running.number is not None
        if running.answer is None and running.notes.get("job"):
            cleanup = self._start(
                None,
                "cleanup",
                {
                    "settings": {**running.params["settings"], "time_limit": _CLEANUP_LIMIT},
                    "notes": running.notes,
                },
            )
            if cleanup is not None:
                cleanup.then = (running.number, answer)
                return
        self._answer(running.number, answer)

    def _answer(self, number: int, answer: dict[str, Any]) -> None:
        self._send({"id": number, **answer})

    def _send(self, message: dict[str, Any]) -> None:
        frames.send(self._stdout, message)


def _is_busy(running: Running) -> bool:
    """Whether a job holds one of the places of those that run at once."""
    return running.method not in _QUICK and not running.is_cleanup and running.waits is None


def _store_of(params: dict[str, Any]) -> str:
    settings = params.get("settings") or {}
    return f"{settings.get('root')}|{settings.get('tracking_uri')}"


def _cancelled() -> dict[str, Any]:
    return {"error": {"code": "cancelled", "message": "The job was cancelled."}}
