"""Definition, references, highlights: from a use to its field and back, across files."""

from carets import caret

from dspy_language_server.ide import navigation

QA = """
    import dspy

    class RAG(dspy.Module):
        def __init__(self):
            self.answer = dspy.ChainOfThought("question -> answer")

        def forward(self, question):
            pred = self.answer(question=question)
            return pred.answer
    """


def definition(source: str, **files: str) -> list[str]:
    at = caret(source, **files)
    return at.places(navigation.definition(at.program, at.offset))


def references(source: str, **files: str) -> list[str]:
    at = caret(source, **files)
    found = navigation.references(at.project, at.program, at.offset, declaration=True)
    return sorted(at.places(found))


def test_from_an_output_to_the_string():
    assert definition(QA.replace("pred.answer", "pred.ans‸wer")) == ["5:answer"]


def test_from_a_keyword_to_the_string():
    assert definition(QA.replace("question=question", "ques‸tion=question")) == ["5:question"]


def test_from_an_output_to_the_class_in_another_file():
    found = definition(
        """
        import dspy
        from signatures import QA

        qa = dspy.Predict(QA)
        print(qa(question="x").ans‸wer)
        """,
        signatures="""
        import dspy

        class QA(dspy.Signature):
            question: str = dspy.InputField()
            answer: str = dspy.OutputField()
        """,
    )
    assert found == ["signatures.py:5:answer"]


def test_from_a_type_in_a_string_to_its_class():
    found = definition(
        """
        import dspy
        from pydantic import BaseModel

        class Contact(BaseModel):
            name: str

        p = dspy.Predict("text -> contact: Con‸tact")
        """
    )
    assert found == ["4:Contact"]


def test_references_of_a_field_are_its_declaration_keywords_and_attributes():
    assert references(QA.replace("question -> ", "ques‸tion -> ")) == ["5:question", "8:question"]
    assert references(QA.replace("-> answer", "-> ans‸wer")) == ["5:answer", "9:answer"]


def test_highlights_say_where_the_field_is_declared():
    at = caret(QA.replace("pred.answer", "pred.ans‸wer"))
    found = navigation.highlights(at.project, at.program, at.offset)
    assert [(at.places([where])[0], written) for where, written in found] == [
        ("5:answer", True),
        ("9:answer", False),
    ]


def test_a_field_that_dspy_adds_has_no_place():
    assert definition(QA.replace("pred.answer", "pred.reas‸oning")) == []
