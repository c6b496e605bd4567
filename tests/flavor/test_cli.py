"""The command line, as a shell calls it: log a file, then load, ask and inspect what was logged."""

import contextlib
import json
import os
import socket
import subprocess
import sys

import programs
import pytest

from dspy_flavor import cli
from dspy_flavor.description import as_text

PROGRAM = """
import dspy

class Echo(dspy.Module):
    def forward(self, text: str):
        return dspy.Prediction(echo=text.upper())

echo = Echo()
raise SystemExit("a training loop that nobody asked for")
"""


@pytest.fixture
def command(store, tmp_path):
    def run(*arguments, code=0, **variables):
        done = subprocess.run(
            [sys.executable, "-m", "dspy_flavor.cli", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={
                "MLFLOW_TRACKING_URI": store,
                "PATH": "/usr/bin:/bin",
                "HOME": str(tmp_path),
                **variables,
            },
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done

    return run


def test_log_load_predict_inspect(command, tmp_path):
    (tmp_path / "echo.py").write_text(PROGRAM)

    logged = json.loads(command("log", "echo.py:echo", "--json").stdout)
    uri = logged["model_uri"]

    assert [item["line"] for item in logged["skipped"]] == [9]
    assert "Echo(text: str)" in command("load", uri).stdout
    answers = json.loads(command("predict", uri, "--input", '["a", "b"]').stdout)
    assert answers == [{"echo": "A"}, {"echo": "B"}]
    assert json.loads(command("inspect", uri).stdout)["format"] == "source"


WRONG = {
    "no file": (["log", "nothing.py"], "There is no file nothing.py"),
    "a folder": (["log", "folder"], "folder is a folder"),
    "no Python": (["log", "broken.py"], "broken.py, line 1: the file is not complete Python"),
    "no text": (["log", "bytes.py"], "bytes.py is no Python text"),
    "a module that is not installed": (
        ["log", "absent.py:program"],
        "absent.py, line 2: ModuleNotFoundError: No module named 'no_such_module'. Install it",
    ),
    "a constructor that fails": (["log", "fails.py:C"], "fails.py, line 5: ValueError: no luck."),
    "no object of the name": (["log", "echo.py:nothing"], "defines no `nothing`"),
    "no program": (["log", "number.py:number"], "number is a int, and no DSPy program"),
    "no folder": (["inspect", "nowhere"], "There is no folder nowhere"),
    "no model": (["load", "folder"], "folder holds no MLmodel file"),
    "no such version": (["load", "models:/nothing/1"], "MLFLOW_TRACKING_URI names another"),
    "no such run": (["predict", "runs:/no/model", "--input", "a"], "MLFLOW_TRACKING_URI names"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_says_what_and_where(command, tmp_path, mistake):
    (tmp_path / "folder").mkdir()
    (tmp_path / "echo.py").write_text(PROGRAM)
    (tmp_path / "broken.py").write_text("class (")
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe")
    (tmp_path / "number.py").write_text("number = 3\n")
    (tmp_path / "absent.py").write_text(
        "import dspy\nimport no_such_module\nprogram = dspy.Predict(no_such_module.signature)\n"
    )
    (tmp_path / "fails.py").write_text(
        "import dspy\nclass C(dspy.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        raise ValueError('no luck')\n"
    )
    arguments, expected = WRONG[mistake]

    said = command(*arguments, code=1).stderr

    assert "Traceback" not in said
    assert any(
        line.startswith("dspy-flavor: ") and expected in line for line in said.splitlines()
    ), said


@pytest.mark.parametrize("arguments", [["inspect", "models:/m/1"], ["log", "echo.py:echo"]])
def test_a_server_that_is_not_there_is_named_without_its_password(command, tmp_path, arguments):
    (tmp_path / "echo.py").write_text(PROGRAM)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    uri = f"http://me:pass-of-nobody@127.0.0.1:{port}"

    said = command(*arguments, code=1, MLFLOW_TRACKING_URI=uri).stderr

    expected = f"No MLflow tracking server answers at http://127.0.0.1:{port}. Start it"
    assert f"dspy-flavor: {expected}" in said
    assert "Traceback" not in said
    assert "pass-of-nobody" not in said


def test_the_flavor_without_mlflow_says_what_to_install(monkeypatch, capsys):
    for name in [*sys.modules]:
        if name.partition(".")[0] == "mlflow":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mlflow", None)

    assert cli.main(["inspect", "models:/a/1"]) == 1

    assert "pip install 'dspy-companion[flavor]'" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of this kind")
def test_inspect_speaks_to_people_on_a_terminal(log, lm, store):
    import pty

    program = programs.Desk()
    program.api_key = "left-8Zq4-of1t"
    program.triage.signature = program.triage.signature.with_instructions(
        "Sort.\x1b[31m red \u202e reversed"
    )
    uri = log(program).model_uri
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "dspy_flavor.cli", "inspect", uri]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": store}

    done = subprocess.run(
        command, stdout=theirs, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # the end of a terminal that nobody writes to any more
        while piece := os.read(ours, 65536):
            said += piece
    os.close(ours)

    assert done.returncode == 0, done.stderr
    lines = said.decode().splitlines()
    assert lines[0].split() == ["Program", "programs.Desk"]
    assert any("ticket: str, customer: Person -> urgency: int" in line for line in lines)
    left_out = [line for line in lines if "Desk.api_key, read from" in line]
    assert len(left_out) == 1
    assert any("openai/test" in line for line in lines)
    assert "Nothing of the model was run." in lines[-1]
    assert b"\x1b" not in said
    assert "\u202e" not in said.decode()


@pytest.mark.parametrize("odd", [[], {}, "text", 3, None, [{"a": []}], {"a": {"b": 1}}])
def test_a_strangers_description_is_shown_whatever_it_holds(odd):
    names = ("format", "versions", "signature", "predictors", "language_models", "settings")
    names += ("local_code", "compilation", "credentials", "runs", "files", "program", "task")

    for name in names:
        assert "Program" in as_text({name: odd})
