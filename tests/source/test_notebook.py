"""Notebooks: cells in order as one text."""

from dspy_language_server.source.document import Document
from dspy_language_server.source.notebook import (
    CellMap,
    NotebookError,
    blanked,
    joined_cells,
    read_notebook,
)

CELLS = ["import dspy\n!pip install x", "%%bash\nls", "x = (\n", "def f():\n  %time g()\n"]


def test_magics_are_blanked_and_offsets_kept():
    assert [len(blanked(cell)) for cell in CELLS] == [len(cell) for cell in CELLS]
    assert blanked(CELLS[0]) == "import dspy\n" + " " * 14
    assert blanked(CELLS[3]) == "def f():\n  pass     \n"
    assert blanked("x = a % b\ny != 1") == "x = a % b\ny != 1"


def test_nothing_continues_into_the_next_cell():
    document = Document("file:///a.ipynb", joined_cells(CELLS))
    assert [s.text for s in document.stretches][-1].startswith("def f()")


def test_offsets_map_to_cells_and_back():
    cells = CellMap(CELLS)
    text = joined_cells(CELLS)
    for number in (0, 2, 3):
        at = cells.offset(number, 1)
        assert text[at] == CELLS[number][1]
        assert cells.cell_at(at) == (number, 1)
    document = Document("file:///a.ipynb", text)
    document.apply([cells.replace(2, "y = 12")])
    assert document.text == joined_cells([*CELLS[:2], "y = 12", CELLS[3]])
    assert cells.cell_at(document.text.index("def")) == (3, 0)


def test_a_damaged_notebook_says_so():
    assert isinstance(read_notebook("{"), NotebookError)
    assert isinstance(read_notebook('{"cells": 3}'), NotebookError)
    found = read_notebook('{"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "source": ["a\\n", "b"]}]}')
    assert [(cell.number, cell.source) for cell in found] == [(2, "a\nb")]
