"""Documents: lines, positions in every encoding, and edits that leave what a fresh reading would make."""

import random
import re

import pytest

from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Change, Document, Position
from dspy_language_server.source.syntax_reader import read_stretch

ENCODINGS = ["utf-8", "utf-16", "utf-32"]


def document_of(text):
    return Document("file:///app.py", text)


# ------------------------------------------------------------------------------------ lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a", ""]),
        ("a\nb", ["a", "b"]),
        ("a\r\nb\rc\nd", ["a", "b", "c", "d"]),
        ("\n\r\r\n\n", ["", "", "", "", ""]),
        ("\r\n", ["", ""]),
        ("a\fb\vc\x1cd\x1ee\x85f\u2028g\u2029h\ni", ["a\fb\vc\x1cd\x1ee\x85f\u2028g\u2029h", "i"]),
        ('x = """a\r\nb"""\n', ['x = """a', 'b"""', ""]),
        (
            "def f():\n\n    pass\n\n\n# é\nx = 1",
            ["def f():", "", "    pass", "", "", "# é", "x = 1"],
        ),
    ],
)
def test_lines_end_at_line_feeds_and_carriage_returns_only(text, lines):
    document = document_of(text)
    assert document.line_count == len(lines)
    assert [document.line_text(line) for line in range(len(lines))] == lines
    for line, content in enumerate(lines):
        start, end = document.line_start(line), document.line_end(line)
        assert text[start:end] == content
        assert {document.line_at(offset) for offset in range(start, end + 1)} == {line}


# -------------------------------------------------------------------------------- positions


@pytest.mark.parametrize(
    ("encoding", "columns"),
    [("utf-8", [0, 1, 5, 7, 8]), ("utf-16", [0, 1, 3, 4, 5]), ("utf-32", [0, 1, 2, 3, 4])],
)
def test_columns_count_in_the_units_of_the_encoding(encoding, columns):
    document = document_of("a😋éb\nx = 1\n")
    assert [document.position(offset, encoding) for offset in range(5)] == [
        Position(0, column) for column in columns
    ]
    assert [document.offset(0, column, encoding) for column in columns] == [0, 1, 2, 3, 4]
    assert document.position(5, encoding) == Position(1, 0)


@pytest.mark.parametrize(
    ("encoding", "column", "offset"),
    [("utf-8", 2, 1), ("utf-8", 4, 1), ("utf-8", 6, 2), ("utf-16", 2, 1)],
)
def test_a_column_within_a_character_is_where_the_character_begins(encoding, column, offset):
    assert document_of("a😋éb").offset(0, column, encoding) == offset


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_positions_outside_of_the_text_are_its_ends(encoding):
    document = document_of("é\r\nbc")
    assert document.offset(0, 99, encoding) == 1
    assert document.offset(1, 99, encoding) == 5
    assert document.offset(99, 99, encoding) == document.offset(2, 0, encoding) == 5
    assert document.offset(-1, 5, encoding) == document.offset(0, -5, encoding) == 0
    assert document.position(-3, encoding) == Position(0, 0)
    assert document.position(99, encoding) == Position(1, 2)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_empty_text_has_one_empty_line(encoding):
    document = document_of("")
    assert (len(document), document.line_count, document.line_text(0)) == (0, 1, "")
    assert document.position(0, encoding) == document.position(5, encoding) == Position(0, 0)
    assert document.offset(0, 0, encoding) == document.offset(3, 3, encoding) == 0


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_lone_surrogate_has_a_width_too(encoding):
    document = document_of("'\ud800' é\n")
    for offset in range(len(document)):
        assert document.offset(*document.position(offset, encoding), encoding) == offset


# ------------------------------------------------------------------------------------ edits


def test_changes_are_made_one_after_the_other():
    document = document_of("abc\n")
    document.apply([Change(Span(0, 1), "xx"), Change(Span(3, 4), "y"), Change(Span(4, 4), "z")])
    assert document.text == "xxbyz\n"
    assert (len(document), document.version) == (6, 3)


