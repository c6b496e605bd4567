"""Where the code cells of a notebook stand in the one program that they make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from dspy_language_server.source.statements import CELL

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_BREAKS_BETWEEN = len(_LINE_BREAK.findall(CELL))


class Cell(NamedTuple):
    """A code cell: its URI, and the lines that it has in the notebook's program."""

    uri: str
    first_line: int
    line_count: int


def place_cells(cells: Sequence[tuple[str, str]]) -> list[Cell]:
    """The places of (URI, text) cells, joined as `source.notebook` does."""
    placed = []
    line = 0
    for uri, text in cells:
        breaks = len(_LINE_BREAK.findall(text))
        placed.append(Cell(uri, line, breaks + 1))
        line += breaks + _BREAKS_BETWEEN
    return placed


def cell_at(cells: Sequence[Cell], line: int) -> Cell | None:
    """The cell that holds a line of the program."""
    found = None
    for cell in cells:
        if cell.first_line > line:
            break
        found = cell
    return found
