"""A hostile repository: while nobody trusts it nothing of it is executed, and commands are refused.

Once it is trusted, the program that was asked for runs, and still nothing else: none of the programs
that git's settings name, no start-up file, no module that happens to have a known name.
"""

import json
import os
import random
import stat
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from figures import Row
from hostile_git import hostile_git, missing_commit
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
    "encodings", "typing", "dspy_language_server", "dspy_flavor", "asyncio", "lsprotocol", "git", "yaml",
    "uvicorn", "fastapi", "flask", "gunicorn", "random",
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
ASKED = """\
import os
import dspy

class QA(dspy.Module):
    def __init__(self):
        super().__init__()
        open({made!r}, "a").write("made\\n")
        self.step = dspy.ChainOfThought("question -> answer")

    def forward(self, question):
        return self.step(question=question)

os.mkdir({mark!r})  # logging does not need it
"""
POSITIONAL = (
    "hover", "completion", "signatureHelp", "definition", "typeDefinition", "references", "rename", "codeAction",
    "documentHighlight", "prepareRename",
)  # fmt: skip


def hostile(root: Path, mark: Path) -> None:
    """Fill a repository with what would leave a mark if it were run."""
    code = f"open({str(mark)!r}, 'a').write(__name__)\n"
    for name in MODULES:
        (root / f"{name}.py").write_text(code + "class Type: ...\n")
    for name in ("package", "package/other"):
        (root / name).mkdir()
        (root / name / "__init__.py").write_text(code)
    (root / "package" / "module.py").write_text(code + "class Thing: ...\n")
    call = f"__import__('os').mkdir({str(mark)!r})"
    program = PROGRAM.format(mark=str(mark), call=call)
    (root / "app.py").write_text(program)
    _environments(root, mark, code)
    _settings(root, mark)
    _notebook(root, mark, program)
    _odd_files(root)
    hostile_git(root, mark, ("app.py", "evil.py", "README.md"))


def _environments(root: Path, mark: Path, code: str) -> None:
    """Virtual environments, and programs with the names of those that are looked for."""
    shell = f"#!/bin/sh\necho ran >> '{mark}'\nexec python3 \"$@\"\n"
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


def _settings(root: Path, mark: Path) -> None:
    """What tools read their settings from."""
    (root / "pyproject.toml").write_text(
        f'[tool.dspy-companion]\nselect = ["DSP1"]\nexclude = ["$(touch {mark})"]\ninterpreter = "./python3"\n'
        f'[tool.dspy-companion.severity]\n"[a](command:workbench.action.terminal.new)" = "x"\n'
        f'[build-system]\nbuild-backend = "evil"\nbackend-path = ["."]\n'
    )
    (root / ".vscode").mkdir()
    settings = {
        "dspy.interpreter": str(root / "python3"),
        "dspy.mlflow.trackingUri": "http://127.0.0.1:9",
        "python.envFile": str(root / ".env"),
    }
    (root / ".vscode" / "settings.json").write_text(json.dumps(settings))
    (root / ".env").write_text(
        f"PYTHONSTARTUP={root}/evil.py\nPYTHONPATH={root}\nPYTHONHOME={root}\nGIT_CONFIG_COUNT=1\n"
        f"GIT_CONFIG_KEY_0=core.fsmonitor\nGIT_CONFIG_VALUE_0={root}/hostile-git\n"
    )
    (root / "setup.cfg").write_text("[options]\ncmdclass = evil:Type\n")
    (root / "README.md").write_text("text\n")


def _notebook(root: Path, mark: Path, program: str) -> None:
    sources = (f"!touch {mark}", f"%%bash\ntouch {mark}", "%run evil.py", "%load_ext evil", program)
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in sources
    ]
    (root / "notebook.ipynb").write_text(
        json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    )


def _odd_files(root: Path) -> None:
    """What never ends, leads in a circle or out of the workspace, or is too large."""
    os.mkfifo(root / "pipe.py")
    (root / "stdin.py").symlink_to("/dev/stdin")
    (root / "zero.py").symlink_to("/dev/zero")
    (root / "itself.py").symlink_to(root / "itself.py")
    (root / "circle").symlink_to(root)
    (root / "outside").symlink_to("/")
    (root / "large.py").touch()
    os.truncate(root / "large.py", 2**36)


