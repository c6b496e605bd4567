"""A run whose tests leave files in the checkout fails, and says which (tests/conftest.py)."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
LEAVES = "import pathlib\n\ndef test_leaves():\n    pathlib.Path('mlruns').mkdir()\n"
LEAVES_NOTHING = "import pathlib\n\ndef test_leaves(tmp_path):\n    (tmp_path / 'mlruns').mkdir()\n"


@pytest.mark.parametrize(
    ("test", "processes", "code"), [(LEAVES, "2", 1), (LEAVES_NOTHING, "0", 0)]
)
def test_what_tests_leave_in_the_checkout_fails_the_run(tmp_path, test, processes, code):
    checkout = tmp_path / "checkout"
    (checkout / "tests").mkdir(parents=True)
    shutil.copy(CONFTEST, checkout / "tests")
    (checkout / "tests" / "test_one.py").write_text(test)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", processes, "--basetemp", tmp_path / "base"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == code, done.stdout
    assert ("the tests left in the checkout: mlruns" in done.stdout) == bool(code)
