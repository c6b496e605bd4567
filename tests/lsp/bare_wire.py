"""The bare wire to a real server over stdio."""

import contextlib
import json
import subprocess
import sys

SERVER = [sys.executable, "-m", "dspy_language_server"]


def frame(body: bytes) -> bytes:
    """A body with its header."""
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


class Wire:
    """The server's process and raw messages, for what no client library would send."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.seen: list[dict] = []

    def send_bytes(self, body: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(frame(body))
        self.process.stdin.flush()

    def send(self, **message) -> None:
        self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def receive(self) -> dict:
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            assert line, "the server closed its output"
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message = json.loads(self.process.stdout.read(length))
        self.seen.append(message)
        return message

    def answer(self, msg_id) -> dict:
        """The answer to a request; what comes before it is kept in `seen`."""
        while True:
            message = self.receive()
            if message.get("id") == msg_id and "method" not in message:
                return message

    def initialize(self, **extra) -> dict:
        self.send(
            id="init", method="initialize", params={"capabilities": {}, "processId": None, **extra}
        )
        answer = self.answer("init")
        self.send(method="initialized", params={})
        return answer["result"]

    def close(self) -> int:
        assert self.process.stdin
        self.process.stdin.close()
        code = self.process.wait(20)
        assert self.process.stdout
        assert self.process.stderr
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def end(self) -> None:
        """Ends the process, if it still runs, and closes the pipes."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream and not stream.closed:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
