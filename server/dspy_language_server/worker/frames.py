"""Messages on a pipe: four bytes of length, then JSON."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any

LARGEST = 256 * 1024 * 1024
_HEAD = struct.Struct(">I")


def encode(message: dict[str, Any]) -> bytes:
    """Return a message as it is sent."""
    data = json.dumps(message, ensure_ascii=True, default=str).encode()
    return _HEAD.pack(len(data)) + data


async def read(stream: asyncio.StreamReader) -> dict[str, Any] | None:
    """Read a message; None at the end of the stream or of its sense."""
    try:
        (length,) = _HEAD.unpack(await stream.readexactly(_HEAD.size))
        if length > LARGEST:
            return None
        message = json.loads(await stream.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        return None
    return message if isinstance(message, dict) else None
