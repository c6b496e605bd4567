"""After any edits the findings are those of a fresh look at the text."""

import random

import pytest

from dspy_language_server.program.project import Project
from dspy_language_server.rules import catalog
from dspy_language_server.signature.dialect import dialect_for
from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Change

URI = "/code/app.py"
DIALECT = dialect_for()
TEXT = """import dspy

SIG = "a, b -> c, d"
one = dspy.Predict(SIG)
two = dspy.Predict(SIG)  # dspy: ignore[DSP101]
wrong = dspy.Predict("question -> answer: flot")  # dspy: ignore


class Pipeline(dspy.Module):
    def __init__(self):
        super().__init__()
        self.ask = dspy.ChainOfThought("question -> query: str, hops: int")

    def forward(self, question):
        found = self.ask(question=question)
        return dspy.Prediction(answer=found.query)


def metric(gold, pred, trace=None):
    return pred.anwser == gold.answer


value = one(a="1", b="2").c
other = two(a="1", b="2").e
dspy.Evaluate(devset=[], metric=metric)(Pipeline())
"""
PIECES = [
    "\n",
    " ",
    "    ",
    '"',
    "(",
    ")",
    "x",
    "#",
    ".",
    ".hops",
    ".d",
    "hops=1",
    "  # dspy: ignore[DSP509]\n",
    "  # dspy: ignore\n",
    "other.e = 1\n",
    "print(value.d)\n",
    'SIG = "x -> y: flot"\n',
    'more = dspy.Predict("x -> y, hops")\nmore(x="").y\n',
]


def found(project):
    program = project.program(URI)
    return [
        (f.code, f.span, f.severity, f.message, [(r.span, r.message) for r in f.related], f.fixes)
        for f in catalog.check(program, dialect=DIALECT)
    ]


def comparable(findings):
    """Fixes hold anchors, which are each document's own: what they write is compared."""
    return [
        (*rest, [(fix.title, [(e.span, e.text) for e in fix.edits]) for fix in fixes])
        for *rest, fixes in findings
    ]


def fresh(text):
    project = Project(dialect=DIALECT)
    project.open(URI, text)
    return project


def test_the_text_has_what_the_edits_are_about():
    codes = {code for code, *_ in found(fresh(TEXT))}
    assert {"DSP504", "DSP509", "DSP901"} <= codes
    assert "DSP509" not in {c for c, *_ in found(fresh(TEXT + "print(x.hops, x.d)\n"))}


@pytest.mark.parametrize("seed", range(30))
def test_any_edits(seed):
    chance = random.Random(seed)
    text = TEXT
    project = fresh(text)
    found(project)
    for _ in range(10):
        start = chance.randint(0, len(text))
        if chance.random() < 0.5:  # where a line begins
            start = text.rfind("\n", 0, start) + 1
        end = min(len(text), start + chance.choice([0, 0, 0, 1, 5, 40]))
        new = "".join(chance.choice(PIECES) for _ in range(chance.choice([0, 1, 1, 2])))
        text = text[:start] + new + text[end:]
        project.change(URI, [Change(Span(start, end), new)])
        if chance.random() < 0.8:
            assert comparable(found(project)) == comparable(found(fresh(text)))


def test_what_nothing_reads_is_read_elsewhere_and_again_not():
    project = fresh(TEXT)
    before = [item for item in found(project) if item[0] == "DSP509"]
    assert before
    added = "print(unrelated.hops, unrelated.d)\n"
    project.change(URI, [Change(Span(len(TEXT), len(TEXT)), added)])
    assert "DSP509" not in {code for code, *_ in found(project)}
    project.change(URI, [Change(Span(len(TEXT), len(TEXT) + len(added)), "")])
    assert [item for item in found(project) if item[0] == "DSP509"] == before
