"""Files of a workspace or a command line: finding, reading and dismissing them, and pyproject.toml."""

from __future__ import annotations

import fnmatch
import io
import os
import stat
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from dspy_language_server.rules.catalog import CODES
from dspy_language_server.rules.configuration import DEFAULT, SECTION, Configuration, read

SUFFIXES = (".py", ".ipynb")
ALWAYS_EXCLUDED = frozenset(
    {
        ".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", ".env", "__pycache__", ".mypy_cache",
        ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", "node_modules", "site-packages",
        "__pypackages__", "mlruns", "mlartifacts",
    }
)  # fmt: skip
WORD = b"dspy"
MAX_BYTES = 20_000_000
"""Files above this are data, not programs."""


class FolderConfiguration(NamedTuple):
    """`[tool.dspy-companion]` of the pyproject.toml that holds for a folder."""

    rules: Configuration = DEFAULT
    path: str | None = None
    """The pyproject.toml that was read."""
    problems: tuple[str, ...] = ()
    """What is wrong in it, for people."""

    def excludes(self, path: str) -> bool:
        """Whether a file or folder is left out."""
        if not self.rules.exclude or self.path is None:
            return False
        try:
            relative = Path(path).absolute().relative_to(Path(self.path).parent).as_posix()
        except ValueError:
            return False
        parts = relative.split("/")
        beginnings = ["/".join(parts[: count + 1]) for count in range(len(parts))]
        return any(
            fnmatch.fnmatch(candidate, pattern.rstrip("/"))
            for pattern in self.rules.exclude
            for candidate in (*beginnings, parts[-1])
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
        raise UnreadableFileError(
            f"The file cannot be decoded: {error.msg or error}. Name its encoding in a coding comment."
        ) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(
            f"The file is not {error.encoding.upper()}: byte {data[error.start]:#04x} on line {line} "
            "cannot be decoded. Save it as UTF-8, or declare its encoding in a coding comment."
        ) from error
    except (LookupError, UnicodeError) as error:  # `rot13`: a codec, and no encoding of text
        raise UnreadableFileError(
            f"The file cannot be decoded: {error}. Save it as UTF-8, and take out its coding comment."
        ) from error


def read_bytes(path: str) -> bytes:
    """A file's bytes, or a clear error; what is no regular file is not opened: it may never end."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - as below
            raise UnreadableFileError("This is no regular file, so it is not read.")
        with open(path, "rb") as file:  # noqa: PTH123 - thousands of files: Path costs as much as reading
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableFileError(f"The file cannot be read: {error.strerror or error}.") from error
    if len(data) > MAX_BYTES:
        raise UnreadableFileError(f"The file is larger than {MAX_BYTES:,} bytes.")
    return data


def read_or_none(path: str) -> str | None:
    """A file's text, or None where there is none to be had."""
    try:
        return decode(read_bytes(path))
    except UnreadableFileError:
        return None


def mentions_dspy(path: str) -> bool:
    """Whether a file can have anything to do with DSPy; most are dismissed by this alone."""
    try:
        return WORD in read_bytes(path)
    except UnreadableFileError:
        return False


# Walking ----------------------------------------------------------------------------------------


def walk(paths: Iterable[Path], configuration: FolderConfiguration) -> Iterator[str]:
    """The Python files and notebooks at and below the paths, in order, none twice.

    A file given by name always counts; below a folder, what is excluded is left out.
    """
    seen: set[str] = set()
    for path in paths:
        for file in (
            _below("" if str(path) == "." else str(path), configuration)
            if path.is_dir()
            else (str(path),)
        ):
            if file not in seen:
                seen.add(file)
                yield file


def _below(folder: str, configuration: FolderConfiguration) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
        except OSError:
            continue
        path = os.path.join(folder, entry.name)  # noqa: PTH118 - without the `./` of entry.path
        if is_folder:
            if entry.name not in ALWAYS_EXCLUDED and not configuration.excludes(path):
                yield from _below(path, configuration)
        elif entry.name.endswith(SUFFIXES) and not configuration.excludes(path):
            yield path


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
            if SECTION.encode() in read_bytes(str(candidate)):
                return candidate
        except UnreadableFileError:
            continue
    return None


def read_configuration(folder: str | None) -> FolderConfiguration:
    """The configuration of a folder; never raises: what is wrong is told in `problems`."""
    path = find_pyproject(Path(folder).absolute()) if folder is not None else None
    if path is None:
        return FolderConfiguration()
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return FolderConfiguration(path=str(path), problems=(f"{path}: {error}",))
    rules, problems = read(text, CODES)
    return FolderConfiguration(rules, str(path), tuple(f"{path}: {p.message}" for p in problems))
