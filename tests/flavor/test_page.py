"""docs/flavor.md says nothing that no test shows: each test that it names is there."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TEXT = (HERE.parents[1] / "docs" / "flavor.md").read_text("utf-8")
TESTS = {
    path.stem: {
        node.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    for path in HERE.glob("test_*.py")
}
QUESTIONS = ("Compiled or not", "What is serialized", "How are settings kept")


def test_every_test_that_is_named_exists():
    with_file = re.findall(r"`(test_\w+)\.py::(test_\w+)`", TEXT)
    alone = re.findall(r"`(test_\w+)`", TEXT)

    assert [pair for pair in with_file if pair[1] not in TESTS.get(pair[0], ())] == []
    assert [name for name in alone if not any(name in names for names in TESTS.values())] == []
    assert set(re.findall(r"`(test_\w+)\.py", TEXT)) <= set(TESTS)
    assert len(with_file) > 15


def test_each_answer_names_the_tests_that_back_it():
    sections = {part.partition("\n")[0]: part for part in TEXT.split("\n## ")[1:]}

    for question in QUESTIONS:
        [section] = [text for title, text in sections.items() if title.startswith(question)]
        rows = [
            line for line in section.splitlines() if re.match(r"\| (?!kept|not kept|---)", line)
        ]
        assert re.search(r"`test_\w+\.py::test_\w+`", section)
        assert [row for row in rows if "test_" not in row and "the same" not in row] == []
