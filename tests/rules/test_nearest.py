"""What is proposed for a name that is not known."""

import pytest

from dspy_language_server.rules.nearest import nearest
from dspy_language_server.signature.dialect import dialect_for
from dspy_language_server.signature.reader import read

PARAMETERS = ("max_bootstrapped_demos", "max_labeled_demos", "max_rounds", "max_errors", "metric")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("max_eror", "max_errors"),
        ("max_demos", "max_bootstrapped_demos"),
        ("Metric", "metric"),
        ("max_round", "max_rounds"),
        ("colour", None),
    ],
)
def test_a_slip_is_told_from_a_name_half_remembered(written: str, meant: str | None):
    assert nearest(written, PARAMETERS) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Picture", "dspy.Image"), ("Imgae", "dspy.Image"), ("Messages", "dspy.History")],
)
def test_a_type_that_dspy_calls_otherwise_is_proposed(written: str, meant: str):
    (problem,) = read(f"picture: dspy.{written} -> caption", dialect=dialect_for("3.4.1")).problems
    assert [fix.edits[0].text for fix in problem.fixes] == [meant]


def test_nothing_is_proposed_where_nothing_is_near():
    (problem,) = read("x: dspy.Banana -> y", dialect=dialect_for("3.4.1")).problems
    assert problem.fixes == ()
