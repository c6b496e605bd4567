"""Temporary folders and locks that tell by themselves whether their process is still there.

A process holds a lock of the system's on each of its own. However it ends, the system lets go of it,
and the next process that needs a folder or a lock removes what nobody holds. Only what belongs to
the user is touched, and no link is followed. Windows has no such locks on folders: there nothing is
removed but what a process removes at its own end.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

FOLDERS = "dspy-flavor-held-"
LOCKS = "dspy-companion-lock-"


@contextlib.contextmanager
def temporary_folder() -> Iterator[str]:
    """Make a folder that is gone after the block; remove first what killed processes left of theirs.

    Yields:
        The folder's path.
    """
    remove_left()
    path, held = _made()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if held is not None:
            os.close(held)


@contextlib.contextmanager
def one_process(name: str) -> Iterator[None]:
    """Let one process of the user's at a time into the block, among those that say the same name.

    Args:
        name: Letters and digits; it is part of a file's name.
    """
    if sys.platform == "win32":
        yield
        return
    file = Path(tempfile.gettempdir(), f"{LOCKS}{os.getuid()}-{name}")
    held = _locked(file)
    try:
        yield
    finally:
        # While it is held: who waits for it looks whether it is still there.
        with contextlib.suppress(OSError):
            file.unlink()
        os.close(held)


def remove_left() -> None:
    """Remove the folders and locks of processes that are gone."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(FOLDERS):
                _remove(Path(entry.path), os.O_DIRECTORY)
            elif entry.name.startswith(f"{LOCKS}{os.getuid()}-"):
                _remove(Path(entry.path), os.O_NONBLOCK)


def _made() -> tuple[str, int | None]:
    """Make a folder and hold it; without a hold where the system has none to give."""
    while True:
        path = tempfile.mkdtemp(prefix=FOLDERS)
        if sys.platform == "win32":
            return path, None
        import fcntl

        try:
            held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:  # another process found it before it was held
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
        except OSError:  # a file system without locks: nobody else can take it for left, either
            os.close(held)
            return path, None
        if _is_at(held, path):
            return path, held
        os.close(held)


def _locked(file: Path) -> int:
    """Wait for a lock, and make sure that it is the one that the others wait for."""
    import fcntl

    while True:
        held = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
        except BaseException:
            os.close(held)
            raise
        if _is_at(held, file):
            return held
        os.close(held)


def _remove(path: Path, kind: int) -> None:
    """Remove a folder or a lock of the user's that no process holds."""
    import fcntl

    try:
        held = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | kind)
    except OSError:
        return
    try:
        if os.fstat(held).st_uid != os.getuid():
            return
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_at(held, path):
            return
        if kind == os.O_DIRECTORY:
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    except OSError:  # a living process holds it
        return
    finally:
        os.close(held)


def _is_at(held: int, path: str | Path) -> bool:
    """Whether what is held is still what a path leads to."""
    try:
        return os.path.samestat(os.fstat(held), os.stat(path, follow_symlinks=False))  # noqa: PTH116
    except FileNotFoundError:
        return False
