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


# What judges may also be a lambda, an object or a module; and it may stand in another file.

JUDGES = {
    "a lambda": """
        metric = lambda example, pred, trace=None: pred.anwser == example.answer
        """,
    "a method of an object": """
        class Exact:
            def __call__(self, example, pred, trace=None):
                return pred.anwser == example.answer

        metric = Exact()
        """,
    "a module": """
        class Judge(dspy.Module):
            def forward(self, example, pred, trace=None):
                return pred.anwser == example.answer

        metric = Judge()
        """,
    "a function that got some of its keywords": """
        from functools import partial

        def weighed(example, pred, trace=None, *, weight):
            return weight * (pred.anwser == example.answer)

        metric = partial(weighed, weight=2)
        """,
}
PROGRAM = """
    import dspy

    qa = dspy.Predict("question -> answer")
    """


def judged_by(judge: str, then: str = "dspy.Evaluate(devset=[], metric=metric)(qa)") -> str:
    return "".join(textwrap.dedent(part) for part in (PROGRAM, judge, then + "\n"))


@pytest.mark.parametrize("judge", JUDGES.values(), ids=JUDGES)
def test_whatever_judges_gets_the_prediction(judge):
    found = caret(judged_by(judge))
    reported = catalog.check(found.program, dialect=DIALECT)
    assert [(f.code, found.words(f.span)) for f in reported] == [("DSP504", "anwser")]
    here = caret(judged_by(judge.replace("pred.anwser", "pred.ans‸wer")))
    assert here.places(navigation.definition(here.program, here.offset)) == ["3:answer"]


def test_a_lambda_where_it_is_given():
    then = "dspy.BestOfN(qa, N=3, reward_fn=lambda args, pred: float(pred.anwser), threshold=1.0)"
    found = caret(judged_by("", then))
    reported = catalog.check(found.program, dialect=DIALECT)
    assert [(f.code, found.words(f.span)) for f in reported] == [("DSP504", "anwser")]


def test_a_lambda_with_too_few_parameters():
    then = "dspy.Evaluate(devset=[], metric=lambda example: True)(qa)"
    found = caret(judged_by("", then))
    (reported,) = catalog.check(found.program, dialect=DIALECT)
    assert reported.code == "DSP614"
    assert "and the lambda takes 1." in reported.message


METRIC = """
    def metric(example, pred, trace=None):
        return pred.label == example.answer
    """


@pytest.mark.parametrize(
    "then",
    [
        # Bootstrapping judges what the teacher predicts.
        "dspy.BootstrapFewShot(metric=metric).compile(qa, teacher=other, trainset=[])",
        "dspy.BootstrapFewShot(metric=metric).compile(qa, teacher=load(), trainset=[])",
        "dspy.BootstrapFewShot(metric=metric).compile(qa, teacher=[other], trainset=[])",
        # The program calls the metric itself, too.
        "dspy.Evaluate(devset=[], metric=metric)(qa)\nmetric(None, other(question='q'))",
        "dspy.Evaluate(devset=[], metric=metric)(qa)\nmetric(None, pred=load())",
    ],
)
def test_what_else_it_may_be_given_counts(then):
    other = 'other = dspy.Predict("question -> label")\n'
    found = caret(judged_by(METRIC, other + then))
    assert catalog.check(found.program, dialect=DIALECT) == []
    found = caret(judged_by(METRIC.replace("label", "lable"), other + then))
    told = [f.code for f in catalog.check(found.program, dialect=DIALECT)]
    assert told == (["DSP504"] if "load()" not in then else [])


def test_a_metric_that_another_file_has_judge():
    metrics = """
        import dspy

        def exact(example, pred, trace=None):
            return example.answer == pred.anwser
        """
    app = """
        import dspy
        from metrics import exact

        qa = dspy.Predict("question -> answer")
        dspy.Evaluate(devset=[], metric=exact)(qa)
        """
    found = caret(app, metrics=metrics)
    assert catalog.check(found.program, dialect=DIALECT) == []
    other = found.project.program("file:///metrics.py")
    assert other is not None
    (reported,) = catalog.check(other, dialect=DIALECT)
    assert (reported.code, reported.data["nearest"]) == ("DSP504", "answer")
    assert [note.uri for note in reported.related] == ["file:///app.py"]
    found.project.open("file:///app.py", textwrap.dedent(app).replace("answer", "anwser"))
    again = found.project.program("file:///metrics.py")
    assert again is not None
    assert catalog.check(again, dialect=DIALECT) == []


@pytest.mark.parametrize("typing", ["pred.", 'pred[""]', "pred.\n\n    def broken(:"])
def test_what_is_still_being_typed_is_no_mistake(typing):
    here = caret(f"""
        import dspy

        qa = dspy.Predict("question -> answer")

        def metric(example, pred, trace=None):
            return {typing}

        dspy.Evaluate(devset=[], metric=metric)(qa)
        pred = qa(question="q")
        example = dspy.Example(question="q")
        print(pred.answer, {typing.partition(chr(10))[0]}, example.)
        """)
    found = catalog.check(here.program, dialect=DIALECT)
    assert [f.message for f in found if f.code in {"DSP504", "DSP603"}] == []
