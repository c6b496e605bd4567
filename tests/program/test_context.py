"""What is under the caret `‸`."""

import pytest

HEAD = """import dspy
from typing import Literal
qa = dspy.ChainOfThought("question, context: list[str] -> answer: str")
class S(dspy.Signature):
    topic: str = dspy.InputField()
"""


@pytest.mark.parametrize(
    ("text", "part", "name"),
    [
        ('x = dspy.Predict("ques‸tion -> answer")', "input", "question"),
        ('x = dspy.Predict("question: i‸nt -> answer")', "input-type", "int"),
        ('x = dspy.Predict("question -> ans‸wer")', "output", "answer"),
        ("x = dspy.Predict(\"question -> answer: Literal['a, b'], s‸core\")", "output", "score"),
        ('x = dspy.Predict("question -> answer: dict[str, ‸")', "output-type", ""),
        ('x = dspy.Predict("question -‸> answer")', "arrow", "->"),
        ('x = dspy.Predict("question -> answer:‸', "output-type", ""),
        ('x = dspy.Predict("q\\x75estion" " -> an‸swer")', "output", "answer"),
    ],
)
def test_in_a_signature_string(context, text, part, name):
    found = context(HEAD + text + "\n")
    assert (found.kind, found.part, found.name) == ("string", part, name)


@pytest.mark.parametrize(
    ("text", "kind", "name", "field"),
    [
        ("qa(ques‸tion=1)", "keyword", "question", "question"),
        ("qa(question=1, con‸)", "argument", "", None),
        ("qa(question=1).ans‸wer", "attribute", "answer", "answer"),
        ("qa(question=1).‸", "attribute", "", None),
        ("qa(question=1)['ans‸wer']", "attribute", "answer", "answer"),
        ("q‸a(question=1)", "name", "qa", None),
        ("qa.‸", "member", "", None),
        ("e = dspy.Example(a=1).with_inputs('a‸')", "example", "a", None),
        ("class T(dspy.Signature):\n    na‸me: str = dspy.InputField()", "field", "name", "name"),
        ("x = 1‸", "nothing", "", None),
    ],
)
def test_elsewhere(context, text, kind, name, field):
    found = context(HEAD + text + "\n")
    assert (found.kind, found.name) == (kind, name)
    assert (found.field.name if found.field else None) == field


def test_the_innermost_call_holds_the_caret(context):
    found = context(HEAD + "qa(question=qa(question='', context=‸[]).answer)\n")
    assert found.call.callee_span.start > len(HEAD)
    assert found.call.predictor.name == "qa"
    assert found.call.arguments[found.active].name == "context"
