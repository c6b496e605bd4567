"""A job as the child sees it: its channel to the daemon, and how it fails."""

import os
import threading
from collections.abc import Callable
from typing import Any

from . import frames


class JobError(Exception):
    """A job that cannot be done; the message is for people.

    Attributes:
        code: What kind of failure, as `WorkerError` in the server lists them.
        detail: What an editor may use beside the message.
    """

    def __init__(self, code: str, message: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail or {}


class Channel:
    """Tells the daemon how the job goes; one thread at a time, and only in the job's process."""

    def __init__(self, descriptor: int, replies: Callable[[], dict[str, Any]]) -> None:
        """Make a channel.

        Args:
            descriptor: Where messages are written.
            replies: Waits for the next reply of the daemon.
        """
        self._descriptor, self._replies = descriptor, replies
        self._process = os.getpid()
        self._lock = threading.Lock()

    def progress(self, step: str) -> None:
        """A step begins; its name is for people."""
        self.send({"progress": step})

    def piece(self, field: str, text: str) -> None:
        """A piece of an answer arrived."""
        self.send({"piece": [field, text]})

    def ask(self, **question: Any) -> dict[str, Any]:
        """Ask the person something and wait; the job's time stands still meanwhile."""
        self.send({"ask": question})
        return self._replies()

    def note(self, **notes: Any) -> None:
        """Tell the daemon what it needs to know if this process ends early."""
        self.send({"note": notes})

    def send(self, message: dict[str, Any]) -> None:
        """Send one message; a copy of this process that user code forked says nothing."""
        if os.getpid() == self._process:
            with self._lock:
                frames.send(self._descriptor, message)
