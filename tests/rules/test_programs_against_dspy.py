"""Constructors, class signatures, dicts and methods: an error where the real dspy raises, and only there."""

import dspy
import pytest
from program_cases import IMPORTS, cases, errors_of

from dspy_language_server.signature.model import Severity

CASES = list(cases())
# Found where the program is written, though DSPy raises only when the predictor is called.
RAISES_AT_THE_CALL = {"DSP404", "DSP406", "DSP408"}


@pytest.fixture(scope="module")
def answers():
    assert dspy.__version__
    return errors_of([IMPORTS + text for _, text in CASES])


@pytest.mark.parametrize(
    "index", range(len(CASES)), ids=[f"{n}-{i}" for i, (n, _) in enumerate(CASES)]
)
def test_an_error_is_found_where_dspy_raises_and_only_there(index, answers, analyse_here):
    found = analyse_here(IMPORTS + CASES[index][1])
    errors = {f.code for f in found if f.severity is Severity.ERROR}
    if answers[index] is None:
        assert errors <= RAISES_AT_THE_CALL
    else:
        assert errors, f"dspy raises {answers[index]}"
        lines = (IMPORTS + CASES[index][1])[: min(f.span.start for f in found)].count("\n")
        assert lines >= IMPORTS.count("\n"), "the finding stands in the case itself"


def fixed(found, text):
    for finding in found:
        if finding.severity is Severity.ERROR:
            for fix in finding.fixes:
                yield fix.title, fix.apply(finding.uri, text)


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_what_a_fix_makes_no_longer_has_that_mistake(name, analyse_here):
    """A fix that is offered takes the finding away, and brings no other error."""
    for case_name, text in CASES:
        if case_name != name:
            continue
        before = analyse_here(IMPORTS + text)
        errors = [f for f in before if f.severity is Severity.ERROR]
        for title, new in fixed(before, IMPORTS + text):
            after = [f for f in analyse_here(new) if f.severity is Severity.ERROR]
            assert len(after) < len(errors), (
                title,
                new[len(IMPORTS) :],
                [f.message for f in after],
            )
