"""Code actions: rewrites that lose nothing, quick fixes, logging."""

import pytest
from carets import DIALECT, URI, caret, edited

from dspy_language_server.ide.code_actions import Action, code_actions
from dspy_language_server.rules import catalog
from dspy_language_server.signature.model import Span


def actions(source: str, **files: str) -> tuple[object, list[Action]]:
    at = caret(source, **files)
    findings = catalog.check(at.program, dialect=DIALECT)
    return at, code_actions(at.program, Span(at.offset, at.offset), findings, DIALECT)


def chosen(source: str, title: str) -> str:
    """The text after the action whose title begins so."""
    at, offers = actions(source)
    action = next(a for a in offers if a.title.startswith(title))
    assert all(uri == URI for uri, _, _ in action.edits)
    return edited(at, [(span, text) for _, span, text in action.edits])


def titles(source: str) -> list[str]:
    return [action.title for action in actions(source)[1]]


def test_a_string_becomes_a_class_above_its_statement():
    text = chosen(
        'import dspy\n\nqa = dspy.ChainOfThought("ques‸tion, context: list[str] -> answer")\n',
        "Convert to class",
    )
    assert text == (
        "import dspy\n\n"
        "class QaSignature(dspy.Signature):\n"
        "    question: str = dspy.InputField()\n"
        "    context: list[str] = dspy.InputField()\n"
        "    answer: str = dspy.OutputField()\n\n\n"
        "qa = dspy.ChainOfThought(QaSignature)\n"
    )


def test_names_of_typing_are_imported_with_the_class():
    text = chosen(
        "import dspy\nqa = dspy.Predict(\"ques‸tion -> mood: Literal['good', 'bad']\")\n",
        "Convert to class",
    )
    assert text.startswith("from typing import Literal\nimport dspy\n")
    assert "mood: Literal['good', 'bad'] = dspy.OutputField()" in text


def test_names_that_are_imported_already_are_used():
    text = chosen(
        """
        import dspy
        from typing import Literal
        from models import Contact

        qa = dspy.Predict("ques‸tion -> mood: Literal['good', 'bad'], who: Contact")
        """,
        "Convert to class",
    )
    assert text.count("Literal") == 2
    assert "who: Contact = dspy.OutputField()" in text
    assert "mood: Literal['good', 'bad'] = dspy.OutputField()" in text


def test_a_type_that_only_a_function_knows_stays_in_its_string():
    found = titles(
        """
        import dspy
        from models import Contact

        def make():
            from other import Contact
            return dspy.Predict("ques‸tion -> who: Contact")
        """
    )
    assert not [title for title in found if "Convert" in title]


def test_the_class_stands_above_the_module_class_that_uses_it():
    text = chosen(
        """
        import dspy

        class CoT(dspy.Module):
            def __init__(self):
                self.prog = dspy.ChainOfThought("ques‸tion -> answer")
        """,
        "Convert to class",
    )
    assert text.index("class ProgSignature") < text.index("class CoT")
    assert "self.prog = dspy.ChainOfThought(ProgSignature)" in text


def test_a_class_becomes_a_string_with_its_instructions():
    text = chosen(
        """
        import dspy

        class Q‸A(dspy.Signature):
            \"\"\"Answer shortly.\"\"\"

            question: str = dspy.InputField()
            score: float = dspy.OutputField()

        qa = dspy.Predict(QA)
        """,
        "Convert `QA` to a string",
    )
    assert 'QA = dspy.Signature("question -> score: float", "Answer shortly.")' in text
    assert "qa = dspy.Predict(QA)" in text


@pytest.mark.parametrize(
    "body",
    [
        'question: str = dspy.InputField(desc="a description")\n    answer: str = dspy.OutputField()',
        "question: str = dspy.InputField()  # a comment\n    answer: str = dspy.OutputField()",
        "question: str = dspy.InputField()\n    answer: list[Foo] = dspy.OutputField()",
        "question: str = dspy.InputField()\n    answer: str = dspy.OutputField()\n    def m(self): ...",
    ],
    ids=["description", "comment", "type that a string cannot see", "method"],
)
def test_a_class_that_says_more_than_a_string_can_is_left_alone(body):
    source = f"import dspy\n\nclass Q‸A(dspy.Signature):\n    {body}\n"
    assert not [t for t in titles(source) if "to a string" in t]


def test_a_string_that_dspy_rejects_is_not_converted():
    assert not [t for t in titles('import dspy\np = dspy.Predict("ques‸tion")\n') if "Convert" in t]


def test_spacing_is_normalised():
    text = chosen(
        'import dspy\np = dspy.Predict("ques‸tion,context:list[str]->answer")\n', "Normalise"
    )
    assert '"question, context: list[str] -> answer"' in text


