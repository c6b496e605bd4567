"""No false error: over real code, every finding of severity error is in a list, with its reason."""

import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("survey", Path(__file__).with_name("survey.py"))
survey = importlib.util.module_from_spec(spec)
spec.loader.exec_module(survey)


# The packages take minutes: `make survey` (also run by .ci/run). Ours are read in every run.
MINUTES = {"dspy", "mlflow"}


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param(scope, marks=[pytest.mark.campaign, pytest.mark.timeout(1800)])
        if scope in MINUTES
        else scope
        for scope in survey.SCOPES
    ],
)
def test_the_errors_are_exactly_those_of_the_list(scope):
    found = {row.key: row for row in survey.survey(scope) if row.severity == "error"}
    known = {key for key in survey.kept() if key.split("/")[0] == scope}
    new = [
        f"{r.where}:{r.line} {r.code} {r.text!r}: {r.message}"
        for k, r in found.items()
        if k not in known
    ]
    assert not new, "not in the list:\n" + "\n".join(new)
    assert known <= set(found), "no longer found: " + ", ".join(known - set(found))


def test_every_entry_of_the_list_says_why_it_is_right():
    for key, reason in survey.kept().items():
        assert len(reason.split()) >= 4, f"{key}: {reason!r}"
        assert "MISSING" not in reason


def test_there_are_enough_programs_to_mean_something():
    files = [file for _, file, _ in survey.sources("realworld")]
    assert len(files) >= 40
    assert sum(file.suffix == ".ipynb" for file in files) >= 4


def test_a_correct_program_gets_no_warning_either():
    noisy = [row for row in survey.survey("realworld") if row.severity == "warning"]
    assert not noisy, "\n".join(f"{r.where}:{r.line} {r.code} {r.message}" for r in noisy)
