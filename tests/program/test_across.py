"""Names across files, occurrences of a field, and what can be logged."""

from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Change

LIBRARY = """import dspy
class QA(dspy.Signature):
    question: str = dspy.InputField()
    answer: str = dspy.OutputField()
class Base(dspy.Module):
    def __init__(self):
        self.qa = dspy.Predict(QA)
    def forward(self, question):
        return self.qa(question=question)
"""
APP = """from library import Base
import library as lib
class Mine(Base):
    def more(self, text):
        return self.qa(question=text).answer
mine = Mine()
print(mine(question="").answer, lib.Base()(question="")["answer"])
"""


def test_a_field_is_found_from_every_file(workspace):
    files = workspace(library=LIBRARY)
    program = files.open(APP)
    field = program.at(APP.index(".answer") + 2).field
    found = [
        (o.location.uri, files.project.program(o.location.uri).document.slice(o.location.span))
        for o in files.project.occurrences(field)
    ]
    assert found == [
        ("/code/library.py", "answer"),
        *[("/code/app.py", "answer")] * 3,
    ]


def test_an_edit_in_one_file_is_seen_in_the_other(workspace):
    files = workspace(library=LIBRARY)
    files.open(APP)
    files.project.open("/code/library.py", LIBRARY)
    at = LIBRARY.index("answer")
    files.project.change("/code/library.py", [Change(Span(at, at + 6), "reply")])
    program = files.project.program("/code/app.py")
    assert {n for u in program.units for use in u.uses for n in use.outputs.fields} == {"reply"}


def test_what_can_be_logged(program):
    made = program("""import dspy
class CoT(dspy.Module):
    def __init__(self, k, n=3):
        self.p = dspy.Predict("a -> b")
    def forward(self, a):
        return self.p(a=a)
class Other:
    pass
program = CoT(3)
qa = dspy.Predict("a -> b")
best = dspy.BootstrapFewShot().compile(program, trainset=[])
if __name__ == "__main__":
    loaded = CoT(k=2)
    loaded.load("x.json")
number = 3
""")
    found = [(x.name, x.kind, [p.name for p in x.required], x.instances) for x in made.loggables]
    assert found == [
        ("CoT", "class", ["k"], ("program", "best", "loaded")),
        ("program", "variable", [], ()),
        ("qa", "variable", [], ()),
        ("best", "variable", [], ()),
        ("loaded", "variable", [], ()),
    ]


def test_inside_a_class_the_class_is_meant(program):
    text = """import dspy
class CoT(dspy.Module):
    def forward(self, a):
        x = 1
        return x
program = CoT()
"""
    made = program(text)
    assert made.loggable_at(text.index("x = 1")).name == "CoT"
    assert made.loggable_at(text.index("program")).name == "program"
    assert made.loggable_at(0) is None
