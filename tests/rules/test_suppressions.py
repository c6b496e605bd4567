"""`# dspy: ignore`: on the first or last line of a statement, for all codes or for some."""

import pytest

from dspy_language_server.rules.configuration import Configuration
from dspy_language_server.signature.model import Severity

HEAD = 'import dspy\n\nqa = dspy.Predict("question -> answer")\n'


def codes(findings):
    return [f.code for f in findings]


@pytest.mark.parametrize(
    "statement",
    [
        'qa("?")  # dspy: ignore',
        'qa("?")  # dspy: ignore[DSP503]',
        'qa("?")  # dspy: ignore[DSP501, DSP503]  and why',
        'qa(  # dspy: ignore[DSP503]\n    "?",\n)',
        'qa(\n    "?",\n)  # dspy:ignore[DSP503]',
        'if qa("?").answer:  # dspy: ignore[DSP503]\n    pass',
        'def ask():\n    return qa("?")  # dspy: ignore[DSP503]',
    ],
)
def test_it_silences_its_statement(statement, analyse):
    found = codes(analyse(HEAD + statement + "\n"))
    assert "DSP503" not in found


@pytest.mark.parametrize(
    "statement",
    [
        'qa("?")  # dspy: ignore[DSP501]',
        'qa(\n    "?",  # dspy: ignore[DSP503]\n)',
        '# dspy: ignore[DSP503]\nqa("?")',
        'qa("# dspy: ignore[DSP503]")',
        'qa("?")  # dspy: ignored',
        'if True:  # dspy: ignore[DSP503]\n    qa("?")',
    ],
)
def test_it_silences_nothing_else(statement, analyse):
    assert "DSP503" in codes(analyse(HEAD + statement + "\n"))


def test_a_comment_that_silences_nothing_is_a_hint(analyse):
    found = analyse(HEAD + 'qa(question="?")  # dspy: ignore\n')
    assert [(f.code, f.severity) for f in found] == [("DSP901", Severity.HINT)]
    assert found[0].fixes[0].title == "Remove the comment"


def test_only_the_code_without_effect_is_named(analyse):
    found = analyse(HEAD + 'qa("?")  # dspy: ignore[DSP503, DSP504]\n')
    assert codes(found) == ["DSP901"]
    assert found[0].data["name"] == "DSP504"


def test_a_slip_in_a_code_is_put_right(analyse):
    text = HEAD + 'qa("?")  # dspy: ignore[DSP5O3]\n'
    slip = next(f for f in analyse(text) if f.code == "DSP902")
    fixed = slip.fixes[0].apply(slip.uri, text)
    assert "ignore[DSP503]" in fixed


def test_configuration_switches_rules_off_and_changes_severities(analyse):
    text = HEAD + 'qa("?")\nqa(question="?", more="!")\n'
    assert codes(analyse(text)) == ["DSP503", "DSP501"]
    assert codes(analyse(text, configuration=Configuration(ignore=("DSP50",)))) == []
    assert codes(analyse(text, configuration=Configuration(select=("DSP503",)))) == ["DSP503"]
    louder = Configuration(severity={"DSP501": Severity.ERROR, "DSP503": None})
    assert [(f.code, f.severity) for f in analyse(text, configuration=louder)] == [
        ("DSP501", Severity.ERROR)
    ]
