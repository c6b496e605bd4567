"""Predictors and their signatures, wherever they are made."""

import pytest


def effective(program):
    return [
        (p.name, p.api, [f.name for f in p.effective.fields] if p.effective else None)
        for p in program.predictors()
    ]


@pytest.mark.parametrize(
    ("imports", "callee"),
    [
        ("import dspy", "dspy.Predict"),
        ("import dspy as d", "d.Predict"),
        ("from dspy import Predict", "Predict"),
        ("from dspy import Predict as P", "P"),
        ("import dspy.predict", "dspy.predict.Predict"),
        ("from dspy.predict.predict import Predict", "Predict"),
        ("import dspy\nMake = dspy.Predict", "Make"),
        ("try:\n    import dspy\nexcept ImportError:\n    dspy = None", "dspy.Predict"),
        ("from dspy import *", "Predict"),
    ],
)
def test_dspy_is_known_under_every_name_that_python_binds(program, imports, callee):
    assert effective(program(f'{imports}\nqa = {callee}("question -> answer")\n')) == [
        ("qa", "Predict", ["question", "answer"])
    ]


def test_a_name_that_is_not_dspys_is_left_alone(program):
    assert effective(program('from other import Predict\nPredict("question -> answer")\n')) == []


def test_an_api_adds_its_fields(program):
    text = 'import dspy\nqa = dspy.ChainOfThought("q -> a")\nr = dspy.ReAct("q -> a", tools=[])\n'
    assert effective(program(text)) == [
        ("qa", "ChainOfThought", ["q", "reasoning", "a"]),
        ("r", "ReAct", ["q", "trajectory", "reasoning", "a"]),
    ]


@pytest.mark.parametrize(
    "signature",
    [
        '"question -> answer"',
        '"question" " -> " "answer"',
        '("question"\n  " -> answer")',
        '"question" + " -> answer"',
        'textwrap.dedent("""\\\n    question -> answer""")',
        "SIG",
        'f"question -> answer"',
        'r"question -> answer"',
        'dspy.Signature("question -> answer", "Do it.")',
        'dspy.Signature({"question": (str, dspy.InputField()), "answer": (str, dspy.OutputField())})',
        "QA",
        'dspy.Signature("question -> x").delete("x").append("answer", dspy.OutputField())',
        'dspy.Signature("answer_ -> answer").prepend("question", dspy.InputField()).delete("answer_")',
        'QA.with_instructions("Be brief.")',
    ],
)
def test_a_signature_is_read_in_every_form(program, signature):
    text = f"""import dspy
import textwrap

SIG = "question -> answer"


class QA(dspy.Signature):
    question: str = dspy.InputField()
    answer: str = dspy.OutputField()


qa = dspy.Predict({signature})
"""
    assert effective(program(text))[-1] == ("qa", "Predict", ["question", "answer"])


@pytest.mark.parametrize("signature", ['f"{x} -> answer"', "x", '"a -> b" % x', "make()"])
def test_what_cannot_be_known_is_not_guessed(program, signature):
    text = f"import dspy\nfrom other import x, make\nqa = dspy.Predict({signature})\n"
    assert effective(program(text)) == [("qa", "Predict", None)]


def test_a_class_signature_knows_how_each_field_is_declared(program):
    (definition,) = program("""import dspy
class QA(dspy.Signature):
    \"\"\"Answer.\"\"\"
    question: str = dspy.InputField(desc="what")
    count: int
    called = dspy.InputField
    comma: str = dspy.InputField(),
    plain: str = "x"
    answer: list[str] = dspy.OutputField()
""").classes()
    found = [(f.name, f.declaration, f.description) for f in definition.signature.fields]
    assert found == [
        ("question", "field", "what"),
        ("count", "bare", None),
        ("called", "uncalled", None),
        ("comma", "tuple", None),
        ("plain", "value", None),
        ("answer", "field", None),
    ]
    assert definition.signature.instructions == "Answer."
    assert definition.signature.field("answer").resolved == "list[str]"
    assert not definition.signature.complete


def test_fields_are_inherited_across_files(program):
    base = """import dspy
class Base(dspy.Signature):
    question: str = dspy.InputField()
    answer: str = dspy.OutputField()
"""
    text = """import dspy
from base import Base
class More(Base):
    score: float = dspy.OutputField()
qa = dspy.Predict(More)
"""
    assert effective(program(text, base=base)) == [
        ("qa", "Predict", ["question", "answer", "score"])
    ]


def test_the_last_definition_before_the_use_counts(program):
    text = """import dspy
class S(dspy.Signature):
    a: str = dspy.InputField()
first = dspy.Predict(S)
class S(dspy.Signature):
    b: str = dspy.InputField()
second = dspy.Predict(S)
"""
    assert effective(program(text)) == [("first", "Predict", ["a"]), ("second", "Predict", ["b"])]


def test_half_typed_code_does_not_silence_the_rest(program):
    text = """import dspy
class A(dspy.Module):
    def __init__(self):
        self.one = dspy.Predict("a -> b
        self.two = dspy.Predict("c -> d")
    def forward(self, x):
        y = self.two(c=
        z = (x.
x = dspy.Predict(
three = dspy.Predict("e -> f")
s = \"\"\"open
def g(): pass
four = dspy.Predict("g -> h")
"""
    names = [p.name for p in program(text).predictors()]
    assert names == ["x", "self.one", "self.two", "three", "four"] or set(names) == {
        "self.one",
        "self.two",
        "x",
        "three",
        "four",
    }


@pytest.mark.parametrize(
    "typed",
    [
        "x = program.",
        "x.",
        "import",
        "from a import",
        "@",
        "x = a +",
        "x = y if",
        "x = lambda a:",
        "x = not",
        "def f(",
        "def f(a, ",
        "class A(dspy.",
        "if f(:",
        "with open(",
        "for x in",
        "class A",
        "def f",
        "x = f(a, [",
        'x = "',
        "x = {",
        "while",
        "return",
        "p(a=",
    ],
)
def test_the_statement_behind_a_half_typed_line_is_read(program, typed):
    text = f'import dspy\n{typed}\nsecond = dspy.Predict("c -> d")\n'
    assert "second" in [p.name for p in program(text).predictors()]
