"""Hover: what a person reads with the mouse on a string, a field, a keyword, an output, a predictor."""

import re
from pathlib import Path
from urllib.parse import unquote, urlparse

from carets import caret

from dspy_language_server.ide.hover import hover

QA = """
    import dspy

    class RAG(dspy.Module):
        def __init__(self):
            self.answer = dspy.ChainOfThought("question, context: list[str] -> answer: float")

        def forward(self, question):
            pred = self.answer(question=question, context=[])
            return pred.answer
    """


def shown(source: str, **files: str) -> str:
    at = caret(source, **files)
    found = hover(at.program, at.offset)
    return "" if found is None else found.markdown


def test_on_a_string_all_fields_with_types_and_what_dspy_adds():
    text = shown(QA.replace("question, context", "question,‸ context"))
    assert "| input | `question` | `str` |" in text
    assert "| input | `context` | `list[str]` |" in text
    assert "| output | `reasoning` | `str` | *added by DSPy*" in text
    assert "| output | `answer` | `float` |" in text


def test_on_a_field_of_a_string_its_declaration_comes_first():
    assert shown(QA.replace("-> answer", "-> ans‸wer")).startswith("Output field `answer: float`")


def test_on_a_keyword_the_field_it_fills():
    text = shown(QA.replace("context=[]", "con‸text=[]"))
    assert text == "Input field `context: list[str]`"


def test_on_an_output_of_a_prediction_its_declaration():
    assert shown(QA.replace("pred.answer", "pred.ans‸wer")) == "Output field `answer: float`"


def test_on_a_predictor_its_effective_signature():
    text = shown(QA.replace("self.answer(question", "self.ans‸wer(question"))
    assert "**ChainOfThought**" in text
    assert "`reasoning`" in text


def test_on_a_module_its_predictors_and_what_it_takes():
    text = shown(QA.replace("class RAG", "class R‸AG"))
    assert "`RAG(question)`" in text
    assert "`self.answer`" in text


def test_descriptions_and_instructions_of_a_class_signature():
    text = shown(
        """
        import dspy

        class QA(dspy.Signature):
            \"\"\"Answer shortly.\"\"\"
            question: str = dspy.InputField(desc="what is asked")
            answer: str = dspy.OutputField()

        qa = dspy.Predict(Q‸A)
        """
    )
    assert "what is asked" in text
    assert "Answer shortly" in text


def test_a_users_text_cannot_smuggle_in_a_link():
    text = shown(
        """
        import dspy

        class QA(dspy.Signature):
            \"\"\"[run](command:evil) <b>\"\"\"
            question: str = dspy.InputField(desc="[x](command:y)")
            answer: str = dspy.OutputField()

        qa = dspy.Predict(Q‸A)
        """
    )
    assert "](" not in text
    assert "<b>" not in text.replace("\\<", "")


def test_outside_of_dspy_there_is_nothing():
    assert shown("import dspy\nx = le‸n([])\n") == ""
    assert shown("‸") == ""


def test_on_a_rules_code_in_a_suppression_what_the_rule_is_about():
    assert "**DSP901**" in shown("import dspy\nx = 1  # dspy: ignore[DSP9‸01]\n")


def test_it_says_what_dspy_does_and_leads_to_the_whole_page():
    text = shown("import dspy\nx = 1  # dspy: ignore[DSP5‸04]\n")
    assert "Raises `AttributeError` for `prediction.name`" in text
    address = re.search(r"\[The whole page\]\((file://.*)\)$", text)
    assert address is not None
    page = Path(unquote(urlparse(address[1]).path)).read_text("utf-8")
    assert page.startswith("# DSP504")


def test_half_typed_code_elsewhere_does_not_silence_the_hover():
    broken = QA.replace("-> answer", "-> ans‸wer") + "\n    def broken(:\n        x = [\n"
    assert shown(broken).startswith("Output field `answer: float`")
