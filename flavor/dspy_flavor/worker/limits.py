"""Limits of a job's process, and the ties that leave no orphan behind."""

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent() -> None:
    """Have the kernel end this process when the one that started it ends (Linux)."""
    parent = os.getppid()
    if _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) and os.getppid() != parent:
        os._exit(1)


def become_subreaper() -> None:
    """Have processes that a job leaves behind become this process's children (Linux)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    with contextlib.suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
    return False


def limit_memory(megabytes: int) -> None:
    """Bound what this process may take beside what it has now."""
    if not megabytes or sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        bound = size + megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def kill_strays(known: set[int]) -> None:
    """End what jobs left behind in sessions of their own: no job runs now (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    own = os.getpid()
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        for pid in map(int, children):
            if pid in known or _is_spare(pid):
                continue
            with contextlib.suppress(ProcessLookupError, PermissionError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _is_spare(pid: int) -> bool:
    from .running import _kept, _spare

    return any(process.pid == pid for process in (*_spare, *_kept))
