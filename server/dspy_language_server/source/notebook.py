"""Notebooks: the code cells of an .ipynb file, or of an editor, as one Python text in order."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Change
from dspy_language_server.source.statements import CELL

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_MAGIC = re.compile(r"([ \t]*)(?:[%!]|\?{1,2}\w|[\w.]+\?{1,2}[ \t]*$)")
# Magics that run what follows as the cell's own Python.
_RUNS_CELL = re.compile(r"\s*%%(?:time|timeit|capture|prun)\b")
_RUNS_LINE = re.compile(
    r"([ \t]*)%(?:time|timeit|prun)(?:[ \t]+-[a-zA-Z]\w*(?:[ \t]+\d+)?)*[ \t]+(?=[^\s\-#])"
)


class NotebookError(ValueError):
    """The file is no notebook; the message says why, for people."""


class Cell(NamedTuple):
    """A code cell of a file: its source, and its number over all cells, from 1."""

    number: int
    source: str


def read_notebook(text: str) -> list[Cell] | NotebookError:
    """The code cells of an .ipynb file, or the reason why it cannot be read."""
    try:
        content = json.loads(text)
    except ValueError as error:
        return NotebookError(f"The notebook is not valid JSON: {error}.")
    except RecursionError:
        return NotebookError("The notebook is nested too deeply.")
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        return NotebookError("The notebook has no list of cells (nbformat 4 is needed).")
    return [
        Cell(number, _source(cell))
        for number, cell in enumerate(cells, start=1)
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    ]


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def blanked(source: str) -> str:
    """A cell's source without magics and shell lines, every other offset as it was.

    What `%time` and `%%time` run is Python like any other.
    """
    if source.lstrip().startswith("%%") and not _RUNS_CELL.match(source):
        return re.sub(r"[^\r\n]", " ", source)
    if not any(mark in source for mark in "%!?"):
        return source
    lines: list[str] = []
    continued = False
    for found in _LINE.finditer(source):
        line = found[0]
        if not line:
            continue
        content = line.rstrip("\r\n")
        magic = _MAGIC.match(content)
        running = None if continued else _RUNS_LINE.match(content)
        if running is not None:
            indent = running[1]
            prefix = "pass".ljust(running.end() - len(indent) - 2) + "; "
            lines.append(indent + prefix + line[running.end() :])
        elif continued or magic is not None:
            indent = "" if magic is None else magic[1]
            lines.append(_placeholder(content, indent) + line[len(content) :])
            continued = content.endswith("\\")
        else:
            lines.append(line)
    return "".join(lines)


def _placeholder(content: str, indent: str) -> str:
    """Blanks of the same length; within a block a `pass`, so that the block is not empty."""
    if indent and len(content) - len(indent) >= 4:
        return (indent + "pass").ljust(len(content))
    return " " * len(content)


def joined_cells(sources: Sequence[str]) -> str:
    """The cells as one text, each on lines of its own; nothing continues from one to the next."""
    return CELL.join(blanked(source) for source in sources)


class CellMap:
    """Where each cell's source stands within the joined text."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._lengths = [len(source) for source in sources]
        self._starts: list[int] = []
        self._place()

    def _place(self) -> None:
        self._starts = []
        at = 0
        for length in self._lengths:
            self._starts.append(at)
            at += length + len(CELL)

    def offset(self, cell: int, offset: int) -> int:
        """The offset in the joined text for one in a cell (cells from 0)."""
        return self._starts[cell] + min(max(offset, 0), self._lengths[cell])

    def cell_at(self, offset: int) -> tuple[int, int]:
        """The cell (from 0) and the offset in it for one in the joined text."""
        cell = max(bisect_right(self._starts, offset) - 1, 0)
        if not self._starts:
            return 0, 0
        return cell, min(offset - self._starts[cell], self._lengths[cell])

    def replace(self, cell: int, source: str) -> Change:
        """Takes over a cell's new source; returns the change of the joined text."""
        start = self._starts[cell]
        change = Change(Span(start, start + self._lengths[cell]), blanked(source))
        self._lengths[cell] = len(source)
        self._place()
        return change