def test_missing_inputs_are_added():
    text = chosen(
        'import dspy\nqa = dspy.Predict("question, context -> answer")\nq‸a(question="x")\n',
        "Add missing input",
    )
    assert 'qa(question="x", context=context)' in text


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("class CoT(dspy.Module):\n    def forward(self, x):\n        ret‸urn x\n", "CoT"),
        ('q‸a = dspy.Predict("question -> answer")\n', "qa"),
        (
            "class CoT(dspy.Module):\n    def forward(self, x):\n        return x\n\nprog‸ram = CoT()\n",
            "program",
        ),
    ],
    ids=["inside a class the class", "a predictor", "a variable with a program"],
)
def test_logging_is_offered(source, name):
    _, offers = actions("import dspy\n\n" + source)
    log = [action for action in offers if action.title == f"Log `{name}` to MLflow"]
    assert len(log) == 1
    assert log[0].command == "dspy.log"
    assert log[0].arguments == {"uri": URI, "name": name}


def test_logging_is_not_offered_elsewhere():
    assert not [t for t in titles("import dspy\nx = ‸1\n") if t.startswith("Log")]


NAMED = """
import dspy
from typing import Literal

SIG = "ques‸tion -> mood: Literal['good', 'bad']"  # the contract


def make(api):
    return api


qa = dspy.Predict(SIG)
other = dspy.ChainOfThought(signature=SIG)
"""


def test_a_string_with_a_name_becomes_the_class_of_that_name():
    text = chosen(NAMED, "Convert to class signature `SIG`")
    assert (
        "class SIG(dspy.Signature):\n"
        "    question: str = dspy.InputField()\n"
        "    mood: Literal['good', 'bad'] = dspy.OutputField()  # the contract\n"
    ) in text
    assert text.endswith("qa = dspy.Predict(SIG)\nother = dspy.ChainOfThought(signature=SIG)\n")


@pytest.mark.parametrize(
    "use",
    ["print(SIG)", "Longer = dspy.Signature(SIG, 'Be brief.')", "SIG = SIG + ', more'", "f'{SIG}'"],
)
def test_a_string_that_is_also_used_otherwise_stays_one(use):
    source = f"{NAMED}{use}\n"
    assert not any(title.startswith("Convert to class") for title in titles(source))


@pytest.mark.parametrize(
    ("written", "line", "offered"),
    [
        ("question -> answer", "qa = dspy.Predict(SIG)", True),
        ("question -> answer: list[Literal['a']]", "qa = dspy.Predict(SIG)", True),
        (
            "question -> answer: Mood",
            "qa = dspy.Predict(SIG)",
            False,
        ),  # `Mood` may be another there
        ("question -> answer", "print(SIG)", False),
    ],
)
def test_what_another_file_does_with_the_string_counts(written, line, offered):
    at = caret(
        f'import dspy\nfrom moods import Mood\n\nSIG = "‸{written}"\nqa = dspy.Predict(SIG)\n'
    )
    at.project.open("file:///other.py", f"import dspy\nfrom app import SIG\n\n{line}\n")
    found = code_actions(at.program, Span(at.offset, at.offset), [], DIALECT)
    assert any(action.title.startswith("Convert to class") for action in found) is offered


def test_a_dict_becomes_a_class():
    text = chosen(
        """
        import dspy

        LIMIT = 3
        Task = dspy.Signature(
            {
                "answer": (list[int], dspy.OutputField(max_length=LIMIT)),
                "ques‸tion": dspy.InputField(desc="What is asked."),
            },
            "Count.",
        )
        """,
        "Convert to class",
    )
    assert (
        "class AnswerSignature(dspy.Signature):\n"
        '    """Count."""\n\n'
        "    answer: list[int] = dspy.OutputField(max_length=LIMIT)\n"
        '    question: str = dspy.InputField(desc="What is asked.")\n\n\n'
        "Task = AnswerSignature\n"
    ) in text


@pytest.mark.parametrize(
    "written",
    [
        '{"question": (str, dspy.InputField()), **more}',
        '{"question": (kind, dspy.InputField())}',
        '{"question": (str, made())}',
        '{"question": (str, dspy.InputField()),  # a comment\n}',
        '{"a b": (str, dspy.InputField()), "question": (str, dspy.InputField())}',
    ],
)
def test_a_dict_of_which_something_would_be_lost_stays_one(written):
    source = f"import dspy\n\ndef make(kind, more):\n    return dspy.Signature(‸{written})\n"
    assert not any(title.startswith("Convert to class") for title in titles(source))
