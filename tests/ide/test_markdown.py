"""Text of user files in hovers: shown letter by letter, never as a link, an image or HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dspy_language_server.ide.markdown import code, escape, paragraph, table

HOSTILE = [
    "[click](command:workbench.action.terminal.new)",
    "![x](http://evil/x.png)",
    "<script>alert(1)</script>",
    "<img src=x onerror=y>",
    "https://evil.example/x",
    "`x` [a](b)",
    "$(trash)",
    "a | b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_users_text_is_markup(text):
    shown = escape(text)
    for character in "[]()<>`!|$:":
        assert shown.count(character) == shown.count("\\" + character)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_code_span_ends_where_its_text_ends(text):
    shown = code(text)
    fence = shown[: len(shown) - len(shown.lstrip("`"))]
    assert shown.endswith(fence)
    assert fence not in shown[len(fence) : -len(fence)]


@given(st.text())
def test_a_table_keeps_its_columns_whatever_the_cells_hold(text):
    rows = table(("a", "b"), [(code(text), escape(text))]).split("\n")
    assert len(rows) == 3
    assert len([i for i, c in enumerate(rows[2]) if c == "|" and rows[2][i - 1] != "\\"]) == 3


@given(st.text(alphabet="\n\r\t ab`*_[]<>&"))
def test_a_paragraph_escapes_each_line(text):
    shown = paragraph(text)
    assert "<" not in shown.replace("\\<", "")
    assert "[" not in shown.replace("\\[", "")
