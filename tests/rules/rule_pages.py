"""Reads a rule's page: its examples, and the exception that DSPy raises on the bad one."""

import re
from importlib.resources import files
from typing import NamedTuple

# About files that cannot be read: its bad example is no program. tests/cli shows it.
WITHOUT_PROGRAM = {"DSP900"}
FENCE = re.compile(r"^## (Bad|Good)\n+```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RAISES = re.compile(r"`([A-Z]\w*(?:Error|Iteration))`")


class Page(NamedTuple):
    """One page, taken apart."""

    title: str
    what: str
    bad: str
    good: str


def read(code: str) -> Page:
    """The page of a code."""
    folder = files("dspy_language_server.rules") / "pages"
    text = (folder / f"{code}.md").read_text("utf-8")
    examples = dict(FENCE.findall(text))
    what = text.split("## What DSPy does\n", 1)[1].split("\n## ", 1)[0]
    return Page(text.splitlines()[0], what, examples["Bad"], examples["Good"])


def raised(page: Page) -> set[str]:
    """The exceptions that the page says DSPy raises."""
    return set(RAISES.findall(page.what))
