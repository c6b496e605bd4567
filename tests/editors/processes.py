"""The processes of this machine that belong to one test, found by a path in what they were started with."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def processes_of(path: Path) -> dict[int, str]:
    """Command lines by process id, of all processes whose command or environment names `path`.

    Args:
        path: A folder that only this test uses: it is in the command of the server, and the
            worker and the MLflow UI inherit an environment that names it.
    """
    wanted = os.fsencode(path)
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        # A process may end while it is looked at; a zombie has no command line left.
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            if command and wanted in command + (entry / "environ").read_bytes():
                found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def server_of(path: Path) -> int:
    """The process id of the language server that runs for a test's folder."""
    servers = [pid for pid, command in processes_of(path).items() if "serve.py" in command]
    assert len(servers) == 1, processes_of(path)
    return servers[0]


def kill(pid: int) -> None:
    """Ends a process as a crash would: it gets no chance to tidy up."""
    with contextlib.suppress(ProcessLookupError):  # its parent may have been first
        os.kill(pid, signal.SIGKILL)
