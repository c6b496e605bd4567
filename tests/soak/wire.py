"""An editor on the bare wire: it remembers every byte that the server sends, and answers what it asks."""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

SERVER = [sys.executable, "-I", "-m", "dspy_language_server"]


class Editor:
    """A client on a folder.

    Args:
        folder: The workspace.
        trusted: Whether the person trusts it.
        settings: The section `dspy`.
        environment: The server's environment; this process's by default.
        capabilities: What the client can do.
    """

    def __init__(
        self,
        folder: Path,
        *,
        trusted: bool,
        settings: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        capabilities: dict[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.received: list[bytes] = []
        """The body of every message of the server's."""
        self.answers: dict[Any, dict[str, Any]] = {}
        self.progress: queue.Queue[str] = queue.Queue()
        self.settings = settings or {}
        self.errors = bytearray()
        self._arrived = threading.Condition()
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
        self.capabilities = {
            "textDocument": {"diagnostic": {}, "hover": {"contentFormat": ["markdown"]}},
            "window": {"workDoneProgress": True, "showMessage": {"messageActionItem": {}}},
            **(capabilities or {}),
        }
        self.trusted = trusted

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
            self._take(out.read(length))
        with self._arrived:
            self.answers["end"] = {}
            self._arrived.notify_all()

    def _take(self, body: bytes) -> None:
        message = json.loads(body)
        if message.get("method") == "$/progress":
            self.progress.put(str(message["params"]["value"].get("message")))
        if "method" in message and "id" in message:
            result = [self.settings] if message["method"] == "workspace/configuration" else None
            self._send({"id": message["id"], "result": result})
        with self._arrived:
            self.received.append(body)
            if "id" in message and "method" not in message:
                self.answers[message["id"]] = message
            self._arrived.notify_all()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        while chunk := self.process.stderr.read1(4096):
            self.errors += chunk

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self.process.stdin.flush()

    # --- what an editor does

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> int:
        """Send a request and return its number."""
        self._number = getattr(self, "_number", 0) + 1
        self._send({"id": self._number, "method": method, "params": params})
        return self._number

    def answer(self, number: int, patience: float = 120) -> dict[str, Any]:
        """Wait for an answer."""
        with self._arrived:
            came = self._arrived.wait_for(
                lambda: number in self.answers or "end" in self.answers, patience
            )
            assert came, f"request {number} was not answered within {patience} s"
            return self.answers.get(number) or {"error": {"message": "the server ended"}}

    def request(self, method: str, params: Any, patience: float = 120) -> dict[str, Any]:
        return self.answer(self.ask(method, params), patience)

    def execute(self, command: str, **arguments: Any) -> dict[str, Any]:
        return self.request(
            "workspace/executeCommand", {"command": command, "arguments": [arguments]}
        )

    def open(self, name: str, text: str, language: str = "python") -> str:
        uri = (self.folder / name).as_uri()
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def close(self) -> int:
        """Leave as the protocol says; return the exit code."""
        if self.process.poll() is None:
            with contextlib.suppress(AssertionError):
                self.request("shutdown", None, 30)
            self.notify("exit", None)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        for thread in self._threads:
            thread.join(5)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        return code

    def said(self) -> bytes:
        """All that the server has said: messages, and its log on standard error."""
        return b"\n".join(self.received) + b"\n" + bytes(self.errors)
