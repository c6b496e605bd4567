"""The reader's answers on strings that people write, each compared with the real dspy."""

import dspy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dspy_language_server.signature.dialect import RELEASES, dialect_for
from dspy_language_server.signature.model import Role
from dspy_language_server.signature.reader import read

DIALECT = dialect_for(dspy.__version__)


def fields(text):
    reading = read(text, dialect=DIALECT)
    return [(f.name, f.role.value, f.resolved) for f in reading.fields]


def test_a_signature_has_inputs_and_outputs_with_types():
    assert fields("question, context: list[str] -> answer: float") == [
        ("question", "input", "str"),
        ("context", "input", "list[str]"),
        ("answer", "output", "float"),
    ]


def test_spans_point_into_the_string():
    text = "question,\n  context : list[str] -> answer: Literal['a, b'], é = 3"
    for field in read(text, dialect=DIALECT).fields:
        assert text[slice(*field.name_span)] == field.name
        if field.type_span:
            assert text[slice(*field.type_span)] == field.type_text


@pytest.mark.parametrize("text", ["q -> a: Literal[Literal[yes", "q -> a: Literal[Literal[yes]]"])
def test_a_name_in_a_literal_in_a_literal_is_told_once(text):
    with pytest.raises((ValueError, SyntaxError, NameError)):
        dspy.Signature(text)
    problems = read(text, dialect=DIALECT).problems
    assert any(problem.code.startswith("DSP1") for problem in problems)


def test_problems_name_the_field_and_what_to_write():
    (problem,) = read("q -> a: flot", dialect=DIALECT).problems
    assert problem.code == "DSP104"
    assert problem.message.startswith("Field `a`:")
    assert "`float`" in problem.message
    assert problem.fixes[0].apply("q -> a: flot") == "q -> a: float"


def test_prose_becomes_a_literal():
    text = "q -> complexity: Low or High"
    (problem,) = read(text, dialect=DIALECT).problems
    assert problem.fixes[0].apply(text) == 'q -> complexity: Literal["Low", "High"]'


def test_the_release_decides():
    old, new = dialect_for("2.6.27"), dialect_for("3.4.1")
    assert read("a: int | None -> b", dialect=old).accepted is False
    assert read("a: int | None -> b", dialect=new).accepted is True
    assert read("a -> a", dialect=dialect_for("3.1.3")).accepted is True
    assert read("a -> a", dialect=new).accepted is False


def test_an_unknown_release_falls_back_and_says_so():
    assert dialect_for("9.0").version == RELEASES[-1]
    assert "newer" in dialect_for("9.0").note
    assert dialect_for("3.1.0").version == "3.1.3"
    assert dialect_for("3.1.0").note is None


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="ab:,[]()->'\"=*|\n #\\", max_size=60))
def test_any_text_gets_an_answer(text):
    reading = read(text, dialect=DIALECT)
    assert reading.text == text
    for problem in reading.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
        for fix in problem.fixes:
            fix.apply(text)


@pytest.mark.parametrize(
    "text",
    [
        "q -> a: " + "list[" * 1000 + "int" + "]" * 1000,
        "[" * 100_000,
        ", ".join(f"field{i}" for i in range(10_000)) + " -> a",
        "q -> a: " + "|".join(["int"] * 30_000),
        "q -> a: " + "not " * 20_000 + "x",
        "q -> a: x" + ".y" * 40_000,
        "q -> a: '" + "x" * 100_000,
        "->" * 50_000,
        "q -> a: " + "-" * 100_000 + "1",
        "q -> a" + "," * 100_000,
        "\x00\ud800 -> a",
    ],
    ids=range(11),
)
def test_hostile_strings_get_an_answer(text):
    assert read(text, dialect=DIALECT).text == text


def test_reading_imports_nothing(tmp_path, monkeypatch):
    (tmp_path / "evilmod.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    read("x: evilmod -> y: evilmod.Thing", dialect=DIALECT)


def test_a_reserved_name_of_the_module_is_reported():
    reading = read("history -> answer", dialect=DIALECT, callee="ReActV2")
    assert [p.code for p in reading.problems] == ["DSP112"]
    assert read("history -> answer", dialect=DIALECT).accepted is True


def test_field_at_finds_the_field_under_the_caret():
    reading = read("question -> answer: float", dialect=DIALECT)
    assert reading.field_at(14).role is Role.OUTPUT
    assert reading.field_at(21).name == "answer"
    assert reading.field_at(9) is None


def test_a_module_that_typing_no_longer_has_is_found_in_dspys_own():
    """From Python 3.13 on `re` is no name of `typing`: DSPy finds it in its frames, and then knows no NoneType."""
    text = "pattern: re.Pattern, rest: NoneType -> answer"
    for python, names in (("3.12", ["pattern"]), ("3.13", ["rest"]), ("3.14", ["rest"])):
        reading = read(text, dialect=dialect_for("3.4.1", python))
        assert [problem.data["field"] for problem in reading.problems] == names


def test_each_python_has_its_own_table_and_a_newer_one_the_newest():
    assert [dialect_for(python=p).python for p in ("3.10.1", "3.14.2", "3.15")] == [
        "3.10",
        "3.14",
        "3.14",
    ]
    path = read("a: pathlib.Path -> b", dialect=dialect_for("3.4.1", "3.14")).inputs[0]
    assert path.resolved == "pathlib.Path"
