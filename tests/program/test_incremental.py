"""After any edits the program is what a fresh analysis of the text makes."""

import random

import pytest

from dspy_language_server.program.project import Project
from dspy_language_server.signature.dialect import dialect_for
from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Change

URI = "/code/app.py"
TEXT = '''import dspy as d
from dspy import Predict as P
from typing import Literal
Labels = Literal["a", "b"]
class Sig(d.Signature):
    """Do it."""
    q: str = d.InputField(desc="the q")
    label: Labels = d.OutputField()

SIG = "a, b -> c"

class CoT(d.Module):
    def __init__(self, k, n=3):
        self.ans = d.ChainOfThought("question, ctx: list[str] -> answer: Labels")
        self.steps = [P(SIG), P(SIG)]
        self.cls = P(Sig)

    def forward(self, question):
        r = self.ans(question=question, contxt=[])
        for s in self.steps:
            z = s(a=1, b=2).c
        return d.Prediction(answer=r.answer, label=self.cls(q=r.reasoning).label)

program = CoT(3)
out = program(question="x")
print(out.answer, out.foo, out["label"])
qa = d.Predict("question -> answer")
def main():
    return qa(question=1).answer
def metric(gold, pred, trace=None):
    return pred.answer == gold["answer"]
qa.demos = [{"question": "q"}, d.Example(answer="a")]
d.Evaluate(devset=[d.Example(question="q").with_inputs("question")], metric=metric)(qa)
class Hit:
    text: str
FIELDS = {"q": (str, d.InputField())}
FIELDS["hits"] = (list[Hit], d.OutputField())
hits = P(d.Signature(FIELDS))(q="x").hits
print(hits[0].text, [h.text for h in hits])
d.BestOfN(qa, N=2, reward_fn=lambda args, pred: pred.answer == args["question"], threshold=1)
either = qa(question="x") if out else program(question="y")
print(either.answer)
'''
PIECES = [
    "\n",
    "\r\n",
    " ",
    "    ",
    "\t",
    "\f",
    '"',
    '"""',
    "'",
    "(",
    ")",
    "[",
    "class A:\n",
    "def f():\n",
    "x",
    "import a\n",
    "\\",
    "#",
    "@d\n",
    "é",
    "😋",
    "else:",
    "q -> a",
    "=",
    ".",
    ",",
    "qa",
    "self.",
    '\n\nqa = d.Predict("é -> b")\n',
    'SIG = "x -> y"\n',
    "from dspy import *\n",
    "global qa\n",
    "lambda a, b: b.",
    'FIELDS["x"] = (int, d.OutputField())\n',
    "FIELDS.pop('q')\n",
    "program.cls = P(SIG)\n",
    'setattr(program, "ans", qa)\n',
]


def facts(program):
    """All that consumers see, as plain data."""
    found = []
    for unit in program.units:
        found.append(unit.span)
        for c in unit.calls:
            given = [(a.kind, a.name, a.span, a.value_kind) for a in c.arguments]
            found.append((c.span, c.kind, c.api, c.method, c.broken, given, type(c.result)))
        for s in unit.strings:
            places = [s.source_span(field.name_span) for field in s.reading.fields]
            found.append((s.span, s.value, s.callee, s.reading, places))
        for p in unit.predictors:
            fields = p.effective and [(f.name, f.name_span) for f in p.effective.fields]
            found.append((p.span, p.name, p.name_span, p.api, fields))
        found += [
            (u.span, u.name, u.sure, u.guarded, u.field and u.field.location) for u in unit.uses
        ]
        for k in unit.classes:
            fields = k.signature and [
                (f.name, f.declaration, f.resolved) for f in k.signature.fields
            ]
            found.append((k.span, k.name, k.kind, fields))
        found += [(u.span, u.name, u.kind, u.parameter.index) for u in unit.parameter_uses]
        found += [(j.span, j.function.span, type(j.program)) for j in unit.judgings]
        found += [(u.span, [f.location for f in u.fields]) for u in unit.uses]
        found += [(n.span, n.text, type(n.value), n.binding) for n in unit.names]
        found += [(n.span, type(n.receiver)) for n in unit.names]
    return found


def fresh(text):
    project = Project(dialect=dialect_for())
    project.open(URI, text)
    return project.program(URI)


@pytest.mark.parametrize("seed", range(25))
def test_any_edits(seed):
    chance = random.Random(seed)
    text = TEXT if chance.random() < 0.7 else TEXT.replace("\n", "\r\n").replace("answer", "añswer")
    project = Project(dialect=dialect_for())
    project.open(URI, text)
    project.program(URI).units  # noqa: B018 - reads everything
    for _ in range(8):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.choice([0, 0, 0, 1, 5, 40]))
        new = "".join(chance.choice(PIECES) for _ in range(chance.choice([0, 1, 1, 1, 3])))
        text = text[:start] + new + text[end:]
        project.change(URI, [Change(Span(start, end), new)])
        if chance.random() < 0.7:
            assert facts(project.program(URI)) == facts(fresh(text))
    for offset in range(0, len(text), 7):
        project.program(URI).at(offset)
        project.program(URI).loggable_at(offset)


AGAIN = """import dspy

class CoT(dspy.Module):
    def __init__(self):
        self.prog = dspy.ChainOfThought("question -> answer")

    def forward(self, question):
        return self.prog(question=question)

program = CoT()
print(program(question="W").answer)
import dspy
"""


def test_what_is_read_in_passing_is_read_again_in_its_turn():
    """`forward` asks for `dspy`, bound last below a call of `forward` that is not needed for it."""
    project = Project(dialect=dialect_for())
    project.open(URI, AGAIN)
    program = project.program(URI)
    assert [use.field is not None for unit in program.units for use in unit.uses] == [True]
    at = AGAIN.index('"W"') + 1
    project.change(URI, [Change(Span(at, at), "x")])
    changed = AGAIN[:at] + "x" + AGAIN[at:]
    assert facts(project.program(URI)) == facts(fresh(changed))


def test_what_an_edit_does_not_concern_is_kept():
    project = Project(dialect=dialect_for())
    project.open(URI, TEXT)
    before = {id(unit): unit for unit in project.program(URI).units}
    at = TEXT.index("return qa(")
    project.change(URI, [Change(Span(at, at), "x = 1; ")])
    kept = [unit for unit in project.program(URI).units if id(unit) in before]
    assert len(kept) == len(before) - 2
