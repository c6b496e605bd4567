"""Signature help: the inputs of the call being typed, the active one marked."""

from carets import caret

from dspy_language_server.ide.signature_help import signature_help

QA = 'import dspy\nqa = dspy.ChainOfThought("question, context: list[str] -> answer")\n'


def shown(source: str) -> tuple[str, str | None] | None:
    at = caret(source)
    found = signature_help(at.program, at.offset)
    if found is None:
        return None
    active = None
    if found.active is not None:
        parameter = found.parameters[found.active]
        active = found.label[parameter.start : parameter.end]
    return found.label, active


def test_the_inputs_with_types_and_what_comes_out():
    label, active = shown(QA + "qa(‸)\n")
    assert label == "qa(question: str, context: list[str]) -> reasoning: str, answer: str"
    assert active == "question: str"


def test_inside_a_keywords_value_that_input_is_active():
    assert shown(QA + 'qa(question="x", context=[‸])\n')[1] == "context: list[str]"


def test_behind_a_comma_the_first_missing_input_is_active():
    assert shown(QA + "qa(context=[], ‸)\n")[1] == "question: str"


def test_nothing_outside_of_the_parentheses():
    assert shown(QA + "q‸a(question='x')\n") is None
    assert shown("len(‸)\n") is None
