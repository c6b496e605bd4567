"""A plain LSP client over pipes for measuring: little of its own between a message and its answer."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

PUBLISH = "textDocument/publishDiagnostics"


class Wire:
    """A running language server and the bytes to and from it.

    Args:
        command: The server's command line.
        settings: `initializationOptions`, if the server wants any.
        root: The workspace folder.
    """

    def __init__(self, command: list[str], *, root: Path, settings: Any = None) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=root,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._in, self._out = self.process.stdin, self.process.stdout
        self._id = 0
        self._answered: set[int] = set()
        self.root = root
        self.settings = settings

    def initialize(self) -> None:
        """Shake hands as an editor with push diagnostics and incremental changes does."""
        capabilities = {
            "general": {"positionEncodings": ["utf-16"]},
            "textDocument": {
                "synchronization": {"dynamicRegistration": False},
                "publishDiagnostics": {"versionSupport": True, "relatedInformation": True},
                "hover": {"contentFormat": ["markdown", "plaintext"]},
                "completion": {"completionItem": {"snippetSupport": True}},
            },
            "workspace": {"workspaceFolders": True},
        }
        folder = {"uri": self.root.as_uri(), "name": self.root.name}
        self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": self.root.as_uri(),
                "workspaceFolders": [folder],
                "capabilities": capabilities,
                "initializationOptions": self.settings,
            },
        )
        self.notify("initialized", {})

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        """Send a request and return its result; the server's own requests are answered meanwhile."""
        number = self.begin(method, params)
        while True:
            message = self.receive()
            if message.get("id") == number and "method" not in message:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message.get("result")

    def begin(self, method: str, params: Any) -> int:
        """Send a request and return its number; its answer is noted whenever it comes."""
        self._id += 1
        self._send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        return self._id

    def has_answered(self, number: int) -> bool:
        """Whether the answer to a request was among what was read so far."""
        return number in self._answered

    def open(self, uri: str, text: str) -> None:
        """Open a Python document as version 1."""
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def wait_for_diagnostics(self, uri: str, version: int | None = None) -> list[Any]:
        """Read until the diagnostics of a document (at a version, where the server says it) arrive."""
        while True:
            message = self.receive()
            if message.get("method") != PUBLISH or message["params"]["uri"] != uri:
                continue
            published = message["params"].get("version")
            if version is None or published is None or published >= version:
                diagnostics: list[Any] = message["params"]["diagnostics"]
                return diagnostics

    def receive(self) -> dict[str, Any]:
        """Read one message, answering requests of the server with an empty result."""
        length = 0
        while line := self._out.readline():
            if line in {b"\r\n", b"\n"}:
                break
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise RuntimeError(f"the server ended with {self.process.wait()}")
        message: dict[str, Any] = json.loads(self._out.read(length))
        if "id" in message and "method" not in message:
            self._answered.add(message["id"])
        if "method" in message and "id" in message:
            params = message.get("params") or {}
            items = params.get("items", []) if isinstance(params, dict) else []
            result = [None] * len(items) if message["method"] == "workspace/configuration" else None
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})
        return message

    def memory(self) -> float:
        """Resident memory of the server now, in megabytes (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        line = next(s for s in status.splitlines() if s.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def close(self) -> None:
        """End the server, kindly first."""
        try:
            self.request("shutdown", None)
            self.notify("exit", None)
            self.process.wait(5)
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message, separators=(",", ":")).encode()
        self._in.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._in.flush()


def keystroke(wire: Wire, uri: str, version: int, key: "Key") -> float:
    """Send one key and return the seconds until the diagnostics of that version are here."""
    position = {"line": key.line, "character": key.column}
    end = {"line": key.line, "character": key.column + key.deleted}
    change = {"range": {"start": position, "end": end}, "text": key.text}
    params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
    started = time.perf_counter()
    wire.notify("textDocument/didChange", params)
    wire.wait_for_diagnostics(uri, version)
    return time.perf_counter() - started


class Key:
    """One key of a trace: where it lands, how many characters it deletes, what it writes."""

    __slots__ = ("column", "deleted", "line", "text")

    def __init__(self, line: int, column: int, deleted: int, text: str) -> None:
        self.line, self.column, self.deleted, self.text = line, column, deleted, text

    @property
    def opens(self) -> bool:
        """Whether the key opens (or closes) a bracket or a quote."""
        return self.text in {"(", "[", "{", '"', "'", ")", "]", "}"}
