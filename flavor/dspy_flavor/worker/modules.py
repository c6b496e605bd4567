"""The workspace's own modules that a slice imports, followed from file to file: read, never imported."""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .build import package_of
from .places import relative
from .record import clean, readable

MODULES = "source/modules.json"
_MOST = 300
_LARGEST = 1_000_000
_NOT_OURS = frozenset({"site-packages", "dist-packages", "node_modules", ".venv", "venv"})

Modules = dict[str, str]
"""Texts by the path that people of the project use."""


def modules_of(code: str, subject: dict[str, Any], root: str) -> Modules:
    """Return the text of each file of the workspace that a slice imports, directly or through others.

    Args:
        code: The slice.
        subject: The file that it was cut from.
        root: The workspace's folder.
    """
    top, package = package_of(Path(subject["path"]))
    places = list(dict.fromkeys([top, Path(root)]))
    found: dict[Path, str] = {}
    waiting = list(_imported(code, package))
    while waiting and len(found) < _MOST:
        for file in _files(waiting.pop(), places):
            if file in found or file == Path(subject["path"]):
                continue
            text = _read(file)
            if text is None:
                continue
            found[file] = text
            inner = ".".join(_name_within(file, places)[:-1])
            waiting += _imported(text, inner)
    shown = {relative(str(file), root): text for file, text in found.items()}
    return dict(sorted(shown.items()))


def _imported(code: str, package: str) -> Iterator[str]:
    """Yield the full names that a text imports; `from a import b` may mean `a` or `a.b`."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                outer = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*outer, *([base] if base else [])])
            if base:
                yield base
            yield from (f"{base}.{alias.name}".lstrip(".") for alias in node.names)


def _files(name: str, places: list[Path]) -> Iterator[Path]:
    """Yield the files of a module and of the packages around it."""
    parts = name.split(".")
    if parts[0] in sys.stdlib_module_names:
        return
    for place in places:
        if not (place / parts[0]).is_dir() and not (place / f"{parts[0]}.py").is_file():
            continue
        for count in range(1, len(parts) + 1):
            base = place.joinpath(*parts[:count])
            for file in (base / "__init__.py", base.with_name(f"{base.name}.py")):
                if not _NOT_OURS.intersection(file.parts) and file.is_file():
                    yield file
        return


def _name_within(file: Path, places: list[Path]) -> tuple[str, ...]:
    for place in places:
        if place in file.parents:
            return file.relative_to(place).with_suffix("").parts
    return (file.stem,)


def _read(file: Path) -> str | None:
    try:
        if file.stat().st_size > _LARGEST:
            return None
        return file.read_text("utf-8", errors="replace")
    except OSError:
        return None


# --- What is kept of them with a run -------------------------------------------------------------


def kept(modules: Modules, credentials: Any) -> str:
    """Return the modules as a run keeps them: a digest to compare by, and a text to look at."""
    return json.dumps(
        {
            path: {"sha256": _digest(text), "text": clean(text, credentials)}
            for path, text in modules.items()
        },
        indent=1,
    )


def kept_of(text: str | None) -> dict[str, dict[str, str]] | None:
    """Return what a run kept; None for one that kept none."""
    try:
        read = json.loads(text or "null")
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def have_changed(before: dict[str, dict[str, str]] | None, now: Modules) -> bool:
    """Whether a module that was imported then is another now; what was not kept cannot be told."""
    if before is None:
        return False
    digests = {path: each.get("sha256") for path, each in before.items()}
    return digests != {path: _digest(text) for path, text in now.items()}


def with_modules(code: str, texts: Modules, others: Modules) -> str:
    """Return a slice with the modules behind it that are not the same on the other side."""
    different = [p for p in sorted({*texts, *others}) if texts.get(p) != others.get(p)]
    parts = [f"# ── {p} ──\n{texts.get(p, '# (is not imported)')}".rstrip() for p in different]
    return "\n\n\n".join([readable(code).rstrip(), *parts]) + "\n"


def unsaved_among(modules: Modules, subject: dict[str, Any], root: str) -> list[str]:
    """Return a note for each module whose edits the editor has not saved: an import reads the disk."""
    unsaved = {relative(path, root) for path in subject.get("unsaved") or ()}
    return [
        f"{path} has unsaved edits that are not in the model: save it and log again."
        for path in modules
        if path in unsaved
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
