"""Documents: positions in every encoding, and edits that leave what a fresh reading would make."""

import random
import re

import pytest

from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Change, Document, Position
from dspy_language_server.source.stretch import PYTHON  # noqa: F401 - the grammar loads
from dspy_language_server.source.syntax_reader import read_stretch

PIECES = [
    "\n", "\r", "\r\n", " ", "    ", "\t", "\f", '"', '"""', "'''", "(", ")", "[", "class A:",
    "def f():", "x", "import a", "\\", "#", "@d", "é", "😋", "else:", "q -> a", "=", ".", ",",
    "\ud800", "\0", "\x1e\n", "\u2028", "\x85", 'f"{x["a"]}"',
]


def state(document):
    return [(s.anchor.start, s.text, s.reach, s.broken) for s in document.stretches]


@pytest.mark.parametrize("seed", range(60))
def test_edits_leave_what_a_fresh_reading_makes(seed):
    chance = random.Random(seed)
    text = "".join(chance.choice(PIECES) for _ in range(chance.randint(0, 60)))
    document = Document("file:///a.py", text)
    for _ in range(25):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.choice([0, 0, 1, 3, 10]))
        new = "".join(chance.choice(PIECES) for _ in range(chance.choice([0, 1, 1, 2, 5])))
        text = text[:start] + new + text[end:]
        document.apply([Change(Span(start, end), new)])
        assert document.text == text
        assert state(document) == state(Document("file:///a.py", text))
    for stretch in document.stretches:
        read_stretch(stretch)
    starts = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text))]
    assert document.line_count == len(starts)
    for offset in range(len(text) + 1):
        for encoding in ("utf-8", "utf-16", "utf-32"):
            position = document.position(offset, encoding)
            assert position.line == sum(start <= offset for start in starts) - 1
            back = document.offset(*position, encoding)
            assert back == offset or text[offset - 1 : offset + 1] == "\r\n"


def test_columns_count_in_the_units_of_the_encoding():
    document = Document("file:///a.py", 'x = "😋é"\n')
    at = document.text.index("é")
    assert document.position(at, "utf-8") == Position(0, 9)
    assert document.position(at, "utf-16") == Position(0, 7)
    assert document.position(at, "utf-32") == Position(0, 6)


def test_positions_past_the_end_are_the_end():
    document = Document("file:///a.py", "a\nbc")
    assert document.offset(9, 9) == 4
    assert document.offset(0, 9) == 1
    assert document.position(99) == Position(1, 2)


@pytest.mark.parametrize(
    "text",
    ["(" * 1000, "[" * 1000 + "]" * 1000, "a+" * 3000 + "b", "if x:\n" * 300, "a.b" * 2000, "\0", ""],
)
def test_nothing_is_too_deep(text):
    for stretch in Document("file:///a.py", text).stretches:
        read_stretch(stretch)


def test_an_unclosed_bracket_ends_before_the_next_definition():
    document = Document("file:///a.py", "x = f(\ndef g(): pass\ny = 1\n")
    assert [stretch.text for stretch in document.stretches] == ["x = f(\n", "def g(): pass\n", "y = 1\n"]
