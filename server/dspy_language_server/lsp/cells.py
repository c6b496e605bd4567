"""Where the code cells of a notebook stand in the one program that they make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Cell:
    """A code cell: its URI, and the lines that it has in the notebook's program."""

    uri: str
    first_line: int
    line_count: int


def place_cells(cells: Sequence[tuple[str, str]]) -> list[Cell]:
    """The places of (URI, text) cells, each of which begins on a line of its own."""
    placed = []
    line = 0
    for uri, text in cells:
        count = len(_LINE_BREAK.findall(text)) + 1
        placed.append(Cell(uri, line, count))
        line += count
    return placed


def cell_at(cells: Sequence[Cell], line: int) -> Cell | None:
    """The cell that holds a line of the program."""
    found = None
    for cell in cells:
        if cell.first_line > line:
            break
        found = cell
    return found
