"""A command that is kept ends with whoever had it kept, and with each of the two that keep it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kills import children

from dspy_flavor.worker import keeper

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="read from /proc")

COMMAND = """\
import os, pathlib, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(float(sys.argv[2]))
"""


def processes(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *(below for child in children(pid) for below in processes(child))]


def is_there(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.fixture
def kept(tmp_path: Path, seconds: str) -> Iterator[tuple["subprocess.Popen[bytes]", list[int]]]:
    """A keeper, and the processes below it: the guard, the command, what the command made."""
    mark = tmp_path / "mark"
    command = [sys.executable, "-c", COMMAND, str(mark), seconds]
    process = subprocess.Popen(
        [sys.executable, "-I", keeper.__file__, *command],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    below: list[int] = []
    deadline = time.monotonic() + 60
    while len(below) < 3 or not mark.exists():
        assert time.monotonic() < deadline, below
        below = processes(process.pid)[1:]
        time.sleep(0.02)
    yield process, below
    process.kill()
    process.wait()


def all_gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not any(map(is_there, pids)):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("seconds", ["100"])
@pytest.mark.parametrize("who", ["keeper", "guard", "command"])
def test_a_command_does_not_outlive_what_keeps_it(kept, who):
    process, below = kept
    assert all(map(is_there, below))
    os.kill({"keeper": process.pid, "guard": below[0], "command": below[1]}[who], signal.SIGKILL)
    assert all_gone(below)
    process.wait(30)


@pytest.mark.parametrize("seconds", ["100"])
def test_a_command_ends_when_nobody_holds_the_other_end(kept):
    process, below = kept
    process.stdin.close()
    assert all_gone(below)
    process.wait(30)


@pytest.mark.parametrize("seconds", ["0.5"])
def test_what_a_command_made_ends_with_it(kept):
    process, below = kept
    process.wait(30)
    assert all_gone(below)
