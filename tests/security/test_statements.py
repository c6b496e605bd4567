"""SECURITY.md says nothing that no test shows."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
CLIENTS = re.compile(r"`(vscode-client/test/[\w/]+\.test\.ts)::([^`]+)`")
"""Tests of the client have sentences for names; one that a template ends is named by its beginning."""
LOOKS_LIKE_A_TEST = re.compile(r"`((?:tests|vscode-client/test)/[^`]*)`")


def is_python_test(file: str, name: str) -> bool:
    """Whether a file has a test of a name, and does not skip it."""
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
    return bool(found) and not skipped


def is_client_test(file: str, name: str) -> bool:
    """Whether a file of the client's has a test that is called so, or begins so and is made for each."""
    path = ROOT / file
    words = r"\s+".join(map(re.escape, name.split()))
    pattern = rf"""^\s*test\(\s*(?:"{words}"|`{words}(?: \$\{{[^}}]*\}})?`)"""
    return path.is_file() and bool(re.search(pattern, path.read_text("utf-8"), re.MULTILINE))


def test_every_test_that_is_named_exists():
    python = [pair for pair in NAMED.findall(TEXT) if not is_python_test(*pair)]
    client = [pair for pair in CLIENTS.findall(TEXT) if not is_client_test(*pair)]
    assert python + client == []
    assert CLIENTS.search(TEXT)


def test_what_looks_like_the_name_of_a_test_is_read_as_one():
    """A file alone, or a name that is spelled otherwise, would be checked by nobody."""
    statements = TEXT.partition("\n## ")[2]
    read = {f"{file}::{name}" for file, name in NAMED.findall(TEXT) + CLIENTS.findall(TEXT)}
    named = set(LOOKS_LIKE_A_TEST.findall(statements))
    assert named - read == set()


def test_a_test_that_is_gone_is_missed():
    client = "vscode-client/test/hostile.test.ts"
    assert is_client_test(client, "nothing that is shown makes a link of")
    assert not is_client_test(client, "nothing that is shown")
    assert not is_client_test("vscode-client/test/gone.test.ts", "nothing")
    assert is_python_test("tests/security/test_statements.py", "test_a_test_that_is_gone_is_missed")
    assert not is_python_test("tests/security/test_statements.py", "test_that_is_gone")


def test_every_statement_names_a_test():
    """Each point of a list ends with the tests that show it."""
    points = re.findall(r"^- (?:.+\n(?:  .+\n)*)", TEXT, re.MULTILINE)
    assert len(points) > 20
    assert [point for point in points if not NAMED.search(point)] == []
