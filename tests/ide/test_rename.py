"""Rename: a field, from anywhere, everywhere; null outside of fields."""

import pytest
from carets import caret, edited

from dspy_language_server.ide import rename

QA = """
    import dspy

    class RAG(dspy.Module):
        def __init__(self):
            self.answer = dspy.ChainOfThought("question -> answer")

        def forward(self, question):
            pred = self.answer(question=question)
            return dspy.Prediction(answer=pred.answer)
    """


def renamed(source: str, new: str) -> str:
    at = caret(source)
    edits = rename.rename(at.project, at.program, at.offset, new)
    assert edits is not None
    return edited(at, [(edit.location.span, edit.text) for edit in edits])


@pytest.mark.parametrize(
    "marked",
    [
        QA.replace('"question ->', '"ques‸tion ->'),
        QA.replace("question=question", "ques‸tion=question"),
    ],
    ids=["from the string", "from a keyword"],
)
def test_an_input_changes_the_string_and_every_keyword(marked):
    text = renamed(marked, "query")
    assert '"query -> answer"' in text
    assert "self.answer(query=question)" in text
    assert "def forward(self, question)" in text


def test_an_output_changes_the_string_and_every_attribute():
    text = renamed(QA.replace("pred.answer", "pred.ans‸wer"), "reply")
    assert '"question -> reply"' in text
    assert "answer=pred.reply" in text
    assert "self.answer = " in text


def test_prepare_is_null_outside_of_fields():
    for source in ("import dspy\nx‸ = 1\n", QA.replace("class RAG", "class R‸AG"), "‸"):
        at = caret(source)
        assert rename.prepare(at.program, at.offset) is None


def test_prepare_is_null_on_a_field_that_dspy_adds():
    at = caret(QA.replace("pred.answer", "pred.reas‸oning"))
    assert rename.prepare(at.program, at.offset) is None


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("not a name", "identifier"),
        ("class", "identifier"),
        ("_x", "underscore"),
        ("answer", "already"),
    ],
)
def test_a_name_that_a_field_cannot_have_is_refused(new, why):
    at = caret(QA.replace('"question ->', '"ques‸tion ->'))
    with pytest.raises(rename.RenameRefusedError, match=why):
        rename.rename(at.project, at.program, at.offset, new)


INHERITED = """
    import dspy

    class Base(dspy.Signature):
        question: str = dspy.InputField()
        answer: str = dspy.OutputField()

    class Longer(Base):
        notes: str = dspy.OutputField()

    qa = dspy.ChainOfThought(Longer)
    """


@pytest.mark.parametrize(
    ("start", "new", "why"),
    [
        ("    ques‸tion:", "notes", "`Longer` has a field `notes` already"),
        ("    ans‸wer:", "notes", "`Longer` has a field `notes` already"),
        ("    ans‸wer:", "reasoning", "`qa` has a field `reasoning` already"),
        ("    ques‸tion:", "demos", "the predictor takes it as its few-shot examples"),
        ("    ques‸tion:", "instructions", "DSPy raises for it"),
        ("    ans‸wer:", "items", "any prediction has that"),
    ],
)
def test_a_name_that_would_break_the_program_is_refused(start, new, why):
    at = caret(INHERITED.replace(start.replace("‸", ""), start))
    with pytest.raises(rename.RenameRefusedError, match=why):
        rename.rename(at.project, at.program, at.offset, new)
