"""Which interpreter a folder's programs run with, and what its dspy and mlflow are; found without starting it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

from dspy_language_server.environment.interpreter import detect
from dspy_language_server.environment.names import dialect_in
from dspy_language_server.lsp.files import import_roots
from dspy_language_server.signature.dialect import Dialect


class Environment(NamedTuple):
    """An interpreter and the releases that it has."""

    interpreter: str | None
    dspy_version: str | None
    mlflow_version: str | None
    dialect: Dialect
    degraded: tuple[str, ...] = ()
    """What is missing or only approximated, each in a sentence for people."""


def find_environment(
    *, folder: str | None, interpreter: str, dspy_version: str, trusted: bool
) -> Environment:
    """The environment of a workspace folder.

    Args:
        folder: The folder's path; None for files outside of all folders.
        interpreter: The setting; empty to look for one.
        dspy_version: The setting; empty to take the interpreter's.
        trusted: Whether an interpreter inside the folder may be considered.
    """
    degraded: list[str] = []
    found = _interpreter(folder, interpreter, trusted=trusted)
    if interpreter and found is None:
        degraded.append(
            f"The interpreter {interpreter!r} of the setting dspy.interpreter does not exist."
        )
    details = detect(found) if found else None
    dspy = dspy_version or (details.dspy if details else None)
    mlflow = details.mlflow if details else None
    workspace = tuple(import_roots(folder)) if folder is not None else ()
    dialect = dialect_in(details, dspy_version or None, workspace)
    where = found or "the workspace"
    if dspy is None:
        degraded.append(
            f"No dspy was found in {where}: the checks follow dspy {dialect.version}. "
            f"Install it with `{found or 'python'} -m pip install dspy`."
        )
    elif dialect.note:
        degraded.append(dialect.note)
    if found and mlflow is None:
        degraded.append(
            f"No mlflow was found in {where}: programs cannot be logged. "
            f"Install it with `{found} -m pip install mlflow`."
        )
    return Environment(found, dspy, mlflow, dialect, tuple(degraded))


def _interpreter(folder: str | None, setting: str, *, trusted: bool) -> str | None:
    """Setting, then the folder's virtual environment, then PATH."""
    if setting:
        path = Path(os.path.expandvars(setting)).expanduser()
        if folder is not None and not path.is_absolute() and len(path.parts) > 1:
            path = Path(folder) / path
        return str(path) if path.is_file() else shutil.which(setting)
    if trusted and folder is not None:
        for name in (".venv", "venv"):
            for place in ("bin/python", "Scripts/python.exe"):
                candidate = Path(folder) / name / place
                if candidate.is_file():
                    return str(candidate)
    return shutil.which("python3") or shutil.which("python")
