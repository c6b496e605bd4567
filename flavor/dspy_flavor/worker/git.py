"""The commit of a file's repository: read by git, which runs nothing of the repository."""

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 5
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0")


@dataclass(frozen=True)
class Commit:
    """Where a repository stands."""

    sha: str
    dirty: bool


class Asking:
    """A question to git that is answered while the job goes on."""

    def __init__(self, file: str) -> None:
        """Ask for the commit of a file's repository."""
        folder = Path(file).parent
        self._processes = [
            self._start(folder, "rev-parse", "--verify", "HEAD"),
            self._start(folder, "status", "--porcelain", "--untracked-files=no"),
        ]

    @staticmethod
    def _start(folder: Path, *arguments: str) -> "subprocess.Popen[str] | None":
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
        with contextlib.suppress(OSError):
            return subprocess.Popen(  # noqa: S603 - fixed arguments
                ["git", *_SAFE, *arguments],  # noqa: S607 - git as the user's shell finds it
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return None

    def answer(self) -> Commit | None:
        """Return the commit; None outside of a repository or without git."""
        texts = []
        for process in self._processes:
            if process is None:
                return None
            try:
                text, _ = process.communicate(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                return None
            if process.returncode != 0:
                return None
            texts.append(text.strip())
        return Commit(texts[0], bool(texts[1]))
