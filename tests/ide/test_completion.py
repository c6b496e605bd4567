"""Completion: types in a string, missing keywords, outputs behind a dot, names of fields."""

from carets import DIALECT, caret

from dspy_language_server.ide.completion import complete, documentation


def labels(source: str, **files: str) -> list[str]:
    at = caret(source, **files)
    return [item.label for item in complete(at.program, at.offset, DIALECT)]


def applied(source: str, label: str) -> str:
    """The line of the caret with a proposal taken."""
    at = caret(source)
    item = next(i for i in complete(at.program, at.offset, DIALECT) if i.label == label)
    text = at.text[: item.span.start] + item.insert + at.text[item.span.end :]
    return text[: item.span.start].rpartition("\n")[2] + text[item.span.start :].partition("\n")[0]


def test_types_behind_a_colon_builtins_first_then_dspys():
    found = labels('import dspy\np = dspy.Predict("question: ‸ -> answer")\n')
    assert found[:3] == ["str", "int", "float"]
    assert "Literal" in found
    assert "dspy.Image" in found


def test_types_of_the_scope_and_not_its_plain_values():
    found = labels(
        """
        import dspy
        from pydantic import BaseModel

        class Contact(BaseModel):
            name: str

        LIMIT = 3
        p = dspy.Predict("text -> contact: ‸")
        """
    )
    assert "Contact" in found
    assert "LIMIT" not in found


def test_a_half_typed_type_is_replaced_as_a_whole():
    line = applied('import dspy\np = dspy.Predict("image: dspy.Im‸ -> answer")\n', "dspy.Image")
    assert line == 'p = dspy.Predict("image: dspy.Image -> answer")'


def test_outputs_that_the_program_uses_are_offered_behind_the_arrow():
    source = 'import dspy\np = dspy.Predict("question -> ‸")\nprint(p(question="x").answer)\n'
    assert "answer" in labels(source)


def test_keywords_that_are_still_missing():
    source = 'import dspy\nqa = dspy.Predict("question, context -> answer")\nqa(question="x", ‸)\n'
    assert labels(source) == ["context"]
    assert applied(source, "context") == 'qa(question="x", context=)'


def test_no_keyword_where_a_value_is_wanted():
    source = 'import dspy\nqa = dspy.Predict("question, context -> answer")\nqa(question=‸)\n'
    assert labels(source) == []


def test_outputs_behind_a_dot():
    source = 'import dspy\nqa = dspy.ChainOfThought("question -> answer, score: float")\npred = qa(question="x")\npred.‸\n'
    assert set(labels(source)) == {"reasoning", "answer", "score"}


def test_parameters_of_a_constructor():
    found = labels('import dspy\nr = dspy.ReAct("question -> answer", ‸)\n')
    assert "tools" in found
    assert "max_iters" in found


def test_parameters_of_evaluate_and_optimizers():
    source = "import dspy\nrate = dspy.Evaluate(devset=[], ‸)\n"
    assert labels(source)[:2] == ["metric", "num_threads"]
    source = "import dspy\nrate = dspy.Evaluate(devset=[])\nrate(dspy.Predict('a -> b'), ‸)\n"
    assert "callback_metadata" in labels(source)
    assert "program" not in labels(source)
    tuned = "dspy.BootstrapFewShot(metric=None).compile(dspy.Predict('a -> b'), ‸)"
    assert labels(f"import dspy\ntuned = {tuned}\n") == ["trainset", "teacher"]


def test_fields_of_an_example_in_with_inputs():
    source = 'import dspy\nex = dspy.Example(question="q", answer="a").with_inputs("‸")\n'
    assert labels(source) == ["question", "answer"]


def test_documentation_is_made_when_it_is_asked_for():
    at = caret('import dspy\nqa = dspy.Predict("question: int -> answer")\nqa(‸)\n')
    assert (
        documentation(at.program, at.offset, "question", DIALECT) == "Input field `question: int`"
    )


def test_nothing_outside_of_dspy():
    assert labels("import os\nos.‸\n") == []
    assert labels("‸") == []
