"""Each rule finds its page's bad example, and is silent about the good one; its fix makes it go away."""

import importlib.util
from pathlib import Path

import pytest
from rule_pages import RAISES, WITHOUT_PROGRAM, read

from dspy_language_server.rules.catalog import RULES, page, rule
from dspy_language_server.signature.model import Severity

OWN = [r.code for r in RULES if r.code >= "DSP300" and r.code not in WITHOUT_PROGRAM]
RELEASE = {"DSP405": "2.6.27"}
# What is meant cannot be known: a person has to say it.
NO_FIX = {
    "DSP310", "DSP321", "DSP410", "DSP505", "DSP605", "DSP405", "DSP509", "DSP612",
    "DSP902",
}  # fmt: skip


@pytest.mark.parametrize("code", OWN)
def test_the_bad_example_is_found(code, analyse):
    found = {f.code for f in analyse(read(code).bad, release=RELEASE.get(code))}
    assert code in found


@pytest.mark.parametrize("code", OWN)
def test_the_good_example_is_clean(code, analyse):
    found = analyse(read(code).good, release=RELEASE.get(code))
    bad = [f for f in found if f.code == code or f.severity in {Severity.ERROR, Severity.WARNING}]
    assert not bad, bad


@pytest.mark.parametrize("code", [code for code in OWN if code not in NO_FIX])
def test_the_first_fix_makes_the_finding_go_away(code, analyse):
    text = read(code).bad
    finding = next(f for f in analyse(text) if f.code == code)
    assert finding.fixes, "a fix is promised"
    fixed = finding.fixes[0].apply(finding.uri, text)
    assert fixed != text
    still = [f for f in analyse(fixed) if f.code == code and f.span.start <= finding.span.end]
    assert not still, fixed


# Where the page's exception is gone, another stays: `tools=[]` is a place to fill.
REAL_LM = {"DSP409", "DSP617"}  # what the fix makes would ask a real LM, or run an optimizer
FILL_IN = {"DSP402", "DSP502", "DSP508", "DSP604"}


@pytest.mark.parametrize(
    "code", [c for c in OWN if c not in NO_FIX | REAL_LM and RAISES.search(read(c).what)]
)
def test_dspy_accepts_what_the_fix_makes(code, analyse, dspy_runs):
    """The bad example's exception is gone; where the page's assert was about the mistake, it fails now."""
    text = read(code).bad
    finding = next(f for f in analyse(text) if f.code == code)
    fixed = finding.fixes[0].apply(finding.uri, text)
    assert dspy_runs(fixed) in {None, "AssertionError"} | (
        {"TypeError"} if code in FILL_IN else set()
    )


def test_every_rule_has_a_page_and_every_page_a_rule():
    folder = importlib.util.find_spec("dspy_language_server.rules").submodule_search_locations[0]
    pages = {p.stem for p in (Path(folder) / "pages").glob("*.md")}
    assert pages == {r.code for r in RULES}


@pytest.mark.parametrize("code", [r.code for r in RULES])
def test_a_page_names_its_code_and_its_rule(code):
    text = page(code)
    assert text is not None
    assert text.startswith(f"# {code}")


def test_codes_are_unique_and_unknown_ones_have_no_page():
    assert len({r.code for r in RULES}) == len(RULES)
    assert page("DSP999") is None
    assert rule("DSP999") is None
    assert rule("DSP501").name == "unknown-input"
