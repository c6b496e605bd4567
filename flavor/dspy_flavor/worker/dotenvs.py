"""The environment of a logged version that is run: the workspace's dotenv, where its code loads one.

When a file is run, its own `load_dotenv()` finds the `.env` of the workspace. The code of a logged
model lies in the store, so the same call would find nothing there, and the model holds no credential.
"""

import ast
import contextlib
import importlib.util
from pathlib import Path
from typing import Any

from dspy_flavor.slicer import dotted, origins_of

_LOADS = frozenset({"dotenv.load_dotenv", "dotenv.main.load_dotenv"})


def load_dotenv_of(code: str | None, folder: Path) -> None:
    """Load what a model's code loads.

    Args:
        code: The slice that was logged; None where it is gone.
        folder: Where the search for a `.env` begins: the file's folder, or the workspace's.
    """
    if importlib.util.find_spec("dotenv") is None:
        return
    from dotenv import load_dotenv

    for given, override in _loads(code or ""):
        file = Path(given) if given is not None else _nearest(folder)
        if file is not None and file.is_file():
            load_dotenv(file, override=override)


def _loads(code: str) -> list[tuple[str | None, bool]]:
    """Return path and override of each load of a dotenv; None for a path that is searched for."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    origins, found = origins_of(tree), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func, origins) in _LOADS:
            named = {k.arg: k.value for k in node.keywords}
            path = node.args[0] if node.args else named.get("dotenv_path")
            found.append((_constant(path, str), _constant(named.get("override"), bool) or False))
    return found


def _constant(node: ast.expr | None, kind: type) -> Any:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, kind) else None


def _nearest(folder: Path) -> Path | None:
    """Return the `.env` of a folder, or of the nearest one above it."""
    for each in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            if (each / ".env").is_file():
                return each / ".env"
    return None
