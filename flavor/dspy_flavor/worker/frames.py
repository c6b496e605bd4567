"""Messages on a pipe: four bytes of length, then JSON."""

import json
import os
import struct
from typing import Any

LARGEST = 256 * 1024 * 1024
_HEAD = struct.Struct(">I")


def encode(message: dict[str, Any]) -> bytes:
    """Return a message as it is sent."""
    data = json.dumps(message, ensure_ascii=True, default=str).encode()
    return _HEAD.pack(len(data)) + data


def send(descriptor: int, message: dict[str, Any]) -> None:
    """Write a whole message to a pipe."""
    rest = memoryview(encode(message))
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def receive(descriptor: int) -> dict[str, Any]:
    """Wait for the next message on a pipe that brings one at a time; raise EOFError at its end."""
    reader = Reader()
    while True:
        data = os.read(descriptor, 1 << 16)
        if not data:
            raise EOFError("the daemon has ended")
        for message in reader.feed(data):
            return message


class Reader:
    """Messages out of bytes that arrive in pieces."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Take bytes; return the messages that are complete. Raise ValueError on nonsense."""
        self._bytes += data
        messages = []
        while len(self._bytes) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(self._bytes)
            if length > LARGEST:
                raise ValueError("a message is too long")
            if len(self._bytes) < _HEAD.size + length:
                break
            message = json.loads(self._bytes[_HEAD.size : _HEAD.size + length])
            del self._bytes[: _HEAD.size + length]
            messages.append(message)
        return messages
