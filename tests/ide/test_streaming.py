"""Stream listeners name a field of the program that is streamed."""

import pytest
from carets import DIALECT, caret, edited

from dspy_language_server.ide import navigation, rename
from dspy_language_server.ide.completion import complete
from dspy_language_server.ide.hover import hover
from dspy_language_server.rules import catalog

PROGRAM = """
    import dspy
    from dspy.streaming import StreamListener

    class Answer(dspy.Module):
        def __init__(self, tries=3):
            super().__init__()
            self.search = dspy.Predict("question -> query")
            self.steps = [dspy.ChainOfThought("query -> answer")]
            self.tries = 3

        def forward(self, question):
            return self.steps[0](query=self.search(question=question).query)

    program = Answer()
    listeners = [StreamListener(signature_field_name="answer")]
    stream = dspy.streamify(program, stream_listeners=listeners)
    """


def labels(source: str) -> list[str]:
    at = caret(source)
    return [item.label for item in complete(at.program, at.offset, DIALECT)]


def problems(source: str) -> list[tuple[str, str, str]]:
    at = caret(source)
    found = catalog.check(at.program, dialect=DIALECT)
    return [(f.code, f.severity.value, at.words(f.span)) for f in found if f.code == "DSP511"]


def test_the_programs_outputs_are_offered():
    assert labels(PROGRAM.replace('name="answer"', 'name="‸"')) == ["query", "reasoning", "answer"]
    of_one = PROGRAM + '    StreamListener("‸", predict=program.search)\n'
    assert labels(of_one) == ["query"]
    # Not yet given to a program: any output of the file.
    assert labels(PROGRAM + '    later = StreamListener("‸")\n') == ["query", "answer"]


def test_from_the_name_to_the_field():
    at = caret(PROGRAM.replace('name="answer"', 'name="ans‸wer"'))
    assert at.places(navigation.definition(at.program, at.offset)) == ["8:answer"]
    found = hover(at.program, at.offset)
    assert found is not None
    assert found.markdown == "Output field `answer: str`"


@pytest.mark.parametrize("marked", ['name="ans‸wer"', '-> ans‸wer"'])
def test_a_rename_reaches_the_listener_and_starts_at_it(marked):
    at = caret(PROGRAM.replace(marked.replace("‸", ""), marked))
    edits = rename.rename(at.project, at.program, at.offset, "reply")
    assert edits is not None
    text = edited(at, [(edit.location.span, edit.text) for edit in edits])
    assert 'signature_field_name="reply"' in text
    assert '"query -> reply"' in text
    assert all(edit.sure for edit in edits)


def test_a_field_that_no_predictor_yields():
    assert problems(PROGRAM) == []
    assert problems(PROGRAM.replace('name="answer"', 'name="anwser"')) == [
        ("DSP511", "error", "anwser")
    ]
    assert problems(PROGRAM.replace('name="answer"', 'name="question"')) == [
        ("DSP511", "error", "question")
    ]


def test_a_field_that_more_than_one_predictor_yields():
    twice = PROGRAM.replace("question -> query", "question -> query, answer")
    assert problems(twice) == [("DSP511", "error", "answer")]
    said = twice.replace('name="answer"', 'name="answer", predict=program.search')
    assert problems(said) == []
    wrong = twice.replace('name="answer"', 'name="sauce", predict=program.search')
    assert problems(wrong) == [("DSP511", "warning", "sauce")]


@pytest.mark.parametrize(
    "unknown",
    [
        PROGRAM.replace("self.tries = 3", "self.tries = tries"),
        PROGRAM.replace("self.tries = 3", 'self.act = dspy.ReAct("a -> b", tools=[])'),
        PROGRAM.replace("Answer(dspy.Module)", "Answer(Base)"),
        PROGRAM.replace("program = Answer()", "program = load()"),
        PROGRAM.replace("listeners = [", "listeners = load() or ["),
        PROGRAM.replace('name="answer"', "name=name"),
    ],
)
def test_where_there_may_be_more_predictors_nothing_is_said(unknown):
    assert problems(unknown.replace('name="answer"', 'name="else_"')) == []
