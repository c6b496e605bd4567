"""Frames of JSON-RPC over a pair of pipes: one thread reads whole messages and hands them to the event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import BinaryIO

logger = logging.getLogger(__name__)

MAX_HEADER_LINE = 4096
"""A header line longer than this is not one: the sender has lost its place."""


class FrameReader:
    """Cuts a stream of bytes into the bodies of its messages.

    The header's names are compared without regard to case, unknown headers are skipped, and a block without
    a usable ``Content-Length`` is passed over instead of ending the connection.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self) -> bytes | None:
        """The next body, or None when the stream has ended."""
        length: int | None = None
        while True:
            line = self._stream.readline(MAX_HEADER_LINE)
            if not line:
                return None
            if line.strip():
                name, _, value = line.partition(b":")
                if name.strip().lower() == b"content-length" and value.strip().isdigit():
                    length = int(value)
            elif length is not None:
                return self._body(length)

    def _body(self, length: int) -> bytes | None:
        """Exactly `length` bytes, or None when the stream ends before them."""
        body = self._stream.read(length)
        if len(body) < length:
            logger.warning("the client closed the pipe in the middle of a message")
            return None
        return body


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


def start_reading(
    stream: BinaryIO,
    loop: asyncio.AbstractEventLoop,
    on_message: Callable[[bytes], None],
    on_end: Callable[[], None],
) -> threading.Thread:
    """Reads `stream` to its end in a daemon thread, so that leaving never waits for a blocked read."""

    def deliver(callback: Callable[[], None]) -> bool:
        try:
            loop.call_soon_threadsafe(callback)
        except RuntimeError:  # the loop has closed: the server is on its way out
            return False
        return True

    def read_all() -> None:
        reader = FrameReader(stream)
        try:
            while (body := reader.read()) is not None:
                if not deliver(lambda body=body: on_message(body)):  # type: ignore[misc]
                    return
        except (OSError, ValueError) as error:
            logger.warning("reading from the client failed: %s", error)
        deliver(on_end)

    thread = threading.Thread(target=read_all, name="reader", daemon=True)
    thread.start()
    return thread
