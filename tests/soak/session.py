"""A hostile but honest editor: random edits, requests and disorder over real stdio, and what must hold.

Everything follows from a seed. What must hold: the server never ends by itself, every request is
answered exactly once, and what it says of a document after any edits is what it says of the same
text opened anew.
"""

import json
import queue
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wire import PATIENCE, Pipe

REQUESTS = (
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/signatureHelp",
    "textDocument/definition",
    "textDocument/typeDefinition",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/inlayHint",
    "textDocument/codeLens",
    "textDocument/codeAction",
    "textDocument/diagnostic",
    "workspace/symbol",
)
SNIPPETS = (
    '"', "'", '"""', "(", ")", "[", "]", "{", "}", ":", "->", ",", "\n", "\r\n", "\t", "\f", "#", "\\",
    "😋é", "\u2028", "é", " ", "    ", "class A(dspy.Module):\n", "def forward(self, q):\n        ",
    'dspy.Predict("question -> answer")', 'dspy.ReAct("q -> a: list[", tools=[])', "import dspy\n",
    "from dspy import Predict as P\n", "self.answer(question=", ".answer", "x = ", "f'{x}'", "\\N{DASH}",
    "# dspy: ignore[DSP101]", "async def f():\n    await ", "lambda: ", "if True:\n    ",
)  # fmt: skip
MALFORMED = (
    b"{",
    b"[]",
    b'{"jsonrpc": "2.0"}',
    b'{"jsonrpc": "2.0", "id": 1.5, "method": 3}',
    b'{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {}}',
    b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": [1, 2]}',
    b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 999999}}',
    b'{"jsonrpc": "2.0", "id": 999999, "result": null}',
    b'"text"',
    b"\xff\xfe",
)


@dataclass
class Tally:
    """What a session sent and what came back."""

    sent: int = 0
    requests: int = 0
    answered: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    compared: int = 0
    problems: list[str] = field(default_factory=list)


