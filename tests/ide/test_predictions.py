"""What `dspy.Prediction(...)` carries out of a module, examples and demos: fields like a signature's."""

import pytest
from carets import DIALECT, caret, edited

from dspy_language_server.ide import navigation, rename
from dspy_language_server.ide.completion import complete
from dspy_language_server.ide.hover import hover
from dspy_language_server.rules import catalog

RAG = """
    import dspy

    class RAG(dspy.Module):
        def __init__(self):
            self.generate = dspy.ChainOfThought("question -> answer")

        def forward(self, question):
            pred = self.generate(question=question)
            return dspy.Prediction(reply=pred.answer, thought=pred.reasoning)

    rag = RAG()
    print(rag(question="x").reply)
    """
DEMOS = """
    import dspy

    qa = dspy.Predict("question -> answer")
    qa.demos = [{"question": "q", "answer": "a"}, dspy.Example(question="q", answer="a")]
    print(qa(question="x").answer)
    """
BRANCHES = """
    import dspy

    short = dspy.Predict("question -> answer")
    long = dspy.ChainOfThought("question -> answer")

    def ask(question, deep):
        if deep:
            pred = long(question=question)
        else:
            pred = short(question=question)
        return pred.answer
    """


def definition(source: str, **files: str) -> list[str]:
    at = caret(source, **files)
    return at.places(navigation.definition(at.program, at.offset))


def renamed(source: str, new: str) -> str:
    at = caret(source)
    edits = rename.rename(at.project, at.program, at.offset, new)
    assert edits is not None
    return edited(at, [(edit.location.span, edit.text) for edit in edits])


def labels(source: str) -> list[str]:
    at = caret(source)
    return [item.label for item in complete(at.program, at.offset, DIALECT)]


def test_from_a_modules_output_to_the_keyword_that_gives_it():
    assert definition(RAG.replace('"x").reply', '"x").rep‸ly')) == ["9:reply"]


def test_it_says_where_the_output_is_from():
    at = caret(RAG.replace('"x").reply', '"x").rep‸ly'))
    found = hover(at.program, at.offset)
    assert found is not None
    assert found.markdown == "Field `reply` of `dspy.Prediction(…)`"


def test_a_modules_output_is_renamed_from_either_end():
    for marked in (RAG.replace('"x").reply', '"x").rep‸ly'), RAG.replace("(reply=", "(rep‸ly=")):
        text = renamed(marked, "response")
        assert "dspy.Prediction(response=pred.answer, thought" in text
        assert 'rag(question="x").response' in text


def test_a_name_that_the_prediction_has_already_is_refused():
    at = caret(RAG.replace("(reply=", "(rep‸ly="))
    with pytest.raises(rename.RenameRefusedError, match="already"):
        rename.rename(at.project, at.program, at.offset, "thought")


def test_where_branches_meet_all_declarations_are_meant():
    marked = BRANCHES.replace("pred.answer", "pred.ans‸wer")
    assert sorted(definition(marked)) == ["3:answer", "4:answer"]
    text = renamed(marked, "reply")
    assert text.count('"question -> reply"') == 2
    assert "return pred.reply" in text


def test_where_branches_meet_a_rename_of_one_is_a_guess():
    at = caret(BRANCHES.replace('long = dspy.ChainOfThought("question -> answer', 'long = dspy.ChainOfThought("question -> ans‸wer'))  # fmt: skip
    edits = rename.rename(at.project, at.program, at.offset, "reply")
    assert edits is not None
    places = at.places([edit.location for edit in edits])
    assert list(zip(places, [edit.sure for edit in edits], strict=True)) == [
        ("4:answer", True),
        ("11:answer", False),
    ]


def test_demos_name_the_predictors_fields():
    assert definition(DEMOS.replace('{"question"', '{"ques‸tion"')) == ["3:question"]
    text = renamed(DEMOS.replace("question -> answer", "question -> ans‸wer"), "reply")
    assert '{"question": "q", "reply": "a"}' in text
    assert 'dspy.Example(question="q", reply="a")' in text


