"""A hostile repository that nobody trusts: nothing of it is executed, and commands are refused."""

import json
import os
import random
import stat
import tempfile
from pathlib import Path
from typing import Any

from figures import Row
from wire import Editor

from dspy_language_server.lsp.commands import COMMANDS as TAKEN

COMMANDS = (
    "dspy.log",
    "dspy.plan",
    "dspy.run",
    "dspy.openRun",
    "dspy.compareRuns",
    "dspy.diffLogged",
    "dspy.previewPrompt",
)
MODULES = (
    "dspy", "mlflow", "sitecustomize", "usercustomize", "json", "evil", "pygls", "tree_sitter", "tomllib", "conftest",
    "encodings", "typing", "dspy_language_server", "dspy_flavor", "asyncio",
)  # fmt: skip
PROGRAM = """\
import dspy, evil
from evil import *
from package.module import Thing
open({mark!r}, "a").write("the program")
qa = dspy.Predict("a: evil.Type, b: package.module.Thing -> c: evil.other.Deep, d: Literal[{call}]")
class QA(dspy.Module):
    step = dspy.ChainOfThought(f"question -> answer: {{__import__('os').mkdir({mark!r})}}")
    @evil.decorate
    def forward(self, question: evil.Type = {call}):
        return self.step(question=question)
# dspy: ignore[{call}]
"""


def hostile(root: Path, mark: Path) -> None:
    """Fill a repository with what would leave a mark if it were run."""
    code = f"open({str(mark)!r}, 'a').write(__name__)\n"
    shell = f"#!/bin/sh\necho ran >> '{mark}'\nexec python3 \"$@\"\n"
    for name in MODULES:
        (root / f"{name}.py").write_text(code + "class Type: ...\n")
    for name in ("package", "package/other"):
        (root / name).mkdir()
        (root / name / "__init__.py").write_text(code)
    (root / "package" / "module.py").write_text(code + "class Thing: ...\n")
    for venv in (".venv", "venv"):
        packages = root / venv / "lib" / "python3.12" / "site-packages"
        packages.mkdir(parents=True)
        (packages / "sitecustomize.py").write_text(code)
        (packages / "run.pth").write_text(f"import os; os.mkdir({str(mark)!r})\n")
        (packages / "dspy-3.4.0.dist-info").mkdir()
        (root / venv / "pyvenv.cfg").write_text("home = /usr/bin\n")
    for name in (".venv/bin/python", "venv/bin/python", "python3", "python", "git", "tools/python"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shell)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text(
        f"[core]\n\tfsmonitor = touch '{mark}'\n\tpager = touch '{mark}'\n"
    )
    (root / "pyproject.toml").write_text(
        f'[tool.dspy-companion]\nselect = ["DSP1"]\nexclude = ["$(touch {mark})"]\ninterpreter = "./python3"\n'
        f'[build-system]\nbuild-backend = "evil"\nbackend-path = ["."]\n'
    )
    (root / ".vscode").mkdir()
    settings = {
        "dspy.interpreter": str(root / "python3"),
        "dspy.mlflow.trackingUri": "http://127.0.0.1:9",
    }
    (root / ".vscode" / "settings.json").write_text(json.dumps(settings))
    (root / ".env").write_text(f"PYTHONSTARTUP={root}/evil.py\n")
    call = f"__import__('os').mkdir({str(mark)!r})"
    (root / "app.py").write_text(PROGRAM.format(mark=str(mark), call=call))
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": source}
        for source in (f"!touch {mark}", f"%%bash\ntouch {mark}", "%run evil.py", PROGRAM.format(mark=str(mark), call=call))
    ]  # fmt: skip
    (root / "notebook.ipynb").write_text(
        json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    )
    os.mkfifo(root / "pipe.py")
    (root / "stdin.py").symlink_to("/dev/stdin")


def session(row: Row, seed: int, root: Path) -> None:
    """Open the repository, ask everything of it, and send each command by hand."""
    mark = root / "it-ran"
    folder = root / "repository"
    folder.mkdir()
    hostile(folder, mark)
    settings: dict[str, Any] = {
        "interpreter": str(folder / "python3"),
        "mlflow": {"trackingUri": f"sqlite:///{folder}/store.db"},
    }
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    editor = Editor(folder, trusted=False, settings=settings, environment=environment)
    editor.capabilities["workspace"] = {
        "configuration": True,
        "diagnostics": {"refreshSupport": True},
    }
    editor.start()
    text = (folder / "app.py").read_text()
    uri = editor.open("app.py", text)
    chance = random.Random(seed)
    lines = text.split("\n")
    for method in (
        "hover",
        "completion",
        "signatureHelp",
        "definition",
        "references",
        "rename",
        "codeAction",
    ):
        for _ in range(6):
            line = chance.randrange(len(lines))
            place = {"line": line, "character": chance.randint(0, len(lines[line]))}
            asked = {"textDocument": {"uri": uri}, "position": place, "newName": "x", "context": {"diagnostics": [], "includeDeclaration": True}, "range": {"start": place, "end": place}}  # fmt: skip
            row.count(
                "requests answered",
                "error" not in editor.request(f"textDocument/{method}", asked) or 1,
            )
    for method in (
        "textDocument/diagnostic",
        "textDocument/codeLens",
        "textDocument/documentSymbol",
    ):
        editor.request(method, {"textDocument": {"uri": uri}})
    editor.request("workspace/diagnostic", {"previousResultIds": []})
    editor.request("workspace/symbol", {"query": ""})
    for command in COMMANDS:
        given = {
            "uri": uri, "name": "QA", "run_id": "x", "confirmed": True, "trackingUri": "file:///tmp/x",
            "position": {"line": 4, "character": 20},
        }  # fmt: skip
        takes = TAKEN[command].arguments
        answer = editor.execute(command, **{key: given[key] for key in takes if key in given})
        row.count("commands refused")
        error = answer.get("error") or {}
        row.expect(
            (error.get("data") or {}).get("code") == "untrusted",
            f"{command} was not refused: {answer}",
        )
    told = editor.execute("dspy.information").get("result", {})
    row.expect(
        not str(told.get("interpreter")).startswith(str(folder / ".venv")), f"taken over: {told}"
    )
    row.expect(editor.close() == 0, "the server did not end with 0")
    row.expect(not mark.exists(), f"it ran: {mark.read_text() if mark.is_file() else mark}")


def campaign(seed: int, sessions: int) -> Row:
    """Open the hostile repository some times, asking at other places each time."""
    row = Row("a hostile repository, untrusted")
    with row.timed():
        for number in range(seed, seed + sessions):
            row.count("sessions")
            with tempfile.TemporaryDirectory() as folder:
                session(row, number, Path(folder).resolve())
    return row
