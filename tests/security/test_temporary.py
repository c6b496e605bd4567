"""Temporary folders and locks: gone with their process, and after a kill by the next one that starts."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dspy_flavor import temporary
from dspy_language_server.lsp import temporary as of_a_session

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be held there")

WAIT = "import sys; print(path, flush=True); sys.stdin.read()\n"
FLAVOR = f"""\
from dspy_flavor.temporary import temporary_folder
with temporary_folder() as path:
    open(path + "/file", "w").close(); {WAIT}"""
SESSION = f"""\
from dspy_language_server.lsp.temporary import SessionFolder
folder = SessionFolder(); path = folder.path; (path / "file").touch(); {WAIT}folder.close()
"""
KINDS = {
    "flavor": (FLAVOR, temporary.FOLDERS, temporary.remove_left),
    "session": (SESSION, of_a_session.PREFIX, of_a_session.remove_left),
}


@pytest.fixture(params=KINDS)
def kind(request, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return KINDS[request.param]


def holder(code: str) -> tuple["subprocess.Popen[str]", Path]:
    """A process that has a folder, and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_gone_with_its_process_or_after_a_kill_with_the_next(kind, tmp_path):
    code, _, _ = kind
    living, kept = holder(code)
    killed, left = holder(code)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert (left / "file").exists()
    after, own = holder(code)
    assert not left.exists()
    assert (kept / "file").exists()
    assert (own / "file").exists()
    for process in (living, after):
        process.communicate("")
        assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_no_link_is_followed_and_nothing_of_others_removed(kind, tmp_path):
    _, prefix, remove_left = kind
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (tmp_path / f"{prefix}link").symlink_to(precious)
    (tmp_path / f"{prefix}file").touch()
    os.mkfifo(tmp_path / f"{prefix}pipe")
    inside = tmp_path / f"{prefix}inside"
    inside.mkdir()
    (inside / "link").symlink_to(precious)
    remove_left()
    assert not inside.exists()
    assert (precious / "file").exists()
    assert {path.name.removeprefix(prefix) for path in tmp_path.iterdir()} == {
        "precious", "link", "file", "pipe",
    }  # fmt: skip


def test_a_folder_of_another_user_is_left_alone(kind, tmp_path, monkeypatch):
    _, prefix, remove_left = kind
    (tmp_path / f"{prefix}theirs").mkdir()
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    remove_left()
    assert (tmp_path / f"{prefix}theirs").exists()
    monkeypatch.undo()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    remove_left()
    assert not (tmp_path / f"{prefix}theirs").exists()


COUNT = """\
import sys
from pathlib import Path
from dspy_flavor.temporary import one_process, remove_left
file = Path(sys.argv[1])
for number in range(100):
    with one_process("same"):
        file.write_text(str(int(file.read_text()) + 1))
    if number % 10 == 0:
        remove_left()
"""


def test_a_lock_lets_one_in_and_is_gone_after_the_last(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    count = tmp_path / "count"
    count.write_text("0")
    command = [sys.executable, "-c", COUNT, str(count)]
    processes = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait(120) for process in processes] == [0, 0, 0, 0]
    assert count.read_text() == "400"
    assert [path.name for path in tmp_path.iterdir()] == ["count"]


def test_a_lock_of_a_killed_process_is_taken_over_or_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    code = "from dspy_flavor.temporary import one_process\npath = ''\n"
    for name in ("one", "another"):
        process, _ = holder(f"{code}with one_process('{name}'):\n    {WAIT}")
        temporary.remove_left()
        assert len(list(tmp_path.iterdir())) == 1, "a lock that is held was removed"
        process.kill()
        process.wait()
        if name == "one":
            with temporary.one_process(name):
                assert len(list(tmp_path.iterdir())) == 1
        else:
            temporary.remove_left()
        assert list(tmp_path.iterdir()) == []
