"""SECURITY.md says nothing that no test shows."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_test_that_is_named_exists():
    missing = []
    for file, name in NAMED.findall(TEXT):
        path = ROOT / file
        tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
        found = [
            node
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name
        ]
        skipped = [
            d for node in found for d in node.decorator_list if ast.unparse(d) == "pytest.mark.skip"
        ]
        if not found or skipped:
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_statement_names_a_test():
    """Each point of a list ends with the tests that show it."""
    points = re.findall(r"^- (?:.+\n(?:  .+\n)*)", TEXT, re.MULTILINE)
    assert len(points) > 20
    assert [point for point in points if not NAMED.search(point)] == []