def test_a_change_without_a_span_replaces_the_text():
    document = document_of("a = 1\nb = 2\n")
    document.apply([Change(None, "a = 1\nc = 😋\n\nd"), Change(Span(0, 1), "é")])
    assert document.text == "é = 1\nc = 😋\n\nd"
    document.apply([Change(None, "")])
    assert (document.text, document.line_count) == ("", 1)
    document.apply([Change(None, "x\n")])
    assert (document.text, document.line_count) == ("x\n", 2)


def test_a_span_outside_of_the_text_is_cut_to_it():
    document = document_of("abc")
    document.apply([Change(Span(-5, 1), "x"), Change(Span(2, 99), "y"), Change(Span(50, 60), "z")])
    assert document.text == "xbyz"


def test_a_slice_may_span_stretches():
    text = "def f():\n    pass\ndef g():\n    pass\n"
    document = document_of(text)
    for start in range(len(text)):
        for end in range(start, len(text) + 1):
            assert document.slice(Span(start, end)) == text[start:end]


def test_what_an_edit_does_not_touch_is_kept_and_moves():
    functions = [f"def f{number}():\n    return {number}\n\n" for number in range(100)]
    document = document_of("".join(functions))
    before = list(document.stretches)
    statements = [read_stretch(stretch).body[0].statement for stretch in before]
    at = document.text.index("return 50")
    document.apply([Change(Span(at, at), "x = '😋'\n    ")])
    changed = [index for index, stretch in enumerate(document.stretches) if stretch not in before]
    assert changed == [50]
    assert document.stretches[99].anchor.start == document.text.index("def f99")
    after = [read_stretch(stretch).body[0].statement for stretch in document.stretches]
    assert [index for index in range(100) if after[index] is not statements[index]] == [50]


def test_a_statement_that_moves_is_the_same_object():
    document = document_of("class A:\n    x = 1\n\n    def f(self):\n        return 'a'\n")
    (former,) = read_stretch(document.stretches[0]).body
    method = former.statement.body[1].statement
    at = document.text.index("1")
    document.apply([Change(Span(at, at + 1), "'é'\n    y = 2")])
    (now,) = read_stretch(document.stretches[0]).body
    assert now.statement is not former.statement
    assert now.statement.body[-1].statement is method


PIECES = [
    *("\n", "\r", "\r\n", " ", "    ", "\t", "\f", '"', '"""', "'''", "(", ")", "[", "class A:"),
    *("def f():", "x", "import a", "\\", "#", "@d", "é", "😋", "else:", "q -> a", "=", ".", ","),
    *("\ud800", "\0", "\x1e\n", "\u2028", "\x85", 'f"{x["a"]}"', "'", "return x\n", "    y = x\n"),
]
PROGRAM = '''\
import dspy

class Answer(dspy.Signature):
    """Answer — shortly."""

    question: str = dspy.InputField(desc="é")
    answer: str = dspy.OutputField()

@decorated
def forward(self, q, *, k=3):
    if q:
        return self.a(q=q).answer
    else:
        return [x for x in "😋" if x]

text = """
def no():
"""
program = dspy.Predict(
    "a, b -> c",
)
'''


def cuts(document):
    return [(s.anchor.start, s.text, s.reach, s.broken) for s in document.stretches]


def edited(chance, document):
    """The text after a random edit that the document was told of."""
    text = document.text
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.choice([0, 0, 1, 3, 10]))
    new = "".join(chance.choice(PIECES) for _ in range(chance.choice([0, 1, 1, 2, 5])))
    text = text[:start] + new + text[end:]
    whole = chance.random() < 0.1
    document.apply([Change(None, text) if whole else Change(Span(start, end), new)])
    return text


