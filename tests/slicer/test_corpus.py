"""What is run, skipped and asked, for each script and notebook of the corpus.

A script names its object in its first line (a notebook in its metadata), and says of each statement on the statement's first
line what is expected: `# run`, `# skip` or `# confirm`. Statements without a mark may be either.
"""

import json
import re
from pathlib import Path

import pytest

from dspy_flavor.slicer import plan
from dspy_flavor.slicer.notebook import join_cells

CORPUS = sorted((Path(__file__).parent / "data" / "corpus").glob("*.py"))
NOTEBOOKS = sorted((Path(__file__).parent / "data" / "corpus").glob("*.ipynb"))
MARK = re.compile(r"# (run|skip|confirm)$")


def expected_of(text: str) -> dict[int, str]:
    marks = ((number, MARK.search(line)) for number, line in enumerate(text.split("\n"), 1))
    return {number: mark.group(1) for number, mark in marks if mark}


@pytest.mark.parametrize("script", CORPUS, ids=lambda path: path.stem)
def test_each_statement_is_run_skipped_or_asked_as_the_script_says(script: Path) -> None:
    text = script.read_text("utf-8")
    name = text.split("\n", 1)[0].removeprefix('"""object: ').removesuffix('"""')
    made = plan(text, name, path=str(script))
    found = {statement.line: "skip" for statement in made.skipped}
    found |= {statement.line: "run" for statement in made.run}
    found |= {statement.line: "confirm" for statement in made.confirm}
    expected = expected_of(text)
    assert expected, "a script without expectations tests nothing"
    assert {line: found.get(line) for line in expected} == expected


@pytest.mark.parametrize("script", CORPUS, ids=lambda path: path.stem)
def test_the_slice_is_the_users_text_on_the_users_lines(script: Path) -> None:
    text = script.read_text("utf-8")
    name = text.split("\n", 1)[0].removeprefix('"""object: ').removesuffix('"""')
    made = plan(text, name, path=str(script))
    compile(made.code, str(script), "exec")
    before, after = text.split("\n"), made.code.split("\n")
    for statement in made.run:
        kept = after[statement.line - 1].rstrip()
        assert kept == before[statement.line - 1].rstrip() or "pass" in kept or ";" in kept


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_statement_of_a_notebook_too(notebook: Path) -> None:
    read = json.loads(notebook.read_text("utf-8"))
    cells = ["".join(c["source"]) for c in read["cells"] if c["cell_type"] == "code"]
    made = plan("", read["metadata"]["object"], path=str(notebook), cells=cells)
    joined, _, _ = join_cells(cells, None)
    found = {statement.line: "skip" for statement in made.skipped}
    found |= {statement.line: "run" for statement in made.run}
    found |= {statement.line: "confirm" for statement in made.confirm}
    expected = expected_of(joined)
    assert len(expected) == len(expected_of("\n".join(cells))) > 0
    assert {line: found.get(line) for line in expected} == expected
    compile(made.code, str(notebook), "exec")


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 60
    assert len(NOTEBOOKS) >= 8
