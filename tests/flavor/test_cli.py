"""The command line, as a shell calls it: log a file, then load, ask and inspect what was logged."""

import json
import subprocess
import sys

import pytest

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
    def run(*arguments, code=0):
        done = subprocess.run(
            [sys.executable, "-m", "dspy_flavor.cli", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"MLFLOW_TRACKING_URI": store, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
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


def test_a_mistake_is_one_line(command, tmp_path):
    (tmp_path / "broken.py").write_text("class (")

    for arguments in (["log", "broken.py"], ["log", "nothing.py"], ["inspect", "nowhere"]):
        said = command(*arguments, code=1).stderr
        assert "Traceback" not in said
        assert said.strip().splitlines()[-1].startswith("dspy-flavor: ")
