"""The commit of a file's repository: read by git, which runs nothing of the repository.

A repository's own settings may name programs: a file monitor, hooks, filters that files go through
when they are compared, a remote's command for objects that are missing. None is needed to tell a
commit, so each is switched off. The settings of the person and of the machine hold.
"""

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 5
_SAFE = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "gc.auto=0")
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "",  # a partial clone would fetch what is missing
    "GIT_NO_LAZY_FETCH": "1",
}
_NOT_TAKEN = ("GIT_", "LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES")
"""What a workspace's `.env` may have set: packages load it when they are imported."""
_OWN_SCOPES = frozenset({"local", "worktree"})


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
        self._processes: list[subprocess.Popen[str] | None] = []
        without_filters = _without_filters(folder)
        if without_filters is not None:
            status = ("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=dirty")
            self._processes = [
                _start(folder, "rev-parse", "--verify", "HEAD"),
                _start(folder, *without_filters, *status),
            ]

    def answer(self) -> Commit | None:
        """Return the commit; None outside of a repository or without git."""
        texts = [_read(process) for process in self._processes]
        if not texts or None in texts:
            return None
        return Commit(str(texts[0]).strip(), bool(str(texts[1]).strip()))


def commit_of(path: str) -> str | None:
    """Return the commit of a file's or folder's repository; None outside of one or without git."""
    folder = Path(path) if Path(path).is_dir() else Path(path).absolute().parent
    return (_read(_start(folder, "rev-parse", "--verify", "HEAD")) or "").strip() or None


def keep_mlflow_from_asking() -> None:
    """Have MLflow take a commit from `commit_of`: what it asks git itself runs a file monitor."""
    from mlflow.utils import git_utils

    name = "get_git_commit"
    asked = vars(git_utils).get(name)
    for module in [m for key, m in sys.modules.items() if key.startswith("mlflow")]:
        if asked is not None and vars(module).get(name) is asked:
            vars(module)[name] = commit_of


def _start(folder: Path, *arguments: str) -> "subprocess.Popen[str] | None":
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_NOT_TAKEN)}
    with contextlib.suppress(OSError):
        return subprocess.Popen(  # noqa: S603 - fixed arguments
            ["git", *_SAFE, *arguments],  # noqa: S607 - git as the user's shell finds it
            cwd=folder,
            env={**environment, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    return None


def _read(process: "subprocess.Popen[str] | None", good: tuple[int, ...] = (0,)) -> str | None:
    """Return what git printed; None where it could not answer."""
    if process is None:
        return None
    try:
        text, _ = process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    return text if process.returncode in good else None


def _without_filters(folder: Path) -> list[str] | None:
    """Return arguments that switch off the filters that a repository defines; None if one cannot be.

    Git runs a filter on a file to see whether it has changed.
    """
    pattern = r"^filter\..*\.(clean|process)$"
    asked = ("config", "--null", "--show-scope", "--name-only", "--get-regexp", pattern)
    listed = _read(_start(folder, *asked), good=(0, 1))  # 1: there are none
    if listed is None:
        return None
    words = listed.split("\0")
    arguments: list[str] = []
    for scope, key in zip(words[::2], words[1::2], strict=False):
        if scope not in _OWN_SCOPES:
            continue
        if "=" in key:  # such a name cannot be set from outside
            return None
        name = key.rpartition(".")[0]
        arguments += ["-c", f"{key}=", "-c", f"{name}.required=false"]
    return arguments
