"""A small run of `make recall`: of a few seeded mistakes per diagnostic, nearly all are found."""

import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("measure", Path(__file__).with_name("measure.py"))
measure = importlib.util.module_from_spec(spec)
spec.loader.exec_module(measure)


def test_a_few_mistakes_of_every_diagnostic_are_found():
    figures, missed = measure.measure(set(), limit=4)
    assert len(figures) >= 60
    low = {code: f for code, f in figures.items() if f[0] < f[1] - 1}
    assert not low, [f"{m.code} {m.name}:{m.lines[0]}" for m in missed if m.code in low]


def test_every_diagnostic_has_enough_mistakes():
    counts = {}
    for mutant in measure.mutants():
        counts[mutant.code] = counts.get(mutant.code, 0) + 1
    assert {c: n for c, n in counts.items() if n < measure.LEAST} == {}


@pytest.mark.campaign
def test_all_mistakes_are_found_to_the_target():
    figures, _ = measure.measure(set(), limit=None)
    assert {c: f for c, f in figures.items() if f[0] < measure.TARGET * f[1]} == {}
