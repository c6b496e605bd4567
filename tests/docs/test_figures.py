"""Every figure of the documents is what the kept JSON of the last whole run says."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "tests" / "benchmarks" / "report.py"


def test_the_tables_are_those_of_the_kept_figures():
    done = subprocess.run(
        [sys.executable, str(REPORT), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nmake bench-docs"
    assert "<!-- figures: table -->" in (ROOT / "docs" / "performance.md").read_text("utf-8")
