"""No port is opened by the server, the worker or a job."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "soak"))

from kills import children
from stores import PROGRAM, Workspace
from wire import Editor

LISTENING = "0A"


def listening(pid: int) -> set[str]:
    """The addresses at which a process listens, of its own sockets."""
    sockets = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in sockets:
                found.add(fields[1])
    return found


def family(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *(below for child in children(pid) for below in family(child))]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="read from /proc")
def test_no_process_of_ours_listens(tmp_path):
    workspace = Workspace(tmp_path).made()
    settings = {"interpreter": sys.executable, "mlflow": {"trackingUri": workspace.uri}}
    editor = Editor(tmp_path, trusted=True, settings=settings).start()
    uri = editor.open("app.py", PROGRAM)
    logged = editor.execute("dspy.log", uri=uri, name="QA")
    processes = family(editor.process.pid)
    assert "result" in logged
    assert len(processes) >= 2, "the worker is not there"
    assert {pid: listening(pid) for pid in processes} == {pid: set() for pid in processes}
    assert editor.close() == 0