def untrusted(row: Row, seed: int, root: Path) -> None:
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
    _ask_everything(row, editor, uri, text, random.Random(seed))
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
    row.expect(not mark.exists(), f"untrusted, it ran: {marked(mark)}")


def trusted(row: Row, seed: int, root: Path, *, pages: bool = True) -> None:
    """Open it, have everything be looked at, then log one program: it runs, and nothing else does.

    With `pages`, MLflow's own are started, too.
    """
    mark, made = root / "it-ran", root / "made"
    folder = root / "repository"
    folder.mkdir()
    hostile(folder, mark)
    text = ASKED.format(mark=str(mark), made=str(made))
    (folder / "asked.py").write_text(text)
    if seed % 2:
        missing_commit(folder)
    settings: dict[str, Any] = {
        "interpreter": sys.executable,
        "mlflow": {"trackingUri": f"sqlite:///{root}/store.db"},
    }
    editor = Editor(folder, trusted=True, settings=settings).start()
    uri = editor.open("asked.py", text)
    _ask_everything(row, editor, uri, text, random.Random(seed))
    planned = editor.execute("dspy.plan", uri=uri, name="QA")
    row.expect("result" in planned, f"dspy.plan: {planned}")
    place = {"line": 7, "character": 45}
    shown = editor.execute("dspy.previewPrompt", uri=uri, position=place)
    row.expect("result" in shown, f"dspy.previewPrompt: {shown}")
    time.sleep(1)  # what is done beside the requests
    row.expect(not made.exists(), "trusted, the program ran before anyone asked")
    logged = editor.execute("dspy.log", uri=uri, name="QA")
    row.expect("result" in logged, f"dspy.log: {logged}")
    row.expect(made.exists(), "the program that was asked for did not run")
    row.count("programs logged", "result" in logged)
    if pages:
        opened = editor.execute("dspy.openRun", uri=uri, name="QA")
        row.expect("result" in opened, f"dspy.openRun: {opened}")
        row.count("pages of MLflow started")
    called = editor.execute("dspy.run", uri=uri, name="QA", inputs={"question": "q"})
    row.expect("No LM" in str(called), f"dspy.run: {called}")
    row.expect(editor.close() == 0, "the server did not end with 0")
    row.expect(not mark.exists(), f"trusted, it ran unasked: {marked(mark)}")


def marked(mark: Path) -> str:
    """What has left a mark."""
    return mark.read_text()[:300] if mark.is_file() else str(mark)


def _ask_everything(row: Row, editor: Editor, uri: str, text: str, chance: random.Random) -> None:
    lines = text.split("\n")
    for method in POSITIONAL:
        for _ in range(6):
            line = chance.randrange(len(lines))
            place = {"line": line, "character": chance.randint(0, len(lines[line]))}
            asked = {"textDocument": {"uri": uri}, "position": place, "newName": "x", "context": {"diagnostics": [], "includeDeclaration": True}, "range": {"start": place, "end": place}}  # fmt: skip
            editor.request(f"textDocument/{method}", asked)
            row.count("requests answered")
    for method in ("diagnostic", "codeLens", "documentSymbol", "foldingRange"):
        editor.request(f"textDocument/{method}", {"textDocument": {"uri": uri}})
    editor.request("workspace/diagnostic", {"previousResultIds": []})
    editor.request("workspace/symbol", {"query": ""})
    changes = [{"uri": uri, "type": 2}, {"uri": f"{uri}x", "type": 1}]
    editor.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})


def campaign(seed: int, sessions: int) -> Row:
    """Open the hostile repository some times, asking at other places each time."""
    row = Row(
        "a hostile repository", "nothing of it is executed; trusted: the program that was asked for"
    )
    with row.timed():
        for number in range(seed, seed + sessions):
            # What MLflow's pages import does not follow from the seed, and starting them takes longest.
            for session in (untrusted, partial(trusted, pages=(number - seed) % 5 == 0)):
                row.count("sessions")
                with tempfile.TemporaryDirectory() as folder:
                    session(row, number, Path(folder).resolve())
    return row
