"""Frames of JSON-RPC over a pair of pipes: what arrives is cut into whole messages for the event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

logger = logging.getLogger(__name__)

MAX_HEADER_LINE = 4096
"""A header line longer than this is not one: the sender has lost its place."""
CHUNK = 65_536
"""How much is read at once, in bytes: what a pipe holds on Linux."""
IDLE = 0.01
"""Seconds between looks at what neither a loop nor a read can wait for."""


class Frames:
    """Cuts a stream of bytes into the bodies of its messages.

    The header's names are compared without regard to case, unknown headers are skipped, and a block without
    a usable ``Content-Length`` is passed over instead of ending the connection.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._length: int | None = None
        self._in_body = False

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that are whole now that `data` has come."""
        self._held += data
        bodies = []
        while (body := self._next()) is not None:
            bodies.append(body)
        return bodies

    @property
    def unfinished(self) -> bool:
        """Whether a message has begun and is not whole."""
        return bool(self._held) or self._length is not None

    def _next(self) -> bytes | None:
        while not self._in_body:
            line = self._line()
            if line is None:
                return None
            if line.strip():
                name, _, value = line.partition(b":")
                if name.strip().lower() == b"content-length" and value.strip().isdigit():
                    self._length = int(value)
            else:
                self._in_body = self._length is not None
        length = self._length or 0
        if len(self._held) < length:
            return None
        self._length, self._in_body = None, False
        return self._taken(length)

    def _line(self) -> bytes | None:
        """The next line of a header, or None while it has no end."""
        end = self._held.find(b"\n", 0, MAX_HEADER_LINE)
        if end >= 0:
            return self._taken(end + 1)
        return self._taken(MAX_HEADER_LINE) if len(self._held) >= MAX_HEADER_LINE else None

    def _taken(self, length: int) -> bytes:
        taken = bytes(self._held[:length])
        del self._held[:length]
        return taken


class FrameWriter:
    """Writes framed messages; a client that is gone is noted once and not written to again."""

    def __init__(self, stream: BinaryIO, on_lost: Callable[[], None]) -> None:
        self._stream = stream
        self._on_lost = on_lost
        self._lost = False

    def write(self, data: bytes) -> None:
        """Sends one message that carries its header already."""
        if self._lost:
            return
        try:
            self._stream.write(data)
            self._stream.flush()
        except (OSError, ValueError) as error:
            self._lost = True
            logger.warning("the client does not read any more: %s", error)
            self._on_lost()

    def close(self) -> None:
        """Sends nothing from now on; the stream belongs to the process and ends with it."""
        self._lost = True


class Reader:
    """Reads a pipe to its end and hands each message to the event loop, in order.

    Where the loop can wait for the pipe itself it does, and no thread stands between a key and its answer.
    Where it cannot (Windows; a plain file), a daemon thread reads, so that leaving never waits for a read.

    Args:
        stream: The pipe; only its descriptor is used.
        loop: The running loop.
        on_message: Takes the body of a message.
        on_end: Is called once, when nothing more will come.
    """

    def __init__(
        self,
        stream: BinaryIO,
        loop: asyncio.AbstractEventLoop,
        on_message: Callable[[bytes], None],
        on_end: Callable[[], None],
    ) -> None:
        self._file = stream.fileno()
        self._loop = loop
        self._on_message = on_message
        self._on_end = on_end
        self._frames = Frames()

    def start(self) -> None:
        """Reads from now on."""
        try:
            self._loop.add_reader(self._file, self._on_readable)
        except (NotImplementedError, OSError):
            threading.Thread(target=self._read_all, name="reader", daemon=True).start()

    def _on_readable(self) -> None:
        data = self._read()
        if data is None:
            return
        if not data:
            self._loop.remove_reader(self._file)
        self._take(data)

    def _read_all(self) -> None:
        data: bytes | None = None
        while data != b"":
            data = self._read()
            if data is None:
                time.sleep(IDLE)
                continue
            try:
                self._loop.call_soon_threadsafe(self._take, data)
            except RuntimeError:  # the loop has closed: the server is on its way out
                return

    def _read(self) -> bytes | None:
        """What has come; empty at the end, None for nothing yet (a pipe that was told not to block)."""
        try:
            return os.read(self._file, CHUNK)
        except BlockingIOError:
            return None
        except OSError as error:
            logger.warning("reading from the client failed: %s", error)
            return b""

    def _take(self, data: bytes) -> None:
        """Handles what has come, each message by itself: one that fails takes no other with it."""
        if not data:
            if self._frames.unfinished:
                logger.warning("the client closed the pipe in the middle of a message")
            self._loop.call_soon(self._on_end)
            return
        bodies = self._frames.feed(data)
        if len(bodies) == 1:
            self._on_message(bodies[0])
            return
        for body in bodies:
            self._loop.call_soon(self._on_message, body)
