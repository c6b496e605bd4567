"""The oldest releases that are supported: every test of the flavor that they can run, in them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# mlflow 3.0 traces with the OpenTelemetry of its time, and keeps its store with the SQLAlchemy of it.
OLDEST = ["dspy==2.6.27", "mlflow==3.0.0", "opentelemetry-sdk<1.34", "sqlalchemy<2.1", "pandas"]
SCRIPT = Path(__file__).with_name("oldest_releases.py")


@pytest.fixture(scope="module")
def oldest():
    """An environment with the oldest releases, kept for the next run."""
    environment = ROOT / ".venvs" / "flavor-oldest"
    python = environment / "bin" / "python"
    uv = ROOT / ".venv" / "bin" / "uv"
    if not (environment / ".ready").exists():
        make = [uv, "venv", "-q", "--clear", "--no-python-downloads", "--python"]
        # A version manager's `python3.10` may be a name without a Python behind it.
        if subprocess.run([*make, "3.10", environment], check=False).returncode:
            subprocess.run([*make, sys.executable, environment], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", python, *OLDEST], check=True)
        (environment / ".ready").touch()
    return python


@pytest.mark.matrix
@pytest.mark.timeout(1200)
def test_the_oldest_releases(oldest, tmp_path):
    done = subprocess.run(
        [oldest, SCRIPT],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")},
            "PYTHONPATH": f"{ROOT / 'flavor'}{os.pathsep}{Path(__file__).parent}",
            "OPENAI_API_KEY": "sk-none",
        },
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "all answered"
