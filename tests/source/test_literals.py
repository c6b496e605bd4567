"""String literals: their value is Python's, each character knows its source, and edits go back into it."""

import ast
import textwrap

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Change
from dspy_language_server.source.literals import dedented, from_tokens, is_token, quoted

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")

QUOTES = ['"', "'", '"""', "'''"]


def pythons_value(token):
    """The value of a constant string as Python reads it; None where there is none."""
    try:
        tree = ast.parse(token, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    if isinstance(tree, ast.JoinedStr):
        if any(not isinstance(part, ast.Constant) for part in tree.values):
            return None
        return "".join(part.value for part in tree.values)
    return tree.value


def read_token(token):
    return from_tokens([(0, token)], Span(0, len(token)))


def edited(source, edits):
    for edit in sorted(edits, reverse=True):
        source = source[: edit.span.start] + edit.text + source[edit.span.end :]
    return source


# ------------------------------------------------------------------- one token, any text

ANYTHING = [
    *("a", "b", " ", "->", ":", "\\n", "\\x41", "\\N{BULLET}", "\\u00e9", "\\101", "\\\n", "\\q"),
    *(
        "\\\\",
        "\\'",
        '\\"',
        "é",
        "😋",
        "\n",
        "\r\n",
        "'",
        '"',
        "\t",
        "[",
        "\\0",
        "{",
        "}",
        "{{",
        "}}",
    ),
]
tokens = st.builds(
    lambda prefix, quote, parts: f"{prefix}{quote}{''.join(parts)}{quote}",
    st.sampled_from(["", "r", "R", "u", "f", "rf"]),
    st.sampled_from(QUOTES),
    st.lists(st.sampled_from(ANYTHING), max_size=8),
)


@settings(max_examples=300, deadline=None)
@given(tokens)
def test_the_value_is_pythons(token):
    assume(is_token(token))
    literal = read_token(token)
    assert (literal.value if literal is not None else None) == pythons_value(token)


@settings(max_examples=300, deadline=None)
@given(
    tokens, st.data(), st.sampled_from(["", "answer", '"', "'", "\n", "\\", "é", "1", "{x}", '"""'])
)
def test_an_edit_of_the_value_is_one_of_the_source(token, data, text):
    assume(is_token(token) and pythons_value(token) is not None)
    literal = read_token(token)
    start = data.draw(st.integers(0, len(literal.value)))
    end = data.draw(st.integers(start, len(literal.value)))
    changed = edited(token, literal.replace(Span(start, end), text))
    assert pythons_value(changed) == literal.value[:start] + text + literal.value[end:]


@pytest.mark.parametrize(
    "source",
    ['b"a"', 'f"{a}"', '"\\N{NO SUCH NAME}"', '"\\N{half \ud800 of a pair}"', '"\\x1"', 't"a"'],
)
def test_what_is_no_constant_string_has_no_literal(source):
    assert read_token(source) is None


# ------------------------------------------- tokens whose characters' source is known beforehand

# What is written, and what it means.
ANYWHERE = [(each, each) for each in ("a", " ", "->", "é", "😋", "\t", ":", "[", "#", "\u2028")]
ESCAPES = [
    *(("\\n", "\n"), ("\\x41", "A"), ("\\u00e9", "é"), ("\\U0001F60B", "😋"), ("\\N{BULLET}", "•")),
    *(("\\101", "A"), ("\\0", "\0"), ("\\\\", "\\"), ("\\'", "'"), ('\\"', '"'), ("\\a", "\a")),
    *(("\\ud800", "\ud800"), ("\\\n", ""), ("\\\r\n", "")),
]
BREAKS = [("\n", "\n"), ("\r\n", "\n"), ("\r", "\n")]
BACKSLASHES = [("\\", "\\"), ("n", "n")]


@st.composite
def known_tokens(draw):
    """A token, and for each character of its value the source it comes from, as offsets."""
    prefix = draw(st.sampled_from(["", "r", "R", "u", "f", "Rf"]))
    quote = draw(st.sampled_from(QUOTES))
    raw = "r" in prefix.lower()
    parts = [[each] for each in ANYWHERE + ([] if raw else ESCAPES)]
    if raw:
        parts.append(BACKSLASHES)
    if len(quote) == 3:
        # A `\r` and a `\n` that come together by chance would be one line break.
        parts += [[each, ("x", "x")] for each in BREAKS]
        parts.append([(quote[0], quote[0]), ("x", "x")])
    if "f" in prefix:
        parts += [[("{{", "{")], [("}}", "}")]]
    written = prefix + quote
    sources = []
    for part in draw(st.lists(st.sampled_from(parts), max_size=8)):
        for source, character in part:
            if character:
                # "->" is two characters, each its own.
                width = len(source) // len(character)
                sources += [
                    (each, len(written) + index * width, len(written) + (index + 1) * width)
                    for index, each in enumerate(character)
                ]
            written += source
    return written + quote, sources


@settings(max_examples=300, deadline=None)
@given(known_tokens())
def test_each_character_of_the_value_knows_its_source(known):
    token, sources = known
    literal = read_token(token)
    assert literal.value == "".join(character for character, _, _ in sources)
    assert literal.value == pythons_value(token)
    for at, (_, start, end) in enumerate(sources):
        assert literal.source_span(Span(at, at + 1)) == Span(start, end)
        # Anywhere within an escape is at its character.
        assert {literal.value_offset(each) for each in range(start, end)} == {at}
        assert literal.value_offset(end) == at + 1
    if sources:
        assert literal.source_span(Span(0, len(sources))) == Span(sources[0][1], sources[-1][2])


def test_outside_of_the_quotes_there_is_no_value():
    literal = read_token('r"q"')
    assert [literal.value_offset(each) for each in range(5)] == [None, None, 0, 1, None]
    assert (literal.piece_at(1), literal.piece_at(2)) == (None, literal.pieces[0])


SEPARATORS = [" ", "  \\\n ", "\n    ", "\n  # a note: \"é'\n  ", "\r\n\t"]


@st.composite
def statements(draw):
    """`x = ("a" 'b' …)` below a comment; its tokens with their characters' sources in the file."""
    text = "# é😋\nx = ("
    sources = []
    for index, (token, known) in enumerate(draw(st.lists(known_tokens(), min_size=2, max_size=4))):
        text += draw(st.sampled_from(SEPARATORS)) if index else ""
        sources += [(each, start + len(text), end + len(text)) for each, start, end in known]
        text += token
    return text + ")\ny = 1\n", sources


@settings(max_examples=150, deadline=None)
@given(statements())
def test_tokens_side_by_side_are_one_literal(read, known):
    text, sources = known
    found = read(text)
    assert found.names == ["x", "y"]
    ((base, literal),) = found.literals
    assert literal.value == "".join(character for character, _, _ in sources)
    for at, (_, start, end) in enumerate(sources):
        span = literal.source_span(Span(at, at + 1))
        assert (base + span.start, base + span.end) == (start, end)
        assert literal.value_offset(start - base) == at


@settings(max_examples=150, deadline=None)
@given(
    statements(), st.data(), st.sampled_from(["", "ctx: str", '"', "'", "\n", "\\", "😋", "{x}"])
)
def test_an_edit_across_tokens_leaves_the_edited_value(read, known, data, new):
    found = read(known[0])
    ((base, literal),) = found.literals
    start = data.draw(st.integers(0, len(literal.value)))
    end = data.draw(st.integers(start, len(literal.value)))
    for edit in sorted(literal.replace(Span(start, end), new), reverse=True):
        place = Span(edit.span.start + base, edit.span.end + base)
        found.document.apply([Change(place, edit.text)])
    ((_, changed),) = found.literals
    assert changed.value == literal.value[:start] + new + literal.value[end:]
    assert found.names == ["x", "y"]


# ------------------------------------------------------------------------------- by example


@pytest.mark.parametrize(
    ("source", "old", "new", "changed"),
    [
        ('"q -> a"', "a", "answer", '"q -> answer"'),
        ("'q -> a'", "q", "it's", "'it\\'s -> a'"),
        ('"q -> a"', "q", "it's", '"it\'s -> a"'),
        ('"q -> a"', "a", "a\nb", '"q -> a\\nb"'),
        ('"""q -> a"""', "a", "a\nb", '"""q -> a\nb"""'),
        ('r"q -> \\d"', "q", "\\w", 'r"\\w -> \\d"'),
        ("r'q'", "q", "it's", "'it\\'s'"),
        ('f"{{q}} -> a"', "a", "{b}", 'f"{{q}} -> {{b}}"'),
        ('"q" " -> a"', "q -> a", "x -> y", '"x -> y" ""'),
        ('"\\u00e9 -> a"', "é", "e", '"e -> a"'),
        ('"é \\x2d> a"', "->", "=>", '"é => a"'),
    ],
)
def test_only_what_changes_is_written_anew(source, old, new, changed):
    literal = from_tokens(split(source), Span(0, len(source)))
    at = literal.value.index(old)
    assert edited(source, literal.replace(Span(at, at + len(old)), new)) == changed


def split(source):
    return [(0, '"q"'), (4, '" -> a"')] if source.startswith('"q" ') else [(0, source)]


@pytest.mark.parametrize("quote", QUOTES)
def test_an_empty_string_can_be_filled(quote):
    literal = read_token(quote * 2)
    assert edited(quote * 2, literal.replace(Span(0, 0), "q -> a")) == f"{quote}q -> a{quote}"


@given(st.text(), st.sampled_from(QUOTES))
def test_any_value_can_be_quoted(value, quote):
    assert pythons_value(quoted(value, quote)) == value


def test_a_dedented_docstring_keeps_its_sources(read):
    text = 'x = textwrap.dedent("""\\\n    Say é.\n      More.\n\n    Done.""")\n'
    literals = [literal for _, literal in read(text).literals]
    (token,) = [literal for literal in literals if literal.operation == "token"]
    assert token.value == "    Say é.\n      More.\n\n    Done."
    literal = dedented(token, token.span)
    assert literal.value == textwrap.dedent(token.value)
    for at, character in enumerate(literal.value):
        start, end = literal.source_span(Span(at, at + 1))
        assert text[start:end] == character
    at = literal.value.index("More")
    changed = edited(text, literal.replace(Span(at, at + 4), "Less"))
    assert changed == text.replace("More", "Less")
