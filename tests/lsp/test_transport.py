"""Frames on a pipe: however a stream is cut, the same messages come out, and from a file too."""

import asyncio
import json
import os
import random
import subprocess

import pytest
from bare_wire import SERVER, frame

from dspy_language_server.lsp.transport import MAX_HEADER_LINE, Frames, Reader

BODIES = [b'{"a": 1}', b"", b"\r\n\r\n", "é→".encode(), b"x" * 9000]


def stream() -> bytes:
    """Messages with headers that clients send, and with some that none should."""
    heads = [
        b"Content-Length: %d\r\n\r\n",
        b"content-length:%d\nX-Other: 1\n\n",
        b"X: " + b"y" * (2 * MAX_HEADER_LINE) + b"\r\n\r\nContent-Length: nonsense\r\n\r\n"
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
    ]
    return b"".join(head % len(body) + body for head in heads for body in BODIES)


@pytest.mark.parametrize("size", [1, 2, 7, 100, 4096, 1 << 20])
def test_a_stream_in_pieces_is_the_same_messages(size):
    frames, whole = Frames(), stream()
    bodies = [
        body
        for start in range(0, len(whole), size)
        for body in frames.feed(whole[start : start + size])
    ]
    assert bodies == BODIES * 3
    assert not frames.unfinished


def test_a_stream_that_ends_within_a_message_is_unfinished():
    whole = b"Content-Length: 9\r\n\r\n123456789"
    for end in random.Random(1).sample(range(1, len(whole)), 10):
        frames = Frames()
        assert frames.feed(whole[:end]) == []
        assert frames.unfinished


def test_a_session_is_read_from_a_file(tmp_path):
    """A plain file is nothing that an event loop can wait for."""
    messages = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "capabilities": {}}},
        {"method": "initialized", "params": {}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    ]
    session = tmp_path / "session"
    bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in messages]
    session.write_bytes(b"".join(map(frame, bodies)))
    with session.open("rb") as stdin:
        done = subprocess.run(
            SERVER,
            stdin=stdin,
            capture_output=True,
            timeout=60,
            check=True,
        )
    answers = [json.loads(body) for body in Frames().feed(done.stdout)]
    assert {answer["id"] for answer in answers if "id" in answer} == {1, 2}


def test_a_pipe_that_does_not_block_is_read_to_its_end():
    """Whoever shares a pipe may have switched that on; nothing to read yet is not the end."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    messages = []

    async def serve():
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        with os.fdopen(reading, "rb") as stream:
            reader = Reader(stream, loop, messages.append, ended.set)
            reader.start()
            reader._on_readable()  # woken for nothing
            for body in (b"1", b"2"):
                os.write(writing, frame(body))
                await asyncio.sleep(0.05)
            os.close(writing)
            await asyncio.wait_for(ended.wait(), 10)

    asyncio.run(serve())
    assert messages == [b"1", b"2"]
