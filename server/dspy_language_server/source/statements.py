"""Splits a module's text into top-level statements, without a parser and despite half-typed code.

A stretch of text begins at a statement in column 0 and ends where the next one does. Where it ends
depends on nothing before it: that makes an edit local, and an unclosed bracket or quote ends at the
next line that can only be a statement (`def`, `class`, `import`, …) instead of at the end of the file.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from zlib import crc32

CELL = "\x1e\n"
"""What stands between two notebook cells: nothing continues over it."""

# The set in front lets the search skip what begins no token, which is nearly all of a text.
_TOKEN = re.compile(
    r"""
    (?=[\r\n\#"'(\[{)\]}\\])(?:
      (?P<newline>\r\n|\r|\n)
    | (?P<comment>\#[^\r\n]*)
    | (?P<triple>\"{3}|'{3})
    | "(?:[^"\\\r\n]|\\(?:\r\n|[\s\S]))*"?
    | '(?:[^'\\\r\n]|\\(?:\r\n|[\s\S]))*'?
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | \\(?:\r\n|\r|\n)
    )
    """,
    re.VERBOSE,
)
_CLOSING = {
    '"""': re.compile(r'\\[\s\S]|"""'),
    "'''": re.compile(r"\\[\s\S]|'''"),
}
# Lines in column 0 that cannot continue an expression.
_HARD = (
    r"@[A-Za-z_]|(?:async[ \t]+)?def[ \t]|class[ \t]|import[ \t]|from[ \t]+[.\w]+[ \t]+import\b"
    r"|with[ \t]|while[ \t]|try[ \t]*:|return\b|raise\b|(?:if|for)[ \t][^\r\n]*:[ \t]*(?=[\r\n]|$)"
)
_HARD_LINE = re.compile(_HARD)
_HARD_INSIDE = re.compile(r"(?<=[\r\n])(?:" + _HARD + ")")
_CELL_INSIDE = re.compile(CELL)
# A col-0 line that belongs to the statement before it.
_CONTINUES = re.compile(r"\f*(?:(?:else|elif|except|finally)\b|[)\]}])")
_COMPOUND = re.compile(
    r"\f*(?:@|(?:async|def|class|if|for|while|with|try|match)\b)",
)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_GROUP_MASK = 7
_GROUP_LIMIT = 32


class Cut(NamedTuple):
    """The end of a stretch: where it is, how far its end depends on the text, whether it is unclosed."""

    end: int
    looked: int
    broken: bool


def stretch_at(text: str, start: int) -> Cut:
    """The stretch that begins at `start`, which is the start of a line.

    Simple statements are taken together in small groups, cut where a line's own content says so,
    so that an inserted line moves no other cut.
    """
    end = start
    looked = start
    limit = len(text)
    for _ in range(_GROUP_LIMIT):
        compound = _COMPOUND.match(text, end) is not None
        end, seen, broken = _statement_at(text, end)
        looked = max(looked, seen)
        if broken or end >= limit:
            return Cut(end, looked, broken)
        line = _LINE.match(text, end)
        assert line is not None
        looked = max(looked, line.end())
        if compound or _COMPOUND.match(text, end):
            break
        if crc32(line[0].encode("utf-8", "surrogatepass")) & _GROUP_MASK == 0:
            break
    return Cut(end, looked, broken=False)


def _statement_at(  # noqa: PLR0912 - one case per token
    text: str, start: int
) -> tuple[int, int, bool]:
    """Where one statement ends, how far was looked, and whether it is unclosed."""
    limit = len(text)
    position = start
    depth = 0
    decorated = text.startswith("@", start)
    # What comes before the first statement (blank lines, comments) goes with it.
    begun = _starts_statement(text, start, limit)
    looked = start
    while True:
        token = _TOKEN.search(text, position)
        if token is None:
            return limit, limit + 1, depth > 0
        position = token.end()
        kind = token.lastgroup
        if kind == "newline":
            if text.startswith(CELL, position - 2):
                return position, position, depth > 0
            if depth:
                if _HARD_LINE.match(text, position):
                    return position, _line_end(text, position), True
                continue
            if not _starts_statement(text, position, limit):
                continue
            looked = _line_end(text, position)
            if _CONTINUES.match(text, position):
                continue
            if decorated:
                decorated = text.startswith("@", position)
                continue
            if not begun:
                begun = True
                decorated = text.startswith("@", position)
                if _COMPOUND.match(text, position):
                    return position, looked, False
                continue
            return position, looked, False
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "triple":
            closed = _close_triple(text, position, token[0])
            if isinstance(closed, tuple):
                return closed[0], max(looked, closed[1]), True
            position = closed


def _close_triple(text: str, position: int, quote: str) -> int | tuple[int, int]:
    """Where a triple-quoted string ends; or, where it is unclosed, the boundary and the look."""
    pattern = _CLOSING[quote]
    limit = len(text)
    at = position
    while True:
        found = pattern.search(text, at)
        if found is None:
            end = limit
            closed = False
            break
        at = end = found.end()
        if found[0] == quote:
            closed = True
            break
    cell = _CELL_INSIDE.search(text, position, end)
    if cell is not None:
        return cell.end(), cell.end()
    # A closing quote with a word right behind it was meant as an opening one.
    if closed and not (end < limit and (text[end].isalnum() or text[end] == "_")):
        return end
    hard = _HARD_INSIDE.search(text, position, end)
    if hard is not None:
        return hard.start(), end + 1
    return end if closed else (limit, limit + 1)


def _starts_statement(text: str, position: int, limit: int) -> bool:
    """Whether the line at `position` has code in column 0."""
    while position < limit and text[position] == "\f":
        position += 1
    return position < limit and text[position] not in " \t\r\n#"


def _line_end(text: str, position: int) -> int:
    line = _LINE.match(text, position)
    assert line is not None
    return line.end() if line[0][-1:] in {"\r", "\n"} else line.end() + 1
