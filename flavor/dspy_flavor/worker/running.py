"""A job that runs: its process, what it said so far, and what to answer when it dies."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import frames
from .output import Output
from .places import place

_MAIN = Path(__file__).with_name("__main__.py")
_spare: list["subprocess.Popen[bytes]"] = []


@dataclass(eq=False)
class Running:
    """One job's process, as the daemon sees it."""

    number: int | None
    method: str
    params: dict[str, Any]
    pid: int
    channel: int
    output: int
    replies: int
    deadline: float | None = None
    waits: float | None = None
    """While a person is asked: the seconds that are left to the job, 0 for no limit."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What the job said of itself: the line it runs, the store, the run."""
    answer: dict[str, Any] | None = None
    verdict: dict[str, Any] | None = None
    """What is answered in its place: it was cancelled, or took too long."""
    then: tuple[int, dict[str, Any]] | None = None
    """For a cleanup: the answer to give when it has ended."""
    printed: Output = field(default_factory=Output)
    status: int | None = None
    _reader: frames.Reader = field(default_factory=frames.Reader)

    @property
    def is_cleanup(self) -> bool:
        """Whether it marks what another job left."""
        return self.method == "cleanup"

    def listen(self, relay: "Callable[[Running, dict[str, Any]], None]") -> None:
        """Read what the job said."""
        while True:
            try:
                data = os.read(self.channel, 1 << 16)
                messages = self._reader.feed(data)
            except (BlockingIOError, ValueError):
                return
            for message in messages:
                if "note" in message:
                    self.notes.update(message["note"])
                elif "result" in message or "error" in message:
                    self.answer = self.answer or message
                else:
                    relay(self, message)
            if not data:
                return

    def pause(self, now: float) -> None:
        """A person is asked: no time is counted, and no other job is held up."""
        self.waits = max(0.1, self.deadline - now) if self.deadline is not None else 0.0
        self.deadline = None

    def reply(self, message: dict[str, Any], now: float) -> None:
        """Hand over what the person answered."""
        if self.waits:
            self.deadline = now + self.waits
        self.waits = None
        with contextlib.suppress(BrokenPipeError):
            frames.send(self.replies, message)

    def drain_output(self) -> bool:
        """Read what the job printed; return whether there may be more."""
        try:
            data = os.read(self.output, 1 << 16)
            while data:
                self.printed.feed(data)
                data = os.read(self.output, 1 << 16)
        except BlockingIOError:
            return True
        return False

    def kill(self) -> None:
        """End the job and all of its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        """Whether the process is gone; takes note of how it ended."""
        if self.status is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                pid, status = self.pid, 0
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def too_slow(self) -> dict[str, Any]:
        """Answer for a job that was ended by its time limit."""
        limit = self.params["settings"]["time_limit"]
        text = (
            f"{self._place()}The job was ended after {limit:g} seconds, the limit in the setting"
            " dspy.log.timeLimit."
        )
        return {"error": {"code": "time-limit", "message": text, "detail": self._detail()}}

    def final_answer(self) -> dict[str, Any]:
        """Return the answer, with what was printed."""
        answer = self.verdict or self.answer or self._died()
        return {**answer, "output": self.printed.text(self.notes.get("secrets"))}

    def _died(self) -> dict[str, Any]:
        """Say what ended a job that gave no answer."""
        assert self.status is not None
        if self.status < 0:
            name = signal.Signals(-self.status).name
            limit = self.params.get("settings", {}).get("memory_limit")
            why = f"the program crashed the Python process ({name})"
            if name == "SIGKILL" and limit:
                why += f"; the memory limit is {limit} MB"
        else:
            why = f"the program ended the Python process (exit code {self.status})"
        text = f"{self._place()}{why[0].upper()}{why[1:]}. What it printed is in the output."
        return {"error": {"code": "ended", "message": text, "detail": self._detail()}}

    def _place(self) -> str:
        line, path = self.notes.get("line"), self.notes.get("path")
        return f"{place(self.params, line)}: " if line and path else ""

    def _detail(self) -> dict[str, Any]:
        return {key: self.notes[key] for key in ("line", "path") if key in self.notes}


Order = tuple[str, dict[str, Any], list[int]]
"""A job's method, its parameters, and the daemon's descriptors that it must not keep."""


def fork(order: Order) -> tuple[int, int, int, int]:
    """Start a job in a copy of this process: the imports are there already."""
    method, params, private = order
    channel, channel_end = os.pipe()
    output, output_end = os.pipe()
    replies_end, replies = os.pipe()
    pid = os.fork()
    if pid == 0:
        from .children import run_forked

        ends = (channel_end, output_end, replies_end)
        run_forked(method, params, ends, [*private, channel, output, replies])
    for end in (channel_end, output_end, replies_end):
        os.close(end)
    for end in (channel, output):
        os.set_blocking(end, False)
    return pid, channel, output, replies


def take_spare(order: Order | None) -> tuple[int, int, int, int] | None:
    """Hand a job to the process that stands ready, and make the next one."""
    started = None
    if order is not None:
        if not _spare or _spare[0].poll() is not None:
            _spare[:] = [_new_spare()]
        process = _spare.pop()
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        with contextlib.suppress(BrokenPipeError):
            frames.send(process.stdin.fileno(), {"method": order[0], "params": order[1]})
        ends = [os.dup(process.stdout.fileno()), os.dup(process.stderr.fileno())]
        _kept.append(process)
        process.stdout.close()
        process.stderr.close()
        for end in ends:
            os.set_blocking(end, False)
        started = (process.pid, ends[0], ends[1], os.dup(process.stdin.fileno()))
        _kept[:] = [kept for kept in _kept if kept is process or _exists(kept.pid)]
    _spare.append(_new_spare())
    return started


_kept: list["subprocess.Popen[bytes]"] = []
"""Processes whose standard input stays open while they run: its end is their end."""


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _new_spare() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own file, in the interpreter that runs it
        [sys.executable, "-I", str(_MAIN), "--job"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
