"""Notebooks: an .ipynb file's code cells, read in order as one Python text."""

import json

import pytest

from dspy_language_server.source.document import Document
from dspy_language_server.source.notebook import (
    Cell,
    CellMap,
    NotebookError,
    blanked,
    joined_cells,
    read_notebook,
)

CELLS = ["import dspy\n!pip install x", "%%bash\nls", "x = (\n", "def f():\n  %time g()\n"]


# ------------------------------------------------------------------------------ the file


def notebook(*cells):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [*cells]})


def test_code_cells_are_numbered_among_all_cells():
    text = notebook(
        {"cell_type": "markdown", "source": ["# Title\n", "text"]},
        {"cell_type": "code", "source": ["import dspy\n", "x = 1"], "outputs": []},
        {"cell_type": "raw", "source": "raw"},
        {"cell_type": "code", "source": "y = '😋'\n"},
    )
    assert read_notebook(text) == [Cell(2, "import dspy\nx = 1"), Cell(4, "y = '😋'\n")]


def test_a_notebook_without_cells_is_empty():
    assert read_notebook(notebook()) == []


@pytest.mark.parametrize("source", [None, 3, {}, [], [1, None]])
def test_a_cell_whose_source_is_no_text_is_empty(source):
    assert read_notebook(notebook({"cell_type": "code", "source": source})) == [Cell(1, "")]
    assert read_notebook(notebook({"cell_type": "code"}, "no cell")) == [Cell(1, "")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        (notebook({"cell_type": "code", "source": "x"})[:-5], "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "no list of cells"),
        ("3", "no list of cells"),
        ('{"cells": 3}', "no list of cells"),
        ('{"nbformat": 3, "worksheets": [{"cells": []}]}', "no list of cells"),
    ],
)
def test_a_damaged_notebook_says_what_is_wrong(text, reason):
    error = read_notebook(text)
    assert isinstance(error, NotebookError)
    assert reason in str(error)


# -------------------------------------------------------------------------------- magics


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("!pip install x", " " * 14),
        ("%pip install x\nx = 1", " " * 14 + "\nx = 1"),
        ("%%bash\nls 'a\r\necho", "      \n     \r\n    "),
        ("\n%%bash\nx = 1", "\n      \n     "),
        ("!ls \\\n  -l\nx", "     \n    \nx"),
        ("?dspy\ndspy.Predict?\nx", "     \n             \nx"),
        ("if x:\n    %load g()\ny", "if x:\n    pass     \ny"),
        ("x = a % b\ny != 1\n", "x = a % b\ny != 1\n"),
        ("x = 1\r\n!ls\r\ny", "x = 1\r\n   \r\ny"),
        ("x = 1\n", "x = 1\n"),
        ("", ""),
    ],
)
def test_what_is_no_python_becomes_blanks_of_the_same_length(cell, python):
    assert blanked(cell) == python
    assert len(blanked(cell)) == len(cell)


def test_what_stands_behind_a_magic_is_read_where_it_stands(read):
    found = read(
        joined_cells(["!pip install 'dspy\n%load_ext \"x\n", 'p = dspy.Predict("q -> a")'])
    )
    assert found.strings == [('"q -> a"', "q -> a")]


# ------------------------------------------------------------------------------ the text


@pytest.mark.parametrize(
    "open_end", ["x = (", "x = '''", "def f(", "class A:", "if x:", "y = 1 \\"]
)
def test_nothing_continues_into_the_next_cell(read, open_end):
    found = read(joined_cells([open_end, 'second = "q -> a"\n']))
    assert found.names[-1] == "second"
    assert found.strings[-1] == ('"q -> a"', "q -> a")


def test_each_offset_of_a_cell_has_its_place_in_the_text():
    cells = CellMap(CELLS)
    text = joined_cells(CELLS)
    for number, cell in enumerate(CELLS):
        for offset in range(len(cell) + 1):
            assert cells.cell_at(cells.offset(number, offset)) == (number, offset)
        start = cells.offset(number, 0)
        assert text[start : start + len(cell)] == blanked(cell)


def test_each_line_of_a_cell_is_a_line_of_the_text():
    document = Document("file:///a.ipynb", joined_cells(CELLS))
    cells = CellMap(CELLS)
    for number, cell in enumerate(CELLS):
        first = document.line_at(cells.offset(number, 0))
        lines = [document.line_text(first + line) for line in range(cell.count("\n") + 1)]
        assert [line.rstrip("\x1e") for line in lines] == blanked(cell).split("\n")
        assert document.position(cells.offset(number, 0)).column == 0


def test_offsets_outside_of_a_cell_are_its_ends():
    cells = CellMap(CELLS)
    assert cells.offset(0, 999) == len(CELLS[0])
    assert cells.offset(1, -5) == cells.offset(1, 0)
    assert cells.cell_at(10_000) == (3, len(CELLS[3]))
    assert CellMap([]).cell_at(3) == (0, 0)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("source", ["", "y = 12", "!ls\nz = 😋\r\n", "x = '''"])
def test_an_edit_of_a_cell_is_one_of_the_text(number, source):
    document = Document("file:///a.ipynb", joined_cells(CELLS))
    cells = CellMap(CELLS)
    document.apply([cells.replace(number, source)])
    after = [*CELLS[:number], source, *CELLS[number + 1 :]]
    assert document.text == joined_cells(after)
    assert [cells.offset(each, 0) for each in range(4)] == [
        CellMap(after).offset(each, 0) for each in range(4)
    ]


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("%time x = f()", "pass; x = f()"),
        ("%timeit -n 1 -r3 f(x)", "pass           ; f(x)"),
        ("if a:\n    %time x = f()", "if a:\n    pass; x = f()"),
        ("%%time\nx = f()", "      \nx = f()"),
        ("%%capture out\nx = f()", "             \nx = f()"),
        ("%time", "     "),
        ("%%bash\nx = f()", "      \n       "),
        ("%timezone x", "           "),
    ],
)
def test_what_a_timing_magic_runs_is_python(source, read):
    assert blanked(source) == read
    assert len(read) == len(source)
