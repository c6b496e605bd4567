"""Metrics: what their parameters carry follows from the programs that they judge."""

import textwrap

import pytest
from carets import DIALECT, caret

from dspy_language_server.ide import navigation, rename
from dspy_language_server.ide.completion import complete
from dspy_language_server.ide.hover import hover
from dspy_language_server.rules import catalog

QA = """
    import dspy

    qa = dspy.ChainOfThought("question -> answer, score: float")

    def exact(example, pred, trace=None):
        return example.answer == pred.answer

    trainset = [dspy.Example(question="q", answer="a").with_inputs("question")]
    """
JUDGED = {
    "Evaluate": "dspy.Evaluate(devset=trainset, metric=exact)(qa)",
    "Evaluate, when called": "dspy.Evaluate(devset=trainset)(qa, metric=exact)",
    "an optimizer": "dspy.BootstrapFewShot(metric=exact).compile(qa, trainset=trainset)",
    "by position": "dspy.MIPROv2(exact, auto='light').compile(qa, trainset=trainset)",
    "BestOfN": "dspy.BestOfN(module=qa, N=3, reward_fn=exact, threshold=1.0)",
    "Refine": "dspy.Refine(qa, 3, exact, 1.0)",
}


def at(source: str, judged: str = JUDGED["Evaluate"], **files: str):
    return caret(textwrap.dedent(source) + judged + "\n", **files)


def problems(source: str, judged: str = JUDGED["Evaluate"]) -> list[tuple[str, str]]:
    found = at(source, judged)
    reported = catalog.check(found.program, dialect=DIALECT)
    return [(f.code, found.words(f.span)) for f in reported if f.code == "DSP504"]


@pytest.mark.parametrize("judged", JUDGED.values(), ids=JUDGED)
def test_the_prediction_is_one_of_the_program_that_is_judged(judged):
    here = at(QA.replace("pred.answer", "pred.ans‸wer"), judged)
    found = hover(here.program, here.offset)
    assert found is not None
    assert found.markdown == "Output field `answer: str`"
    assert here.places(navigation.definition(here.program, here.offset)) == ["3:answer"]


def test_its_outputs_are_offered():
    here = at(QA.replace("pred.answer", "pred.‸"))
    labels = [item.label for item in complete(here.program, here.offset, DIALECT)]
    assert labels == ["reasoning", "answer", "score"]


def test_an_example_offers_its_own_fields_and_the_programs():
    here = at(QA.replace("example.answer", "example.‸"))
    labels = [item.label for item in complete(here.program, here.offset, DIALECT)]
    assert labels == ["question", "answer", "score"]


def test_an_output_that_does_not_exist_is_an_error():
    assert problems(QA.replace("pred.answer", "pred.anwser")) == [("DSP504", "anwser")]
    assert problems(QA.replace("pred.answer", 'pred["anwser"]')) == [("DSP504", "anwser")]


@pytest.mark.parametrize(
    "body",
    [
        "pred.toDict()",
        'hasattr(pred, "cost") and pred.cost',
        'pred.get("cost", 0)',
        "example.anwser",
        "trace.cost",
    ],
)
def test_what_may_be_there_is_no_error(body):
    assert problems(QA.replace("example.answer == pred.answer", body)) == []


def test_of_a_program_that_is_not_known_nothing_is_said():
    source = QA.replace("pred.answer", "pred.anwser")
    assert problems(source, "dspy.Evaluate(metric=exact, devset=[])(load())") == []
    assert problems(source, "") == []


def test_one_metric_for_two_programs_may_read_the_outputs_of_either():
    other = 'other = dspy.Predict("question -> label")\n'
    both = "evaluate = dspy.Evaluate(devset=[], metric=exact)\nevaluate(qa)\nevaluate(other)"
    assert problems(QA.replace("pred.answer", "pred.label"), other + both) == []
    assert problems(QA.replace("pred.answer", "pred.lable"), other + both) == [("DSP504", "lable")]


def test_a_rename_reaches_the_metric_in_another_file():
    metrics = """
    def exact(example, pred, trace=None):
        return example.answer == pred.answer
    """
    here = caret(
        """
        import dspy
        from metrics import exact

        qa = dspy.Predict("question -> ans‸wer")
        dspy.Evaluate(devset=[], metric=exact)(qa)
        """,
        metrics=metrics,
    )
    edits = rename.rename(here.project, here.program, here.offset, "reply")
    assert edits is not None
    places = here.places([edit.location for edit in edits])
    assert list(zip(places, [edit.sure for edit in edits], strict=True)) == [
        ("4:answer", True),
        ("metrics.py:2:answer", False),  # the example's label is called so by custom only
        ("metrics.py:2:answer", True),
    ]


def test_a_reward_function_gets_the_inputs_by_name():
    source = QA.replace("example.answer", 'example["ques‸tion"]')
    here = at(source, JUDGED["Refine"])
    assert here.places(navigation.definition(here.program, here.offset)) == ["3:question"]