def test_fields_are_offered_in_demos():
    assert labels(DEMOS.replace('{"question"', '{"‸"')) == ["question", "answer"]


EXAMPLES = """
    import dspy

    qa = dspy.Predict("question, context -> answer")
    judge = dspy.Predict("question, claim -> verdict")
    data = [dspy.Example(question="q", claim="c", verdict="v").with_inputs("question", "claim")]
    """


def test_an_example_means_the_signature_that_fits_its_names_best():
    assert definition(EXAMPLES.replace('(question="q"', '(ques‸tion="q"')) == ["4:question"]
    assert definition(EXAMPLES.replace('inputs("question', 'inputs("ques‸tion')) == ["4:question"]


def test_a_rename_leaves_the_examples_of_other_signatures_alone():
    text = renamed(EXAMPLES.replace('"question, context', '"ques‸tion, context'), "query")
    assert '"query, context -> answer"' in text
    assert 'dspy.Example(question="q"' in text
    text = renamed(EXAMPLES.replace('(question="q"', '(ques‸tion="q"'), "query")
    assert '"query, claim -> verdict"' in text
    assert 'dspy.Example(query="q", claim="c", verdict="v").with_inputs("query", "claim")' in text


def test_names_that_with_inputs_does_not_have_yet():
    source = EXAMPLES.replace('"question", "claim")', '"question", "‸")')
    assert labels(source) == ["claim", "verdict"]
    source = EXAMPLES.replace('"question", "claim")', "‸)")
    assert labels(source) == ["question", "claim", "verdict"]


def test_an_examples_own_fields_behind_a_dot():
    source = EXAMPLES + "    one = dspy.Example(a=1, b=2)\n    one.‸\n"
    assert labels(source) == ["a", "b"]


def test_get_names_an_output():
    source = DEMOS.replace(").answer", ').get("‸")')
    assert labels(source) == ["answer"]
    assert definition(DEMOS.replace(").answer", ').get("ans‸wer")')) == ["3:answer"]


def test_a_field_that_is_added_may_be_called_as_elsewhere():
    source = EXAMPLES + '    Longer = dspy.Signature("a -> b").append("‸", dspy.OutputField())\n'
    assert set(labels(source)) == {"question", "context", "answer", "claim", "verdict"}


def test_within_brackets_only_types_that_dspy_finds_there():
    source = """
        import dspy
        from pydantic import BaseModel

        class Contact(BaseModel):
            name: str

        p = dspy.Predict("text -> people: {}")
        """
    assert "Contact" in labels(source.format("‸"))
    assert "Contact" not in labels(source.format("list[‸]"))
    assert "dspy.Image" in labels(source.format("list[‸]"))
    assert "Contact" in labels(source.format("Contact, more: list[‸]"))
    assert labels(source.format("Literal[‸]")) == []


def test_parallel_gives_the_result_of_each_program():
    source = """
        import dspy

        qa = dspy.Predict("question -> answer")
        rate = dspy.Predict("text -> mood")
        parallel = dspy.Parallel(num_threads=2)
        first, second = parallel([(qa, {"question": "q"}), (rate, {"text": "t"})])
        print(first.answer, second.mood)
        several = parallel([(qa, example) for example in load()])
        print(several[0].answer)
        """
    assert labels(source.replace("second.mood", "second.‸")) == ["mood"]
    assert labels(source.replace("several[0].answer", "several[0].‸")) == ["answer"]


def test_a_dict_that_is_named_declares_fields_where_it_stands():
    source = """
        import dspy

        FIELDS = {"question": (str, dspy.InputField()), "answer": (int, dspy.OutputField())}


        class Between:
            pass


        Task = dspy.Signature(FIELDS)
        print(dspy.Predict(Task)(question="q").answer)
        """
    marked = source.replace(").answer", ").ans‸wer")
    assert definition(marked) == ["3:answer"]
    text = renamed(marked, "reply")
    assert '"reply": (int, dspy.OutputField())' in text
    assert text.count("answer") == 0
    at = caret(marked)
    found = hover(at.program, at.offset)
    assert found is not None
    assert found.markdown == "Output field `answer: int`"


