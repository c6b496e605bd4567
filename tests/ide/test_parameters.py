"""Parameters of a module's `forward` and constructor: calls give them by keyword, so all is renamed.

That what is renamed is what Python means is held against the compiler: a place too many or too few
becomes another variable, and that is another instruction.
"""

import dis
import re
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from carets import DIALECT, caret, edited

from dspy_language_server.ide import navigation, rename
from dspy_language_server.ide.hover import hover
from dspy_language_server.program.project import Project

PROGRAMS = Path(__file__).resolve().parents[1] / "realworld" / "programs"
RAG = """
    import dspy

    class RAG(dspy.Module):
        def __init__(self, k=3):
            super().__init__()
            self.k = k
            self.answer = dspy.ChainOfThought("question, passages -> answer")

        def forward(self, question, limit=None):
            question = question.strip()
            passages = [search(q, self.k) for q in (question, f"{question!r}")]
            return self.answer(question=question, passages=passages)

        async def aforward(self, question, limit=None):
            return await self.answer.acall(question=question, passages=[])

    rag = RAG(k=5)
    print(rag(question="q", limit=1).answer)
    data = [dspy.Example(question="q", answer="a").with_inputs("question")]
    dspy.Evaluate(devset=data, metric=lambda example, pred: True)(rag)
    """
STARTS = ["def forward(self, ques‸tion", "rag(ques‸tion", "search(q, self.k) for q in (ques‸tion"]


def marked(start: str) -> str:
    plain = start.replace("‸", "")
    assert plain in RAG
    return RAG.replace(plain, start, 1)


def renamed(source: str, new: str, **files: str) -> str:
    at = caret(source, **files)
    edits = rename.rename(at.project, at.program, at.offset, new)
    assert edits is not None
    own = [edit for edit in edits if edit.location.uri == at.program.uri]
    return edited(at, [(edit.location.span, edit.text) for edit in own])


@pytest.mark.parametrize("start", STARTS)
def test_it_is_renamed_from_anywhere_and_the_field_of_that_name_is_not(start):
    text = renamed(marked(start), "query")
    assert "def forward(self, query, limit=None)" in text
    assert "query = query.strip()" in text
    assert 'for q in (query, f"{query!r}")' in text
    assert "self.answer(question=query, passages=passages)" in text
    assert '"question, passages -> answer"' in text
    assert "async def aforward(self, query, limit=None)" in text
    assert 'rag(query="q", limit=1)' in text
    assert 'dspy.Example(query="q", answer="a").with_inputs("query")' in text


def test_what_examples_carry_is_a_guess():
    at = caret(marked(STARTS[0]))
    edits = rename.rename(at.project, at.program, at.offset, "query")
    assert edits is not None
    guesses = at.places([edit.location for edit in edits if not edit.sure])
    assert guesses == ["19:question", "19:question"]


def test_from_a_keyword_to_the_parameter_and_back():
    at = caret(marked("rag(ques‸tion"))
    places = at.places(navigation.definition(at.program, at.offset))
    assert places == ["9:question", "14:question"]
    found = hover(at.program, at.offset)
    assert found is not None
    assert found.markdown == "Parameter `question` of `RAG.forward`"
    at = caret(marked("def forward(self, ques‸tion"))
    uses = navigation.references(at.project, at.program, at.offset, declaration=False)
    assert "18:question" in at.places(uses)
    shown = navigation.highlights(at.project, at.program, at.offset)
    assert [written for _, written in shown].count(True) == 2


def test_a_constructors_parameter():
    text = renamed(marked("RAG(k‸=5)"), "count")
    assert "def __init__(self, count=3):" in text
    assert "self.k = count" in text
    assert "RAG(count=5)" in text


def test_calls_in_other_files():
    app = """
        from rag import RAG

        print(RAG()(question="q"))
        """
    module = """
        import dspy

        class RAG(dspy.Module):
            def forward(self, question):
                return dspy.Predict("question -> answer")(question=question)
        """
    at = caret(app.replace("(question", "(ques‸tion"), rag=module)
    edits = rename.rename(at.project, at.program, at.offset, "query")
    assert edits is not None
    assert at.places([edit.location for edit in edits]) == [
        "3:question",
        "rag.py:4:question",
        "rag.py:5:question",
    ]


