"""Places in the user's files as messages name them."""

from pathlib import Path
from typing import Any

from dspy_flavor.slicer import cell_of


def relative(path: str, root: str) -> str:
    """Return a file's path as people of the project call it."""
    try:
        return Path(path).resolve().relative_to(Path(root).resolve()).as_posix()
    except ValueError:
        return Path(path).name


def file_of(params: dict[str, Any]) -> str:
    """Return the file of a job as runs call it."""
    return relative(params["subject"]["path"], params["settings"]["root"])


def shown_file(params: dict[str, Any]) -> str:
    """Return the file of a job as messages call it: within the workspace, else its whole path."""
    path, root = params["subject"]["path"], params["settings"].get("root") or ""
    inside = Path(root).resolve() in Path(path).resolve().parents
    return relative(path, root) if inside else str(path)


def place(params: dict[str, Any], line: int) -> str:
    """Return a line as messages name it; in a notebook it counts within its cell."""
    cells = params["subject"].get("cells")
    if cells is None:
        return f"{shown_file(params)}, line {line}"
    number, within = cell_of(cells, line)
    return f"{shown_file(params)}, code cell {number}, line {within}"
