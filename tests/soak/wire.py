"""The bare wire to a server's process, and an editor on it that remembers every byte it receives."""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

PATIENCE = 600.0
"""Seconds for an answer: what never comes is found, and a machine that is busy is no failure."""
SERVER = [sys.executable, "-I", "-m", "dspy_language_server"]


class Pipe:
    """A server's process: frames out, frames in, and its end.

    Args:
        folder: The folder that the server is started in.
        environment: The server's environment; this process's by default.
    """

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.errors = bytearray()
        """What the server wrote on standard error: its log."""
        self.process = subprocess.Popen(
            SERVER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment,
        )
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._read, self._read_errors)
        ]
        for thread in self._threads:
            thread.start()

    def take(self, body: bytes) -> None:
        """A message came; called in a thread of the pipe's own."""
        raise NotImplementedError

    def lost(self) -> None:
        """The server closed its output."""

    def send(self, message: dict[str, Any]) -> bool:
        """Send a message; False where the server is gone."""
        return self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_bytes(self, body: bytes) -> bool:
        """Send a frame, whatever is in it; False where the server is gone."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return False
        return True

    def end(self, patience: float = 30) -> int | None:
        """Wait until the process has ended and return its code; None if it had to be killed."""
        try:
            code: int | None = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        for thread in self._threads:
            thread.join(5)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        return code

    def _read(self) -> None:
        out = self.process.stdout
        assert out is not None
        while True:
            length = 0
            while line := out.readline():
                if line == b"\r\n":
                    break
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            if not length:
                break
            self.take(out.read(length))
        self.lost()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        while chunk := self.process.stderr.read1(4096):
            self.errors += chunk


class Editor(Pipe):
    """A client on a folder.

    Args:
        folder: The workspace.
        trusted: Whether the person trusts it.
        settings: The section `dspy`.
        environment: The server's environment; this process's by default.
        capabilities: What the client can do, beside what every editor can.
        answers: What the person answers, by method of the server's question.
    """

    def __init__(
        self,
        folder: Path,
        *,
        trusted: bool,
        settings: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        capabilities: dict[str, Any] | None = None,
        answers: dict[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.received: list[bytes] = []
        """The body of every message of the server's."""
        self.answers: dict[Any, dict[str, Any]] = {}
        self.progress: queue.Queue[str] = queue.Queue()
        self.settings = settings or {}
        self.trusted = trusted
        self.person = answers or {}
        self.capabilities = {
            "textDocument": {"diagnostic": {}, "hover": {"contentFormat": ["markdown"]}},
            "window": {"workDoneProgress": True, "showMessage": {"messageActionItem": {}}},
            **(capabilities or {}),
        }
        self._number = 0
        self._arrived = threading.Condition()
        super().__init__(folder, environment)

    def start(self) -> "Editor":
        """Initialize."""
        self.initialized = self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": self.folder.as_uri(),
                "workspaceFolders": [{"uri": self.folder.as_uri(), "name": "workspace"}],
                "capabilities": self.capabilities,
                "initializationOptions": {
                    "workspaceTrusted": self.trusted,
                    "settings": self.settings,
                },
            },
        )
        self.notify("initialized", {})
        return self

    # --- the wire

    def take(self, body: bytes) -> None:
        message = json.loads(body)
        if message.get("method") == "$/progress":
            self.progress.put(str(message["params"]["value"].get("message")))
        if "method" in message and "id" in message:
            self.send({"id": message["id"], "result": self._answered(message)})
        with self._arrived:
            self.received.append(body)
            if "id" in message and "method" not in message:
                self.answers[message["id"]] = message
            self._arrived.notify_all()

    def _answered(self, message: dict[str, Any]) -> Any:
        if message["method"] == "workspace/configuration":
            return [self.settings]
        return self.person.get(message["method"])

    def lost(self) -> None:
        with self._arrived:
            self.answers["end"] = {}
            self._arrived.notify_all()

    # --- what an editor does

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> int:
        """Send a request and return its number."""
        self._number += 1
        self.send({"id": self._number, "method": method, "params": params})
        return self._number

    def answer(self, number: int, patience: float = PATIENCE) -> dict[str, Any]:
        """Wait for an answer."""
        with self._arrived:
            came = self._arrived.wait_for(
                lambda: number in self.answers or "end" in self.answers, patience
            )
            assert came, f"request {number} was not answered within {patience} s"
            return self.answers.get(number) or {"error": {"message": "the server ended"}}

    def request(self, method: str, params: Any, patience: float = PATIENCE) -> dict[str, Any]:
        return self.answer(self.ask(method, params), patience)

    def start_command(self, command: str, **arguments: Any) -> int:
        """Send a command and return the request's number."""
        return self.ask("workspace/executeCommand", {"command": command, "arguments": [arguments]})

    def execute(self, command: str, **arguments: Any) -> dict[str, Any]:
        return self.answer(self.start_command(command, **arguments))

    def open(self, name: str, text: str, language: str = "python") -> str:
        uri = (self.folder / name).as_uri()
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def told(self, method: str) -> list[Any]:
        """The parameters of every notification and question of a method so far."""
        with self._arrived:
            bodies = list(self.received)
        messages = [json.loads(body) for body in bodies]
        return [m.get("params") for m in messages if m.get("method") == method]

    def close(self) -> int | None:
        """Leave as the protocol says; return the exit code, None if the server had to be killed."""
        if self.process.poll() is None:
            with contextlib.suppress(AssertionError):
                self.request("shutdown", None, 30)
            self.notify("exit", None)
        return self.end()

    def said(self) -> bytes:
        """All that the server has said: messages, and its log on standard error."""
        return b"\n".join(self.received) + b"\n" + bytes(self.errors)
