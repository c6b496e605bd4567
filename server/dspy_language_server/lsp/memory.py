"""What a person chose, kept for the next time: one small file for each workspace, outside of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

_SECRET = re.compile(r"key|token|secret|passw|credential|auth", re.IGNORECASE)
_LARGEST = 1_000_000


def state_folder() -> Path:
    """Where a user's programs keep what they remember, on this system."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "dspy-companion"


class Memory:
    """Choices by file and object of one workspace.

    Nothing of it decides what is run without a question except what a person agreed to for
    exactly the same lines. A file that cannot be read or written costs the choices, no more.
    """

    def __init__(self, workspace: str, folder: Path) -> None:
        """Read what was kept.

        Args:
            workspace: The workspace's folder; it is only a name here.
            folder: Where the file is kept.
        """
        name = hashlib.sha256(workspace.encode()).hexdigest()[:32]
        self._path = folder / f"{name}.json"
        self._workspace = workspace
        self._choices: dict[str, dict[str, Any]] = self._read()

    def get(self, *place: str) -> dict[str, Any]:
        """The choices for a place: nothing, a file, or a file and an object."""
        return dict(self._choices.get("\n".join(place), {}))

    def keep(self, *place: str, **choices: Any) -> None:
        """Remembers choices for a place; None forgets one. What looks like a secret is not kept."""
        key = "\n".join(place)
        known = {**self._choices.get(key, {}), **{k: _plain(v) for k, v in choices.items()}}
        known = {name: value for name, value in known.items() if value is not None}
        if known == self._choices.get(key, {}):
            return
        self._choices[key] = known
        self._write()

    def forget(self) -> None:
        """Forgets all choices of the workspace."""
        self._choices = {}
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            kept = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            logger.warning("the choices in %s cannot be read: %s", self._path, error)
            return {}
        choices = kept.get("choices") if isinstance(kept, dict) else None
        if not isinstance(choices, dict):
            return {}
        return {key: value for key, value in choices.items() if isinstance(value, dict)}

    def _write(self) -> None:
        text = json.dumps({"workspace": self._workspace, "choices": self._choices}, indent=1)
        if len(text) > _LARGEST:
            logger.warning("more choices than are kept: %s is left as it was", self._path)
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._path.with_suffix(f".{os.getpid()}")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            new.replace(self._path)
        except OSError as error:
            logger.warning("choices cannot be kept in %s: %s", self._path, error)


def _plain(value: Any) -> Any:
    """A value without the entries whose names say that they are secret."""
    if isinstance(value, Mapping):
        return {k: v for k, v in value.items() if not _SECRET.search(str(k))}
    return value
