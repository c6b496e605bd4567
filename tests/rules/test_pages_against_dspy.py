"""Every page keeps its word: the real dspy does with the bad example what the page says, and takes the good one.

A bad example either raises an exception that the page names, or runs to its end and asserts itself
what DSPy did with it.
"""

from pathlib import Path

import pytest
from rule_pages import RAISES, WITHOUT_PROGRAM, read

ROOT = Path(__file__).resolve().parents[2]

FOLDER = ROOT / "server/dspy_language_server/rules/pages"
CODES = sorted({p.stem for p in FOLDER.glob("DSP[3-9]*.md")} - WITHOUT_PROGRAM)
# These are about another release, or about our own comments: the newest dspy has nothing to say.
OTHER_RELEASE = {"DSP405"}


@pytest.mark.parametrize("code", CODES)
def test_dspy_does_with_the_bad_example_what_the_page_says(code, dspy_runs):
    page = read(code)
    error = dspy_runs(page.bad)
    if code in OTHER_RELEASE:
        assert error is None
        return
    first = RAISES.search(page.what)
    if error is None:
        quiet = (
            "Accepts",
            "Logs",
            "Returns",
            "Drops",
            "Keeps",
            "Takes",
            "Since",
            "Asks",
            "Nothing",
        )
        assert page.what.lstrip().startswith(quiet), f"{code}: nothing was raised"
    else:
        assert first is not None, f"{code}: the page names no exception, but {error} was raised"
        assert error == first[1]


@pytest.mark.parametrize("code", CODES)
def test_dspy_takes_the_good_example(code, dspy_runs):
    assert dspy_runs(read(code).good) is None
