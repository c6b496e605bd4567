"""Hostile texts of programs, stores and language models in what a trusted session tells a person.

VS Code makes a link of `[label](command:…)` in notifications, in progress, in questions and in the
status item, and runs the command when it is pressed. So each such text is read as VS Code reads it.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from figures import Row
from stores import Workspace
from wire import Editor

LINK = re.compile(
    r"\[([^\]]+)\]\(((?:https?://|command:|file:)[^)\s]+)(?: ([\"'])(.+?)(\3))?\)", re.IGNORECASE
)
"""What VS Code's `parseLinkedText` takes for a link."""
ATTACKS = (
    "[press](command:workbench.action.terminal.new)",
    "[press](https://evil.example 'title')",
    "[press](file:///etc/passwd)",
    "[a] [press](command:x) [b](command:y)",
    "[pre\u202ess](command:x)",
    "]([press](command:x)",
    "\x1b[31m$(trash) \u202e[press](command:x)",
)
PROGRAM = '''\
import dspy

class Offline(dspy.BaseLM):
    def forward(self, prompt=None, messages=None, **kwargs):
        raise ValueError("unused")
    def __call__(self, prompt=None, messages=None, **kwargs):
        return ["[[ ## reasoning ## ]]\\n{0}\\n\\n[[ ## answer ## ]]\\n{0}\\n\\n[[ ## completed ## ]]"]

dspy.configure(lm=Offline("offline"))

class QA(dspy.Module):
    """{0}"""
    def __init__(self):
        super().__init__()
        self.step = dspy.ChainOfThought("question -> answer")
    def forward(self, question):
        print("{0}")
        return self.step(question=question)

class Raises(dspy.Module):
    def __init__(self):
        raise ValueError("{0}")

class Typed(dspy.Module):
    def __init__(self):
        super().__init__()
        self.step = dspy.Predict("kind: Literal['{0}'] -> answer")
    def forward(self, kind: "Literal['{0}']" = "{0}"):
        raise RuntimeError("{0}")

class Needs(dspy.Module):
    def __init__(self, step="{0}", *, more):
        super().__init__()
        self.step = dspy.Predict("question -> answer")

needs = Needs(more=print("{0}"))
'''
OURS = {"dspy": {"input": True, "pick": True, "results": True, "pieces": True}}
CLIENTS: dict[str, dict[str, Any]] = {
    "our client": {"experimental": OURS},
    "another editor": {"window": {
        "workDoneProgress": True, "showMessage": {"messageActionItem": {}}, "showDocument": {"support": True},
    }},
    "a bare editor": {"window": {"workDoneProgress": True}},
}  # fmt: skip


UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What a terminal takes for commands, what ends lines for some, what turns the direction of letters."""
ICON = re.compile(r"\$\(\w")
"""What VS Code draws as an icon in labels."""


def told(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The texts of a message in which an editor would make links or icons: (where, text).

    Buttons are shown letter by letter.
    """
    method, params = str(message.get("method", "")), message.get("params") or {}
    if method in {"window/showMessage", "window/showMessageRequest"}:
        yield method, params["message"]
    elif method == "$/progress":
        for key in ("title", "message"):
            yield f"{method} {key}", str(params["value"].get(key))
    elif method in {"dspy/input", "dspy/pick"}:
        for key in ("title", "prompt"):
            yield f"{method} {key}", str(params.get(key))
        yield from strings(params.get("items"), f"{method} items")
    elif method == "dspy/status":
        yield from strings(params, method)
    elif "error" in message:
        yield "an error", message["error"]["message"]
    elif isinstance(result := message.get("result"), list):
        for item in result:
            command = item.get("command") if isinstance(item, dict) else None
            if command is not None:
                titled = command if isinstance(command, dict) else item
                yield "a lens or an action", str(titled["title"])


def strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Each text in plain JSON."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item, where)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item, where)


def session(row: Row, seed: int, root: Path, client: str) -> None:
    """Log, run, fail, ask and look in one trusted session, then read all that was told."""
    attack = ATTACKS[(seed + list(CLIENTS).index(client)) % len(ATTACKS)]
    workspace = Workspace(root).made()
    workspace.client().create_experiment(f"of the store {attack}")
    (root / "pyproject.toml").write_text(
        f"[tool.dspy-companion]\nselect = [{attack!r}]\n{json.dumps(attack)} = 1\n"
    )
    settings = {
        "interpreter": sys.executable,
        "mlflow": {"trackingUri": workspace.uri},
        "log": {"experiment": f"new {attack}"},
        attack: attack,
    }
    capabilities = {**CLIENTS[client], "textDocument": {"codeLens": {}, "diagnostic": {}}}
    answers = {
        "dspy/input": attack, "dspy/pick": 0, "window/showMessageRequest": {"title": "Run It"},
        "window/showDocument": {"success": True},
    }  # fmt: skip
    editor = Editor(
        root, trusted=True, settings=settings, capabilities=capabilities, answers=answers
    ).start()
    uri = editor.open("app.py", PROGRAM.format(attack))
    logged = editor.execute("dspy.log", uri=uri, name="QA")
    row.expect("result" in logged, f"{client}, {attack!r}: {logged}")
    if "result" in logged:
        run_id = logged["result"]["run_id"]
        workspace.client().set_tag(run_id, "mlflow.runName", f"named {attack}")
        workspace.client().set_tag(run_id, "dspy_companion.registered", f"model {attack}")
    editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    editor.execute("dspy.log", uri=uri, name="QA", ask=True)
    for name in ("Raises", "needs", "Needs"):
        editor.execute("dspy.log", uri=uri, name=name)
    for inputs in (None, {"question": attack}, {attack: attack}):
        for name in ("QA", "Typed"):
            given = {} if inputs is None else {"inputs": inputs}
            editor.execute("dspy.run", uri=uri, name=name, **given)
    editor.execute("dspy.run", model_uri=f"models:/{attack}", inputs={})
    editor.execute("dspy.openRun", uri=uri, run_id=attack)
    for command in ("dspy.diffLogged", "dspy.plan"):
        editor.execute(command, uri=uri, name="QA")
    editor.execute("dspy.plan", uri=uri, name=attack)
    editor.execute("dspy.showOutput")
    editor.execute(attack)
    for method in ("codeLens", "codeAction", "documentSymbol"):
        place = {"line": 12, "character": 7}
        editor.request(f"textDocument/{method}", {
            "textDocument": {"uri": uri}, "range": {"start": place, "end": place},
            "context": {"diagnostics": []},
        })  # fmt: skip
    shown = editor.told("window/showDocument")
    editor.close()
    row.count("messages read", len(editor.received))
    for body in editor.received:
        for where, text in told(json.loads(body)):
            row.count("texts shown")
            for what, pattern in (("link", LINK), ("icon", ICON), ("letter", UNSEEN)):
                for found in pattern.finditer(text):
                    row.problems.append(
                        f"seed {seed}, {client}: a {what} in {where}: {found[0]!r} of {text[:300]!r}"
                    )
    for document in shown:
        row.count("documents shown")
        parts = urlsplit(document["uri"])
        fits = parts.scheme in {"http", "https"} or (
            parts.scheme == "file" and "dspy-companion-" in parts.path and "/../" not in parts.path
        )
        row.expect(fits, f"seed {seed}, {client}: an odd document is shown: {document['uri']}")
