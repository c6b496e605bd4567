"""Files of a workspace or a command line: finding, reading and dismissing them, and pyproject.toml."""

from __future__ import annotations

import fnmatch
import io
import os
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SUFFIXES = (".py", ".ipynb")
ALWAYS_EXCLUDED = frozenset(
    {
        ".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", ".env", "__pycache__", ".mypy_cache",
        ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", "node_modules", "site-packages",
        "__pypackages__", "mlruns", "mlartifacts",
    }
)  # fmt: skip
MAX_BYTES = 20_000_000
"""Files above this are data, not programs."""

SEVERITIES = ("error", "warning", "information", "hint", "off")


@dataclass(frozen=True)
class Configuration:
    """`[tool.dspy-companion]` of a pyproject.toml."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    """The severity of a code or family, in place of the rule's own; `off` drops it."""
    exclude: tuple[str, ...] = ()
    dspy_version: str = ""
    path: str | None = None
    """The pyproject.toml that was read."""
    problems: tuple[str, ...] = ()
    """What is wrong in it, each with the key."""

    def excludes(self, path: Path, root: Path) -> bool:
        """Whether a file or folder below `root` is left out."""
        if not self.exclude:
            return False
        try:
            relative = path.relative_to(root).as_posix()
        except ValueError:
            relative = path.as_posix()
        return any(
            fnmatch.fnmatch(relative, pattern)
            or fnmatch.fnmatch(relative, f"{pattern.rstrip('/')}/*")
            or fnmatch.fnmatch(path.name, pattern)
            for pattern in self.exclude
        )


# Reading ----------------------------------------------------------------------------------------


class UnreadableFileError(Exception):
    """A file whose text cannot be had; the message says why, for people."""


def decode(data: bytes) -> str:
    """The text of Python source: UTF-8, or what its coding comment says; line ends are kept."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except SyntaxError as error:
        raise UnreadableFileError(f"The file cannot be decoded: {error.msg or error}.") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(
            f"The file is not {error.encoding.upper()}: byte {data[error.start]:#04x} on line {line} "
            "cannot be decoded. Save it as UTF-8, or declare its encoding in a coding comment."
        ) from error


def read_bytes(path: str) -> bytes:
    """A file's bytes, or a clear error."""
    try:
        size = os.stat(path).st_size
        if size > MAX_BYTES:
            raise UnreadableFileError(f"The file has {size:,} bytes; at most {MAX_BYTES:,} are read.")
        with open(path, "rb") as file:  # noqa: PTH123 - thousands of files: Path costs as much as reading
            return file.read()
    except OSError as error:
        raise UnreadableFileError(f"The file cannot be read: {error.strerror or error}.") from error


def read_or_none(path: str) -> str | None:
    """A file's text, or None where there is none to be had."""
    try:
        return decode(read_bytes(path))
    except UnreadableFileError:
        return None


# Walking ----------------------------------------------------------------------------------------


def walk(paths: Iterable[Path], configuration: Configuration) -> Iterator[str]:
    """The Python files and notebooks at and below the paths, sorted; a path given by name always counts."""
    seen: set[str] = set()
    for path in paths:
        found = _below(path, path, configuration) if path.is_dir() else [str(path)]
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file


def _below(folder: Path, root: Path, configuration: Configuration) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
        except OSError:
            continue
        if is_folder:
            if entry.name not in ALWAYS_EXCLUDED and not (
                configuration.exclude and configuration.excludes(Path(entry.path), root)
            ):
                yield from _below(Path(entry.path), root, configuration)
        elif entry.name.endswith(SUFFIXES) and not (
            configuration.exclude and configuration.excludes(Path(entry.path), root)
        ):
            yield entry.path


def import_roots(folder: str) -> list[str]:
    """The folders that a workspace's modules are imported from."""
    source = os.path.join(folder, "src")  # noqa: PTH118
    return [folder, source] if os.path.isdir(source) else [folder]  # noqa: PTH112


# pyproject.toml ---------------------------------------------------------------------------------


def find_pyproject(start: Path) -> Path | None:
    """The nearest pyproject.toml with a table of ours, at `start` or above."""
    for folder in (start, *start.parents):
        candidate = folder / "pyproject.toml"
        try:
            if candidate.is_file() and b"dspy-companion" in candidate.read_bytes():
                return candidate
        except OSError:
            continue
    return None


def read_configuration(folder: str | None) -> Configuration:
    """The configuration of a folder; never raises: what is wrong is told in `problems`."""
    path = find_pyproject(Path(folder)) if folder is not None else None
    if path is None:
        return Configuration()
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return Configuration(path=str(path), problems=(f"{path} is not valid TOML: {error}",))
    table = tree.get("tool", {})
    table = table.get("dspy-companion", {}) if isinstance(table, dict) else {}
    return parse_configuration(table, str(path))


def parse_configuration(table: object, path: str | None = None) -> Configuration:
    """`[tool.dspy-companion]` as data; a key that is wrong is told and left out."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    if not isinstance(table, dict):
        return Configuration(path=path, problems=(f"{path}: [tool.dspy-companion] is no table",))
    for key, value in table.items():
        match key:
            case "select" | "ignore" | "exclude" if _strings(value):
                values[key] = tuple(value)
            case "dspy-version" if isinstance(value, str):
                values["dspy_version"] = value
            case "severity" if isinstance(value, dict) and all(
                level in SEVERITIES for level in value.values()
            ):
                values["severity"] = dict(value)
            case "select" | "ignore" | "exclude":
                problems.append(f"{path}: {key} must be a list of strings")
            case "dspy-version":
                problems.append(f"{path}: dspy-version must be a string")
            case "severity":
                problems.append(
                    f"{path}: severity must map codes to one of {', '.join(SEVERITIES)}"
                )
            case _:
                problems.append(f"{path}: [tool.dspy-companion] has no key {key!r}")
    return Configuration(**values, path=path, problems=tuple(problems))


def _strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
