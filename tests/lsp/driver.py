"""An editor with all of our own capabilities, driven over the bare wire; it answers what it is asked."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bare_wire import Wire

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROGRAM = """\
import dspy

class QA(dspy.Module):
    def __init__(self):
        super().__init__()
        self.step = dspy.ChainOfThought("question -> answer")

    def forward(self, question: str):
        return self.step(question=question)
"""
"""A module with one step, for whatever is done with a program."""
OURS = {"input": True, "pick": True, "results": True, "pieces": True}


class Editor:
    """A trusted workspace, and a person whose answers are given in advance.

    `answers` are taken in order by the server's questions (`dspy/input`, `dspy/pick`, buttons);
    `questions` keeps what was asked.
    """

    def __init__(
        self,
        wire: Any,
        folder: Path,
        *,
        ours: dict | None = None,
        window: dict | None = None,
        **settings: Any,
    ) -> None:
        self.wire, self.folder = wire, folder
        self.answers: list[Any] = []
        self.questions: list[tuple[str, dict]] = []
        self.store = f"sqlite:///{folder}/store.db"
        whole = {"showMessage": {"messageActionItem": {}}, "showDocument": {"support": True},
                 "workDoneProgress": True}  # fmt: skip
        text = {"codeLens": {"dynamicRegistration": False}}
        workspace = {"codeLens": {"refreshSupport": True}}
        wire.initialize(
            capabilities={
                "window": whole if window is None else window,
                "workspace": workspace,
                "textDocument": text,
                "experimental": {"dspy": OURS if ours is None else ours},
            },
            rootUri=folder.as_uri(),
            workspaceFolders=[{"uri": folder.as_uri(), "name": "app"}],
            initializationOptions={
                "workspaceTrusted": True,
                "settings": {
                    "interpreter": sys.executable,
                    "mlflow": {"trackingUri": self.store},
                    **settings,
                },
            },
        )
        self._number = 0

    def example(self, name: str) -> str:
        """Opens one of the examples, in the workspace; returns its URI."""
        for file in EXAMPLES.glob("*.py"):
            shutil.copy(file, self.folder)
        return self.open(name, (self.folder / name).read_text("utf-8"))

    def open(self, name: str, text: str) -> str:
        uri = (self.folder / name).as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.wire.send(method="textDocument/didOpen", params={"textDocument": document})
        return uri

    def change(self, uri: str, text: str) -> None:
        document = {"uri": uri, "version": 2}
        params = {"textDocument": document, "contentChanges": [{"text": text}]}
        self.wire.send(method="textDocument/didChange", params=params)

    def send(self, command: str, **arguments: Any) -> str:
        """Sends a command; its work done token is the request's id."""
        self._number += 1
        number = f"command-{self._number}"
        params = {"command": command, "arguments": [arguments], "workDoneToken": number}
        self.wire.send(id=number, method="workspace/executeCommand", params=params)
        return number

    def execute(self, command: str, **arguments: Any) -> dict:
        """What a command answers: the whole response."""
        number = self.send(command, **arguments)
        return self.until(lambda m: m.get("id") == number and "method" not in m)

    def result(self, command: str, **arguments: Any) -> dict:
        response = self.execute(command, **arguments)
        assert "result" in response, response
        return response["result"]

    def ask(self, method: str, **params: Any) -> Any:
        """What another request answers."""
        self._number += 1
        number = f"request-{self._number}"
        self.wire.send(id=number, method=method, params=params)
        return self.until(lambda m: m.get("id") == number and "method" not in m)["result"]

    def until(self, fits: Callable[[dict], bool]) -> dict:
        """Receives until a message fits, answering the server's own requests meanwhile."""
        while True:
            message = self.wire.receive()
            if "method" in message and "id" in message:
                self._answer(message)
            if fits(message):
                return message

    def told(self, method: str) -> list[dict]:
        """The parameters of all notifications and requests of a method so far."""
        return [m["params"] for m in self.wire.seen if m.get("method") == method]

    def _answer(self, message: dict) -> None:
        method, params = message["method"], message.get("params") or {}
        result: Any = None
        if method in {"dspy/input", "dspy/pick", "window/showMessageRequest"}:
            self.questions.append((method, params))
            assert self.answers, f"an unexpected question: {json.dumps(params)}"
            result = self.answers.pop(0)
            if method == "dspy/pick" and isinstance(result, str):
                result = [item["label"] for item in params["items"]].index(result)
            if method == "window/showMessageRequest" and result is not None:
                assert {"title": result} in params["actions"], params["actions"]
                result = {"title": result}
        elif method == "window/showDocument":
            result = {"success": True}
        self.wire.send(id=message["id"], result=result)


def editor_of_a_module(**settings: Any) -> Any:
    """A fixture: one editor for all tests of a module, because starting the worker takes seconds."""

    @pytest.fixture(scope="module")
    def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
        folder = tmp_path_factory.mktemp("workspace")
        before = os.environ.get("XDG_STATE_HOME")
        os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))
        os.environ["OPENAI_API_KEY"] = "endpoint-key-31415926"  # logged models bring none
        wire = Wire()
        yield Editor(wire, folder, **settings)
        wire.end()
        if before is not None:
            os.environ["XDG_STATE_HOME"] = before

    return editor