class Session(Pipe):
    """One server under fire.

    Args:
        seed: Decides everything that is sent.
        texts: The documents that are opened.
        root: The workspace folder.
    """

    def __init__(self, seed: int, texts: list[str], root: Path) -> None:
        self.random = random.Random(seed)
        self.texts = texts
        self.root = root
        self.tally = Tally()
        self.waiting: dict[int, str] = {}
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self.open: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.number = 0
        super().__init__(root)

    # --- the wire

    def take(self, body: bytes) -> None:
        message = json.loads(body)
        if "method" in message and "id" in message:
            self.send({"id": message["id"], "result": None})
        elif "id" in message:
            self.answers.put(message)

    def send_bytes(self, body: bytes) -> bool:
        arrived = super().send_bytes(body)
        self.tally.sent += arrived
        return arrived

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def request(self, method: str, params: Any) -> int:
        self.number += 1
        self.waiting[self.number] = method
        self.tally.requests += 1
        self.send({"id": self.number, "method": method, "params": params})
        return self.number

    def answer_of(self, number: int, patience: float = PATIENCE) -> dict[str, Any] | None:
        """Collect answers until that of request `number` is there; None when it does not come."""
        while True:
            try:
                message = self.answers.get(timeout=patience)
            except queue.Empty:
                return None
            self._collect(message)
            if message.get("id") == number:
                return message

    def _collect(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        if number not in self.waiting:
            if isinstance(number, int) and number <= self.number:
                self.tally.problems.append(f"request {number} was answered twice")
            return
        method = self.waiting.pop(number)
        self.tally.answered += 1
        if "error" in message:
            code = message["error"]["code"]
            key = f"{method} {code} {message['error']['message'][:120]}"
            self.tally.errors[key] = self.tally.errors.get(key, 0) + 1

    # --- the editor

    def start(self) -> None:
        folder = {"uri": self.root.as_uri(), "name": "root"}
        number = self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": self.root.as_uri(),
                "workspaceFolders": [folder],
                "capabilities": {
                    "textDocument": {"diagnostic": {}, "rename": {"prepareSupport": True}},
                    "general": {"positionEncodings": ["utf-16"]},
                },
                "initializationOptions": {"workspaceTrusted": False},
            },
        )
        if self.answer_of(number) is None:
            self.tally.problems.append("initialize was not answered")
        self.notify("initialized", {})

    def step(self) -> None:
        """Do one random thing."""
        dice = self.random.random()
        if not self.open or dice < 0.03:
            self._open()
        elif dice < 0.05 and len(self.open) > 1:
            uri = self._any_uri()
            self.open.pop(uri)
            self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        elif dice < 0.45:
            self._edit(self._any_uri())
        elif dice < 0.92:
            self._ask()
        elif dice < 0.95:
            self._out_of_order()
        elif dice < 0.98:
            self.notify("$/cancelRequest", {"id": self.random.randint(1, self.number + 3)})
        else:
            self.send_bytes(self.random.choice(MALFORMED))

    def _any_uri(self) -> str:
        return self.random.choice(sorted(self.open))

    def _open(self) -> None:
        uri = (self.root / f"doc_{self.random.randrange(12)}.py").as_uri()
        if uri in self.open:
            return
        text = self.random.choice(self.texts)
        self.open[uri] = text
        self.versions[uri] = self.versions.get(uri, 0) + 1
        self.notify("textDocument/didOpen", {"textDocument": self._item(uri, text)})

    def _item(self, uri: str, text: str) -> dict[str, Any]:
        version = self.versions.get(uri, 1)
        return {"uri": uri, "languageId": "python", "version": version, "text": text}

    def _edit(self, uri: str) -> None:
        text = self.open[uri]
        changes = []
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            start = self.random.randint(0, len(text))
            end = min(len(text), start + self.random.choice((0, 0, 0, 1, 1, 5, 40)))
            new = self.random.choice(SNIPPETS) if self.random.random() < 0.7 else ""
            changes.append({"range": range_of(text, start, end), "text": new})
            start, end = snap(text, start), snap(text, end)
            text = text[:start] + new + text[end:]
        self.open[uri] = text
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def _out_of_order(self) -> None:
        """What no editor should send, and some send: it may be ignored, and must not be felt later."""
        stranger = (self.root / f"never_opened_{self.random.randrange(3)}.py").as_uri()
        uri = self._any_uri()
        somewhere = {"line": self.random.randint(0, 50), "character": self.random.randint(0, 50)}
        change = {
            "range": {"start": somewhere, "end": somewhere},
            "text": self.random.choice(SNIPPETS),
        }
        match self.random.randrange(8):
            case 0:
                params = {
                    "textDocument": {"uri": stranger, "version": 1},
                    "contentChanges": [change],
                }
                self.notify("textDocument/didChange", params)
            case 1:
                self.notify("textDocument/didClose", {"textDocument": {"uri": stranger}})
            case 2:
                asked = {"textDocument": {"uri": stranger}, "position": somewhere}
                self.request(self.random.choice(REQUESTS[:9]), {**asked, "newName": "x", "context": {"includeDeclaration": True}})  # fmt: skip
            case 3:
                self.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            case 4:
                changes = [{"uri": u, "type": self.random.randint(1, 3)} for u in (uri, stranger)]
                self.notify("workspace/didChangeWatchedFiles", {"changes": changes})
            case 5:
                self._notebook()
            case 6:
                self.request("textDocument/noSuchMethod", {"textDocument": {"uri": uri}})
            case _:
                self.notify("workspace/didChangeConfiguration", {"settings": {"dspy": {}}})

    def _notebook(self) -> None:
        """Open a notebook, change its cells, and close it: at once, or what is left of that."""
        book = (self.root / f"book_{self.random.randrange(2)}.ipynb").as_uri()
        cell = f"{book}#cell"
        document = {"uri": book, "version": 1}
        item = self._item(cell, self.random.choice(self.texts)[:2000])
        opened = {
            "notebookDocument": {
                **document, "notebookType": "jupyter-notebook",
                "cells": [{"kind": 2, "document": cell}],
            },
            "cellTextDocuments": [item],
        }  # fmt: skip
        text = {"document": {"uri": cell, "version": 2}, "changes": [{"text": "import dspy\n"}]}
        changed = {"notebookDocument": document, "change": {"cells": {"textContent": [text]}}}
        closed = {"notebookDocument": document, "cellTextDocuments": [{"uri": cell}]}
        steps: list[tuple[str, Any]] = [
            ("notebookDocument/didOpen", opened),
            ("notebookDocument/didChange", changed),
            ("notebookDocument/didClose", closed),
        ]
        for method, params in steps:
            if self.random.random() < 0.8:
                self.notify(method, params)
                self.request("textDocument/hover", {"textDocument": {"uri": cell}, "position": position_of("", 0)})  # fmt: skip

    def _ask(self) -> None:
        method = self.random.choice(REQUESTS)
        uri = self._any_uri()
        text = self.open[uri]
        place = position_of(text, self.random.randint(0, len(text)))
        if self.random.random() < 0.05:
            place = {"line": self.random.randint(0, 10**6), "character": self.random.randint(0, 9)}
        params: dict[str, Any] = {"textDocument": {"uri": uri}, "position": place}
        if method in {"textDocument/inlayHint", "textDocument/codeAction"}:
            params["range"] = {"start": place, "end": place}
            params["context"] = {"diagnostics": []}
        elif method == "textDocument/references":
            params["context"] = {"includeDeclaration": True}
        elif method == "textDocument/rename":
            params["newName"] = self.random.choice(("fresh", "1bad", "a b", "", "answer"))
        elif method == "workspace/symbol":
            params = {"query": self.random.choice(("", "a", "Mod"))}
        self.request(method, params)

    # --- what must hold

    def compare(self) -> None:
        """Hold the incremental state of a document against the same text opened anew."""
        uri = self._any_uri()
        fresh = (self.root / "fresh.py").as_uri()
        self.notify("textDocument/didOpen", {"textDocument": self._item(fresh, self.open[uri])})
        for method in ("textDocument/diagnostic", "textDocument/documentSymbol"):
            both = [
                self.answer_of(self.request(method, {"textDocument": {"uri": u}}))
                for u in (uri, fresh)
            ]
            seen = [essence(answer, u) for answer, u in zip(both, (uri, fresh), strict=True)]
            self.tally.compared += 1
            if seen[0] != seen[1]:
                self.tally.problems.append(
                    f"{method} differs after edits\n--- edited\n{seen[0][:2000]}\n--- fresh\n"
                    f"{seen[1][:2000]}\n--- text\n{self.open[uri]!r}"
                )
        self.notify("textDocument/didClose", {"textDocument": {"uri": fresh}})

    def run(self, messages: int) -> Tally:
        """Send about `messages` messages, then see that everything was answered."""
        self.start()
        while self.tally.sent < messages and self.process.poll() is None:
            for _ in range(200):
                self.step()
            if self.open:
                self.compare()
        number = self.request("shutdown", None)
        if self.answer_of(number) is None:
            self.tally.problems.append("shutdown was not answered")
        self.notify("exit", None)
        for left, method in self.waiting.items():
            self.tally.problems.append(f"request {left} ({method}) was never answered")
        code = self.end()
        if code != 0:
            ended = "did not exit" if code is None else f"ended with {code}"
            last = bytes(self.errors[-500:]).decode("utf-8", "replace")
            self.tally.problems.append(f"the server {ended}: {last}")
        return self.tally


def essence(answer: dict[str, Any] | None, uri: str) -> str:
    """An answer without what may differ between two documents of the same text."""
    if answer is None:
        return "no answer"
    result = answer.get("result", answer.get("error"))
    if isinstance(result, dict):
        result = {k: v for k, v in result.items() if k not in {"resultId", "relatedDocuments"}}
    return json.dumps(result, sort_keys=True, indent=1).replace(uri, "URI")


def snap(text: str, offset: int) -> int:
    """An offset as a server sees it: between a CR and its LF means before the line's end."""
    inside = 0 < offset < len(text) and text[offset - 1] == "\r" and text[offset] == "\n"
    return offset - 1 if inside else offset


def position_of(text: str, offset: int) -> dict[str, int]:
    """The UTF-16 position of a code-point offset; lines end at LF, CR LF or CR alone."""
    before = text[: snap(text, offset)].replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n")
    column = before[before.rfind("\n") + 1 :]
    return {"line": line, "character": len(column.encode("utf-16-le")) // 2}


def range_of(text: str, start: int, end: int) -> dict[str, Any]:
    """The range of a half-open pair of code-point offsets."""
    return {"start": position_of(text, start), "end": position_of(text, end)}
