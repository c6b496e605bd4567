"""The same server in Neovim, Emacs and Helix, configured by the very snippets of docs/editors.md."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest
from install import newer_program, runtime_of
from processes import processes_of
from workbench import until

pytestmark = [pytest.mark.editors, pytest.mark.timeout(600)]

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]


def snippet(language: str) -> str:
    """The configuration that the documentation gives in this language."""
    page = (CHECKOUT / "docs" / "editors.md").read_text()
    found = re.search(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert found, f"docs/editors.md has no snippet in {language}"
    return found[1]


@pytest.fixture
def drive(tmp_path: Path, python: Path, editors: Path) -> Callable[[list[str]], dict[str, Any]]:
    """Runs an editor with a script that writes what it saw, in a copy of `examples/`."""
    folder = tmp_path / "examples"
    shutil.copytree(
        CHECKOUT / "examples", folder, ignore=shutil.ignore_patterns("ml*", "__pycache__")
    )
    mistake = folder / "mistake.py"
    # Letters that take two units or bytes stand before the string: positions have to be right.
    mistake.write_text(
        'import dspy\n\nface = "😋é"; qa = dspy.Predict("question -> answer: flot")\n'
    )

    def run(command: list[str]) -> dict[str, Any]:
        result = tmp_path / "seen.json"
        environment = {
            **{key: os.environ[key] for key in ("LANG", "TERM") if key in os.environ},
            "PATH": f"{python.parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "VIMRUNTIME": runtime_of("nvim"),
            "HELIX_RUNTIME": runtime_of("hx"),
            "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db",
            "TEST_MISTAKE": str(mistake),
            "TEST_PROGRAM": str(folder / "chain_of_thought.py"),
            "TEST_RESULT": str(result),
        }
        ended = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert result.exists(), ended.stdout + ended.stderr
        seen = json.loads(result.read_text())
        assert "error" not in seen, seen["error"]
        return seen

    return run


def assert_logged_once(tmp_path: Path) -> None:
    """One finished run in the store of this test, and nothing of the editor left running."""
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(experiments)
    assert [run.info.status for run in runs] == ["FINISHED"]
    until(lambda: not processes_of(tmp_path))


def test_neovim(drive, tmp_path: Path):
    script = tmp_path / "init.lua"
    # The user's configuration first, then what the user does once it is loaded.
    driver = (HERE / "drive_neovim.lua").read_text()
    script.write_text(f"{snippet('lua')}\nvim.schedule(function()\n{driver}\nend)\n")
    seen = drive([*newer_program("neovim"), "--headless", "-n", "-u", str(script)])
    assert "DSP104" in seen["diagnostics"]
    assert "question" in seen["hover"]
    assert "float" in seen["completions"]
    assert "Log `CoT` to MLflow" in seen["actions"]
    assert any("models:/" in message for message in seen["said"])
    assert_logged_once(tmp_path)


def test_emacs_with_eglot(drive, tmp_path: Path):
    configuration = tmp_path / "configuration.el"
    configuration.write_text(snippet("elisp"))
    driver = HERE / "drive_emacs.el"
    seen = drive(
        [
            "emacs",
            "--batch",
            "-l",
            "package",
            "-f",
            "package-initialize",
            "-l",
            str(configuration),
            "-l",
            str(driver),
        ]
    )
    assert any("flot" in text for text in seen["diagnostics"])
    assert "question" in seen["hover"]
    assert "float" in seen["completions"]
    assert "Log `CoT` to MLflow" in seen["actions"]
    assert seen["logged"].startswith("models:/")
    assert_logged_once(tmp_path)


def test_helix(drive, tmp_path: Path):
    configuration = tmp_path / ".config" / "helix" / "languages.toml"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(snippet("toml"))
    driver = str(HERE / "drive_helix.py")
    helix = [*newer_program("hx"), str(tmp_path / "examples" / "mistake.py")]
    seen = drive([sys.executable, driver, f"helix-{tmp_path.name}-{os.getpid()}", *helix])
    assert "flot" in seen["diagnostics"]
    assert "question" in seen["hover"]
    assert "float" in seen["completions"]
    assert seen["actions"].count("Log `CoT` to MLflow") == 2  # in the file, and in the menu
    assert_logged_once(tmp_path)
