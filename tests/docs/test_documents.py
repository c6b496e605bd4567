"""The documents keep their word: every Python snippet of the tutorial runs, links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def run_snippets(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the Python blocks of a page, in order, as one program in a folder of its own."""
    program = folder / "program.py"
    program.write_text("\n".join(PYTHON_BLOCK.findall(text)), "utf-8")
    # A fresh interpreter, because dspy's settings belong to the thread that made them first.
    return subprocess.run(
        [sys.executable, str(program)],
        cwd=folder,
        env={
            **os.environ,
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
            "DSPY_CACHEDIR": str(folder / "cache"),
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_every_snippet_of_the_tutorial_runs(openai_endpoint, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    assert len(PYTHON_BLOCK.findall(page)) == 6
    done = run_snippets(page, tmp_path)
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert "the answer" in printed[0]
    assert printed[1] == "['the answer', 'the answer', 'the answer']"
    assert printed[2] == "the answer"
    # Three different questions are asked (dspy caches the repeated ones): logging asked nothing,
    # not even for the input example.
    asked = [request["messages"][-1]["content"] for request in openai_endpoint.requests]
    assert len(asked) == 3
    assert not any("what is 2 + 2?" in question for question in asked)


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_the_flavors_page_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "flavor.md").read_text("utf-8")
    tests = {p.name: p.read_text("utf-8") for p in (ROOT / "tests" / "flavor").glob("test_*.py")}
    functions = {name for text in tests.values() for name in re.findall(r"def (test_\w+)", text)}
    named = re.findall(r"`(?:(test_\w+\.py)(?:::)?)?(test_\w+)?`", page)
    assert len([function for _, function in named if function]) > 15
    for file, function in named:
        assert not file or file in tests, file
        assert not function or function in (
            re.findall(r"def (test_\w+)", tests[file]) if file else functions
        ), function
