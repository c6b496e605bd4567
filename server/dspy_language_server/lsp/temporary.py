"""A session's folder for what it shows: gone with the session, or removed by the next one's.

The process holds a lock of the system's on its folder. However it ends, the system lets go of it, and
the next session that makes a folder removes those that nobody holds: only the user's own, and no link
is followed. Windows has no such locks on folders: a session removes its own there, at its end.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

PREFIX = "dspy-companion-shown-"


class SessionFolder:
    """A temporary folder, held as long as it is there."""

    def __init__(self) -> None:
        """Make one; first remove what killed sessions left."""
        remove_left()
        self.path, self._held = _made()

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._held is not None:
            os.close(self._held)
            self._held = None


def remove_left() -> None:
    """Remove the folders of sessions that are gone."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            _remove(path)


def _made() -> tuple[Path, int | None]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        if sys.platform == "win32":
            return path, None
        try:
            held = _opened(path)
        except FileNotFoundError:  # another session found it before it was held
            continue
        if not _hold(held, wait=True):  # no locks here: nobody else can take it for left, either
            os.close(held)
            return path, None
        if _is_at(held, path):
            return path, held
        os.close(held)


def _remove(path: Path) -> None:
    try:
        held = _opened(path)
    except OSError:
        return
    if _is_own(held) and _hold(held, wait=False) and _is_at(held, path):
        shutil.rmtree(path, ignore_errors=True)
    os.close(held)


if sys.platform != "win32":
    import fcntl

    def _opened(path: Path) -> int:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)

    def _is_own(held: int) -> bool:
        return os.fstat(held).st_uid == os.getuid()

    def _hold(held: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(held, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _is_at(held: int, path: Path) -> bool:
        """Whether what is held is still what a path leads to."""
        try:
            return os.path.samestat(os.fstat(held), path.lstat())
        except FileNotFoundError:
            return False