def test_demos_that_are_named_are_renamed_where_they_stand():
    source = """
        import dspy

        DEMOS = [{"question": "q", "answer": "a"}]


        def load():
            pass


        qa = dspy.Predict("question -> answer")
        qa.demos = DEMOS
        """
    text = renamed(source.replace("-> answer", "-> ans‸wer"), "reply")
    assert 'DEMOS = [{"question": "q", "reply": "a"}]' in text
    assert text.endswith("qa.demos = DEMOS\n")


NAMED = """
    import dspy

    FIELDS = {"question": (str, dspy.InputField())}
    FIELDS["answer"] = (int, dspy.OutputField(desc="A number."))
    FIELDS.update({"source": (str, dspy.OutputField())})
    DEMOS = [{"question": "q", "answer": 1}]


    def load():
        pass


    qa = dspy.Predict(dspy.Signature(FIELDS))
    qa.demos = DEMOS
    print(qa(question="q").answer, qa(question="q").source)
    """


@pytest.mark.parametrize(
    "marked",
    [
        NAMED.replace('FIELDS["answer"', 'FIELDS["ans‸wer"'),
        NAMED.replace('"answer": 1', '"ans‸wer": 1'),
        NAMED.replace(").answer,", ").ans‸wer,"),
    ],
    ids=["where it is set", "in a demo with a name", "where it is read"],
)
def test_a_field_that_is_set_later_is_declared_there(marked):
    assert definition(marked) == ["4:answer"]
    at = caret(marked)
    found = hover(at.program, at.offset)
    assert found is not None
    assert found.markdown == "Output field `answer: int`\n\nA number."
    text = renamed(marked, "reply")
    assert text.count("reply") == 3
    assert "answer" not in text


def test_fields_that_are_set_later_are_there():
    at = caret(NAMED)
    assert catalog.check(at.program, dialect=DIALECT) == []
    at = caret(NAMED.replace("FIELDS.update(", "FIELDS.update(more, **"))
    assert catalog.check(at.program, dialect=DIALECT) == []
    at = caret(NAMED.replace('"source": ', '"sauce": '))
    assert [f.code for f in catalog.check(at.program, dialect=DIALECT)] == ["DSP504"]


def test_a_demo_of_another_file():
    data = 'DEMOS = [{"question": "q", "answer": "a"}]\n'
    app = """
        import dspy
        from data import DEMOS

        qa = dspy.Predict("question -> answer")
        qa.demos = DEMOS
        """
    at = caret(app, data=data)
    other = at.project.program("file:///data.py")
    assert other is not None
    offset = data.index("answer")
    assert at.places(navigation.definition(other, offset)) == ["4:answer"]
    # At the same offset of the file that uses it there is something else.
    assert at.program.at(offset).kind != "attribute"


SEVERAL = """
    import dspy

    qa = dspy.Predict("question -> answer", n=3)
    pred = qa(question="q")
    print({})
    """


@pytest.mark.parametrize(
    "read",
    [
        "pred.completions.ans‸wer",
        "pred.completions[0].ans‸wer",
        "pred.completions['ans‸wer'][1]",
        "dspy.majority(pred).ans‸wer",
        "dspy.majority([pred, pred], field='answer').ans‸wer",
    ],
)
def test_several_completions_have_the_fields_of_one(read):
    assert definition(SEVERAL.replace("{}", read)) == ["3:answer"]
    assert labels(SEVERAL.replace("{}", read)) == ["answer"]
    at = caret(SEVERAL.replace("{}", "pred.completions.anything"))
    assert catalog.check(at.program, dialect=DIALECT) == []
