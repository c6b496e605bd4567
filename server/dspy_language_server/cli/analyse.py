"""Analyses many files on all cores: those without the word dspy are dismissed unread by the parser."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from dspy_language_server.cli import UsageError
from dspy_language_server.environment.names import dialect_of
from dspy_language_server.lsp import files
from dspy_language_server.lsp.cells import Cell, cell_at, place_cells
from dspy_language_server.lsp.paths import to_path, to_uri
from dspy_language_server.program.program import Program
from dspy_language_server.program.project import Project
from dspy_language_server.rules.catalog import CODES
from dspy_language_server.rules.configuration import Configuration
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Span
from dspy_language_server.source.notebook import NotebookError, read_notebook

UNREADABLE = "DSP900"
CHUNK = 64
"""Files per task; below this number in all, starting processes costs more than it gains."""
MOST_GARBAGE = 2_000_000
"""Objects (about 200 MB) that a process may leave behind before it collects them."""


@dataclass(frozen=True)
class Task:
    """What is the same for all files of a run."""

    python: str | None
    dspy_version: str | None
    configuration: Configuration
    roots: tuple[str, ...]


@dataclass(frozen=True)
class Analysed:
    """One file: its program, or why there is none."""

    path: str
    program: Program | None
    dialect: Dialect
    cells: tuple[tuple[int, Cell], ...] = ()
    """For a notebook: each code cell and its number, counted from 1 over all cells."""
    error: str | None = None

    def place(self, span: Span) -> dict[str, Any]:
        """Cell, start and end of a span, from 1, in code points."""
        assert self.program is not None
        document = self.program.document
        start = document.position(span.start, "utf-32")
        end = document.position(span.end, "utf-32")
        cell = cell_at([cell for _, cell in self.cells], start.line)
        first = cell.first_line if cell is not None else 0
        found: dict[str, Any] = {}
        if cell is not None:
            found["cell"] = next(number for number, known in self.cells if known is cell)
        found["start"] = {"line": start.line - first + 1, "column": start.column + 1}
        found["end"] = {"line": end.line - first + 1, "column": end.column + 1}
        return found


Report = Callable[[Analysed, Task], list[dict[str, Any]]]
Result = TypeVar("Result")


def plan(
    paths: Iterable[str],
    *,
    python: str | None,
    dspy_version: str | None,
    select: str = "",
    ignore: str = "",
) -> tuple[list[str], Task, tuple[str, ...]]:
    """The files of a run, what is the same for all, and what is wrong with pyproject.toml.

    Raises:
        UsageError: A path, the interpreter or a code that does not exist.
    """
    given = [Path(path) for path in paths]
    for path in given:
        if not path.exists():
            raise UsageError(f"{path} does not exist.")
    if python is not None and not Path(python).exists():
        raise UsageError(f"The interpreter {python} does not exist (--python).")
    first = given[0] if given[0].is_dir() else given[0].parent
    found = files.read_configuration(str(first))
    own = found.rules
    rules = replace(
        own,
        select=_codes(select) or own.select,
        ignore=(*_codes(ignore), *own.ignore),
    )
    roots = dict.fromkeys(
        root
        for path in given
        for root in files.import_roots(str((path if path.is_dir() else path.parent).absolute()))
    )
    if found.path is not None:
        roots.update(dict.fromkeys(files.import_roots(str(Path(found.path).parent))))
    task = Task(python, dspy_version, rules, tuple(roots))
    return list(files.walk(given, found)), task, found.problems


def _codes(text: str) -> tuple[str, ...]:
    """Codes from the command line, comma-separated.

    Raises:
        UsageError: One that no rule begins with.
    """
    codes = tuple(code.strip().upper() for code in text.split(",") if code.strip())
    for code in codes:
        if code != "ALL" and not any(known.startswith(code) for known in CODES):
            raise UsageError(f"{code} is no code and no beginning of one (such as DSP1, DSP204).")
    return codes


def run(paths: list[str], task: Task, report: Report) -> Iterator[dict[str, Any]]:
    """What `report` says about each file, in the order of the paths."""
    chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
    cores = min(len(chunks), os.cpu_count() or 1)
    if cores < 2:
        collected = gc.isenabled()
        gc.disable()
        try:
            for chunk in chunks:
                yield from _chunk((chunk, task, report))
        finally:
            if collected:
                gc.enable()
        return
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with multiprocessing.get_context(method).Pool(cores, gc.disable) as pool:
        for entries in pool.imap(_chunk, [(chunk, task, report) for chunk in chunks]):
            yield from entries


def _chunk(work: tuple[list[str], Task, Report]) -> list[dict[str, Any]]:
    # A program is a net of objects that all live until its chunk is done: collecting garbage while it
    # grows looks at everything again and again and finds nothing.
    entries = _entries(*work)
    if gc.get_count()[0] > MOST_GARBAGE:
        gc.collect()
    return entries


def _entries(paths: list[str], task: Task, report: Report) -> list[dict[str, Any]]:
    dialect = dialect_of(task.python, task.dspy_version, task.roots)
    project: Project | None = None
    opened: list[Analysed | _Opened | _Dismissed] = []
    for path in paths:
        try:
            data = files.read_bytes(path)
        except files.UnreadableFileError as error:
            opened.append(Analysed(path, None, dialect, error=str(error)))
            continue
        if files.WORD not in data:
            opened.append(_Dismissed(path))
            continue
        if project is None:
            project = _project(task, dialect)
        opened.append(_open(path, data, project, dialect))
    if project is None:
        return [
            entry for each in opened if isinstance(each, Analysed) for entry in report(each, task)
        ]
    # Only now: what one file has another's metric judge is known before either is told.
    entries: list[dict[str, Any]] = []
    imported = _imported(project, opened)
    for each in opened:
        if isinstance(each, Analysed):
            entries += report(each, task)
        elif isinstance(each, _Opened):
            program = project.program(each.uri)
            entries += report(Analysed(each.path, program, dialect, each.cells), task)
        elif imported and (uri := to_uri(str(Path(each.path).absolute()))) in imported:
            entries += report(Analysed(each.path, project.program(uri), dialect), task)
    return entries


@dataclass(frozen=True)
class _Dismissed:
    """A file without the word dspy; it is looked at where one with it imports it."""

    path: str


def _imported(project: Project, opened: list[Analysed | _Opened | _Dismissed]) -> set[str]:
    """The URIs of files that were read only because another one imports them."""
    own = {each.uri for each in opened if isinstance(each, _Opened)}
    for uri in own:
        if (program := project.program(uri)) is not None:
            program.analysis.units()
    return {program.uri for program in project.programs()} - own


@dataclass(frozen=True)
class _Opened:
    """A file that the project knows, and the cells of a notebook."""

    path: str
    uri: str
    cells: tuple[tuple[int, Cell], ...] = ()


def _project(task: Task, dialect: Dialect) -> Project:
    return Project(
        dialect=dialect,
        roots=task.roots,
        read=files.read_or_none,
        to_uri=to_uri,
        to_path=to_path,
    )


def _open(path: str, data: bytes, project: Project, dialect: Dialect) -> Analysed | _Opened:
    uri = to_uri(str(Path(path).absolute()))
    cells: tuple[tuple[int, Cell], ...] = ()
    try:
        if path.endswith(".ipynb"):
            read = read_notebook(data.decode("utf-8-sig"))
            if isinstance(read, NotebookError):
                raise read
            sources = [(f"{uri}#{cell.number}", cell.source) for cell in read]
            project.open_notebook(uri, sources)
            placed = place_cells(sources)
            cells = tuple((cell.number, where) for cell, where in zip(read, placed, strict=True))
        else:
            project.open(uri, files.decode(data))
    except (files.UnreadableFileError, NotebookError, UnicodeDecodeError) as error:
        return Analysed(path, None, dialect, error=str(error))
    return _Opened(path, uri, cells)
