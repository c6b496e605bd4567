"""`examples/mistakes.py` shows one mistake per rule; and the rewrites that need the whole program."""

from pathlib import Path

from dspy_language_server.rules.catalog import RULES

MISTAKES = Path(__file__).resolve().parents[2] / "examples" / "mistakes.py"
# Only with another release, with absurd nesting, where a type shadows DSPy's own, or in a file that
# cannot be read.
ELSEWHERE = {"DSP113", "DSP208", "DSP211", "DSP212", "DSP213", "DSP405", "DSP900"}


def test_every_rule_has_its_mistake_in_the_example(analyse):
    found = {f.code for f in analyse(MISTAKES.read_text("utf-8"))}
    assert {r.code for r in RULES} - found == ELSEWHERE


PEOPLE = """import dspy
from pydantic import BaseModel


class Contact(BaseModel):
    name: str


"""


def fixed(analyse, text, code):
    finding = next(f for f in analyse(text) if f.code == code)
    return finding.fixes[0].apply(finding.uri, text)


def test_a_type_that_dspy_cannot_see_is_passed_as_custom_type(analyse, dspy_runs):
    text = PEOPLE + 'find = dspy.Predict("text -> people: list[Contact]")\n'
    assert dspy_runs(text) == "ValueError"
    new = fixed(analyse, text, "DSP110")
    assert new.endswith(
        'dspy.Predict(dspy.Signature("text -> people: list[Contact]", custom_types={"Contact": Contact}))\n'
    )
    assert dspy_runs(new) is None
    assert analyse(new) == []


def test_a_signature_gets_the_custom_types_itself(analyse, dspy_runs):
    text = PEOPLE + 'Find = dspy.Signature("text -> people: list[Contact]", "Find them.")\n'
    new = fixed(analyse, text, "DSP110")
    assert new.endswith('"Find them.", custom_types={"Contact": Contact})\n')
    assert dspy_runs(new) is None


def test_a_fix_inside_an_escaped_string_keeps_the_escapes(analyse):
    text = 'import dspy\n\nqa = dspy.Predict("q\\x75estion -> answer: strng")\n'
    new = fixed(analyse, text, "DSP104")
    assert 'q\\x75estion -> answer: str"' in new
    assert analyse(new) == []


def test_related_information_points_to_the_declaration(analyse):
    text = 'import dspy\n\nqa = dspy.Predict("question -> answer")\nqa(question="?", note=1)\n'
    (finding,) = analyse(text)
    (related,) = finding.related
    assert "question -> answer" in text[slice(*related.span)]