def test_a_subclass_that_passes_it_on():
    source = """
        import dspy

        class Base(dspy.Module):
            def __init__(self, k‸):
                self.k = k

            def forward(self, question):
                return self.k

        class Own(Base):
            def __init__(self):
                super().__init__(k=3)

            def forward(self, text):
                return super().forward(question=text)
        """
    assert "super().__init__(count=3)" in renamed(source, "count")
    source = source.replace("‸", "").replace(
        "super().forward(question", "super().forward(ques‸tion"
    )
    text = renamed(source, "query")
    assert "def forward(self, query):" in text
    assert "super().forward(query=text)" in text


@pytest.mark.parametrize("new", ["limit", "passages", "q", "self", "class", "1x"])
def test_a_name_that_means_something_else_there_is_refused(new):
    at = caret(marked("rag(ques‸tion"))
    with pytest.raises(rename.RenameRefusedError):
        rename.rename(at.project, at.program, at.offset, new)


@pytest.mark.parametrize(
    "body",
    [
        "import json as question\n        return question",
        "def inner():\n            nonlocal question\n            question = 1\n        return inner",
        "class question: pass\n        return question",
    ],
)
def test_where_not_every_place_can_be_changed_nothing_is_renamed(body):
    source = f"""
    import dspy

    class M(dspy.Module):
        def forward(self, ques‸tion):
            {body.replace(chr(10), chr(10) + "    ")}
    """
    at = caret(source)
    assert rename.prepare(at.program, at.offset) is None
    assert rename.rename(at.project, at.program, at.offset, "query") is None


def test_a_function_that_is_no_module_is_left_to_others():
    for source in ("def forward(ques‸tion):\n    return question\n", "class A:\n    def forward(self, ques‸tion): ...\n"):  # fmt: skip
        at = caret(source)
        assert rename.prepare(at.program, at.offset) is None


# ------------------------------------------------------------------------ held against Python


def parameters() -> Iterator[tuple[str, int, str]]:
    """Every parameter of a module's method in the realistic programs: file, offset, name."""
    for file in sorted(PROGRAMS.rglob("*.py")):
        text = file.read_text("utf-8")
        for method in re.finditer(r"def (?:a?forward|__init__)\(self,? ?([^)]*)\)", text):
            for each in re.finditer(r"(?:^|,\s*)(\w+)(?=\s*[:=,]|\s*$)", method[1]):
                yield str(file.relative_to(PROGRAMS)), method.start(1) + each.start(1), each[1]


def instructions(code: types.CodeType) -> list[tuple[str, str]]:
    """What Python does, function by function."""
    found = [(each.opname, each.argrepr) for each in dis.get_instructions(code)]
    found = [(name, "" if argument.startswith("<code") else argument) for name, argument in found]
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found.append(("function", constant.co_name))
            found += instructions(constant)
    return found


def compiled(text: str) -> list[tuple[str, str]]:
    return instructions(compile(text, "program.py", "exec", dont_inherit=True))


@pytest.mark.parametrize(("name", "offset", "parameter"), list(parameters()))
def test_a_renamed_parameter_is_the_same_variable_to_python(name, offset, parameter):
    text = (PROGRAMS / name).read_text("utf-8")
    project = Project(dialect=DIALECT)
    project.open("file:///p.py", text)
    program = project.program("file:///p.py")
    edits = rename.rename(project, program, offset, "renamed_here")
    if edits is None:
        assert "Module" not in text or program.at(offset).field is not None or parameter == "self"
        return
    new = text
    for edit in sorted(edits, key=lambda each: each.location.span, reverse=True):
        span = edit.location.span
        new = new[: span.start] + edit.text + new[span.end :]
    assert [
        (opcode, re.sub(r"\brenamed_here\b", parameter, argument))
        for opcode, argument in compiled(new)
    ] == compiled(text)
