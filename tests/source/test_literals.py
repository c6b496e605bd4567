"""String literals: their value is Python's, and edits of the value are edits of the source."""

import ast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Document
from dspy_language_server.source.literals import from_tokens, is_token
from dspy_language_server.source.syntax_reader import read_stretch

PARTS = [
    "a", "b", " ", "->", ":", "\\n", "\\x41", "\\N{BULLET}", "\\u00e9", "\\101", "\\\n", "\\q", "\\\\",
    "\\'", '\\"', "é", "😋", "\n", "\r\n", "'", '"', "\t", "[", "\\0", "{", "}", "{{", "}}",
]
tokens = st.builds(
    lambda prefix, quote, parts: f"{prefix}{quote}{''.join(parts)}{quote}",
    st.sampled_from(["", "r", "R", "u", "f", "rf"]),
    st.sampled_from(['"', "'", '"""', "'''"]),
    st.lists(st.sampled_from(PARTS), max_size=8),
)


def pythons_value(token):
    try:
        tree = ast.parse(token, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    if isinstance(tree, ast.JoinedStr):
        if any(not isinstance(part, ast.Constant) for part in tree.values):
            return None
        return "".join(part.value for part in tree.values)
    return tree.value


def read(token):
    return from_tokens([(0, token)], Span(0, len(token)))


def edited(source, edits):
    for edit in sorted(edits, reverse=True):
        source = source[: edit.span.start] + edit.text + source[edit.span.end :]
    return source


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@settings(max_examples=400, deadline=None)
@given(tokens)
def test_the_value_is_pythons(token):
    expected = pythons_value(token)
    assume(is_token(token))
    literal = read(token)
    assert (literal.value if literal is not None else None) == expected
    if literal is not None:
        for at in range(len(literal.value)):
            span = literal.source_span(Span(at, at + 1))
            assert span.start < span.end
            assert literal.value_offset(span.start) == at


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@settings(max_examples=400, deadline=None)
@given(
    tokens, st.data(), st.sampled_from(["", "answer", '"', "'", "\n", "\\", "é", "1", "{x}", '"""'])
)
def test_an_edit_of_the_value_is_one_of_the_source(token, data, text):
    assume(is_token(token) and pythons_value(token) is not None)
    literal = read(token)
    start = data.draw(st.integers(0, len(literal.value)))
    end = data.draw(st.integers(start, len(literal.value)))
    changed = edited(token, literal.replace(Span(start, end), text))
    assert pythons_value(changed) == literal.value[:start] + text + literal.value[end:]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('"a" "b"', "ab"),
        ('("a"\n  r"\\b"\n  \'c\')', "a\\bc"),
        ('"a" \\\n "b"', "ab"),
        ('"""a\r\nb"""', "a\nb"),
        ('f"a{{b}}"', "a{b}"),
    ],
)
def test_juxtaposed_tokens_are_one_literal(source, value):
    document = Document("file:///a.py", f"x = {source}\n")
    statement = read_stretch(document.stretches[0]).body[0].statement
    literal = statement.value.literal
    assert literal.value == value
    span = literal.source_span(Span(len(value) - 1, len(value)))
    assert document.text[span.start : span.end].endswith(value[-1]) or "}" in source


@pytest.mark.parametrize("source", ['b"a"', 'f"{a}"', '"\\N{NO SUCH NAME}"', '"\\x1"', 't"a"'])
def test_what_is_no_constant_string_has_no_literal(source):
    assert read(source) is None