@pytest.mark.parametrize("seed", range(60))
def test_edits_of_any_text_leave_what_a_fresh_reading_makes(seed):
    chance = random.Random(seed)
    document = document_of("".join(chance.choice(PIECES) for _ in range(chance.randint(0, 60))))
    for _ in range(25):
        text = edited(chance, document)
        fresh = document_of(text)
        assert (document.text, len(document)) == (text, len(text))
        assert cuts(document) == cuts(fresh)
        starts = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text))]
        assert [document.line_start(line) for line in range(document.line_count)] == starts
    for offset in range(len(text) + 1):
        for encoding in ENCODINGS:
            position = document.position(offset, encoding)
            assert position.line == sum(start <= offset for start in starts) - 1
            back = document.offset(*position, encoding)
            assert back == offset or text[offset - 1 : offset + 1] == "\r\n"


@pytest.mark.parametrize("seed", range(60))
def test_edits_of_a_program_leave_the_statements_of_a_fresh_reading(read, seed):
    chance = random.Random(seed)
    found = read(PROGRAM if seed % 3 else PROGRAM.replace("\n", "\r\n"))
    assert found.syntax
    for _ in range(8):
        text = edited(chance, found.document)
        if chance.random() < 0.7:
            assert found.syntax == read(text).syntax


def test_a_program_typed_key_by_key_is_read_as_if_it_had_been_opened(read):
    found = read("")
    for at, key in enumerate(PROGRAM):
        found.document.apply([Change(Span(at, at), key)])
        if at % 7 == 0:
            assert found.syntax == read(PROGRAM[: at + 1]).syntax
    assert found.syntax == read(PROGRAM).syntax


# ------------------------------------------------------------------------------ hard limits


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1000,
        ")" * 1000,
        "[" * 1000 + "]" * 1000,
        "x = " + "f(" * 1000 + ")" * 1000 + "\n",
        "{(" * 1000 + "\ny = 1\n",
        "a+" * 3000 + "b",
        "not " * 1000,
        "lambda: " * 1000,
        "a.b" * 2000,
        "".join(f"{' ' * depth}if x:\n" for depth in range(150)),
        "if x:\n" * 300,
        "\0" * 10,
        "x = '\ud800'\ndef \udfff(): pass\n",
        "\ufeffimport dspy\n",
    ],
)
def test_no_text_is_too_much(read, text):
    found = read(text)
    assert "".join(stretch for _, stretch, _ in found.syntax) == text
    found.document.apply([Change(Span(len(text) // 2, len(text) // 2), "(\n'")])
    assert found.syntax
    for offset in range(0, len(found.document), 97):
        found.document.position(offset)


def test_a_file_of_50_000_lines():
    lines = [f"x{number} = dspy.Predict('q -> a{number}')" for number in range(50_000)]
    document = document_of("\n".join(lines))
    assert document.line_count == 50_000
    before = set(map(id, document.stretches))
    for line in (0, 25_000, 49_999):
        at = document.line_start(line)
        assert document.line_text(line) == lines[line]
        document.apply([Change(Span(at, at), "é")])
        assert document.position(at + 1, "utf-8") == Position(line, 2)
        assert document.offset(line, 2, "utf-8") == at + 1
    assert sum(id(stretch) not in before for stretch in document.stretches) < 10
    assert document.line_text(49_999) == "é" + lines[49_999]


# -------------------------------------------------------------------------------- stretches


def test_an_unclosed_bracket_ends_before_the_next_definition():
    document = document_of("x = f(\ndef g(): pass\ny = 1\n")
    texts = [stretch.text for stretch in document.stretches]
    assert texts == ["x = f(\n", "def g(): pass\n", "y = 1\n"]


def test_a_definition_is_a_stretch_with_its_decorators_and_all_its_lines():
    parts = [
        "# What this is for.\n\n",
        "@a\n@b(\n  1\n)\ndef f(\n    x\n):\n    '''\ndef no(): pass\n'''\n\n    # c\n\n# d\n",
        "try:\n    pass\nexcept E:\n    pass\nelse:\n    pass\nfinally:\n    pass\n",
        "if x:\n    pass\nelif y:\n    pass\n\n\n",
        "class A: pass\n",
    ]
    assert [stretch.text for stretch in document_of("".join(parts)).stretches] == parts
