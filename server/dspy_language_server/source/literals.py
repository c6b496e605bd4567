"""String literals: their value as Python computes it, and the exact way back to the source.

A literal is a list of segments. Within a plain segment one character of the value is one of the
source; an escape, a line break that Python normalises, or a doubled brace is a segment of its own. Offsets count from
wherever the caller's do (the statement, a stretch, a document).
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dspy_language_server.signature.model import Edit, Span


class Piece(NamedTuple):
    """One string token: `r"…"` of `r"…" "…"`."""

    start: int
    end: int
    """Prefix and quotes included."""
    content: Span
    prefix: str
    """In lower case: `r`, `f`, `rf`, …"""
    quote: str

    @property
    def raw(self) -> bool:
        """Whether backslashes stand for themselves."""
        return "r" in self.prefix


class Segment(NamedTuple):
    """A stretch of the value and the stretch of source that it comes from."""

    value: int
    length: int
    source: int
    width: int
    piece: int


Operation = Literal["token", "join", "dedent"]


@dataclass(slots=True, eq=False)
class StringLiteral:
    """A constant string expression: one or more tokens, joined by juxtaposition, `+` or `dedent`."""

    value: str
    span: Span
    """The whole expression."""
    pieces: tuple[Piece, ...]
    segments: tuple[Segment, ...]
    source: str = ""
    """For a token: its text."""
    operation: Operation = "token"
    parts: tuple[StringLiteral, ...] = ()
    """What was joined or dedented."""

    @property
    def plain(self) -> bool:
        """Whether it is made of string tokens alone, without `dedent`."""
        return self.operation != "dedent" and all(part.plain for part in self.parts)

    def source_offset(self, offset: int, *, after: bool = False) -> int:
        """The source offset of a value offset; `after`: the end of the character before it."""
        segments = self.segments
        if not segments:
            return self.pieces[0].content.start if self.pieces else self.span.start
        if after and offset > 0:
            segment = self._segment(offset - 1)
            within = offset - segment.value
        else:
            segment = self._segment(min(offset, max(len(self.value) - 1, 0)))
            within = offset - segment.value
        if segment.length == segment.width:
            return segment.source + within
        return segment.source if within <= 0 else segment.source + segment.width

    def source_span(self, span: Span) -> Span:
        """The source of a span of the value; an empty span stays empty."""
        start, end = max(span[0], 0), min(span[1], len(self.value))
        if start >= end:
            at = self.source_offset(min(start, len(self.value)))
            return Span(at, at)
        return Span(self.source_offset(start), self.source_offset(end, after=True))

    def value_offset(self, offset: int) -> int | None:
        """The value offset of a source offset; None outside of every token's content."""
        if not any(p.content.start <= offset <= p.content.end for p in self.pieces):
            return None
        found = 0
        for segment in self.segments:
            if segment.source > offset:
                break
            within = offset - segment.source
            if segment.length == segment.width:
                found = segment.value + min(within, segment.length)
            else:
                found = segment.value + (segment.length if within >= segment.width else 0)
        return found

    def piece_at(self, offset: int) -> Piece | None:
        """The token whose content holds a source offset."""
        return next((p for p in self.pieces if p.content.start <= offset <= p.content.end), None)

    def _segment(self, offset: int) -> Segment:
        index = bisect_right(self.segments, offset, key=_value) - 1
        while index > 0 and self.segments[index].length == 0:
            index -= 1
        return self.segments[max(index, 0)]

    # -------------------------------------------------------------------------- edits

    def replace(self, span: Span, text: str) -> list[Edit]:
        """Source edits after which the value has `text` in place of `span`.

        The smallest edit that works; where none does (a quote into a raw string), the expression
        is written anew.
        """
        wanted = self.value[: span.start] + text + self.value[span.end :]
        edits = self._small_edits(span, text)
        if edits is not None and self._gives(edits, wanted):
            return edits
        return [Edit(self.span, quoted(wanted, self._preferred_quote()))]

    def _small_edits(self, span: Span, text: str) -> list[Edit] | None:
        if not self.pieces:
            return None
        if not self.segments:
            piece = self.pieces[0]
            at = piece.content.start
            escaped = escape(text, piece)
            return None if escaped is None else [Edit(Span(at, at), escaped)]
        target = self.source_span(span)
        if span.start == span.end and span.start:
            # At the seam of two tokens text goes to the one before.
            at = self.source_offset(span.start, after=True)
            target = Span(at, at)
        edits: list[Edit] = []
        for piece in self.pieces:
            start = max(target.start, piece.content.start)
            end = min(target.end, piece.content.end)
            if start > end or (edits and start == end):
                continue
            escaped = escape("" if edits else text, piece)
            if escaped is None:
                return None
            edits.append(Edit(Span(start, end), escaped))
        return edits

    def _gives(self, edits: Sequence[Edit], wanted: str) -> bool:
        """Whether the source with the edits made has the wanted value."""
        return self.evaluated(edits) == wanted

    def evaluated(self, edits: Sequence[Edit]) -> str | None:
        """The value after edits within tokens; None where one breaks its token."""
        if self.operation != "token":
            values = [part.evaluated(edits) for part in self.parts]
            known = [value for value in values if value is not None]
            if len(known) < len(values):
                return None
            text = "".join(known)
            return textwrap.dedent(text) if self.operation == "dedent" else text
        (piece,) = self.pieces
        token = self.source
        for edit in sorted(edits, reverse=True):
            start, end = edit.span.start - piece.start, edit.span.end - piece.start
            if piece.content.start <= edit.span.start and edit.span.end <= piece.content.end:
                token = token[:start] + edit.text + token[end:]
        if not is_token(token):
            return None
        read = read_token(token, 0)
        return None if read is None else read[1]

    def _preferred_quote(self) -> str:
        return self.pieces[0].quote if self.pieces else '"'


def _value(segment: Segment) -> int:
    return segment.value


# -------------------------------------------------------------------------------- reading

_PREFIX = re.compile(r"[A-Za-z]*")
_SPECIAL = re.compile(
    r"\\(?:N\{[^}\r\n]*\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}"
    r"|\r\n|[\s\S])|\r\n?|\{\{?|\}\}?"
)
_BREAK = re.compile(r"\r\n?|\{\{?|\}\}?")
_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}


def read_token(token: str, start: int) -> tuple[Piece, str, list[Segment]] | None:
    """One string token that begins at `start`; None for bytes, interpolations and bad escapes."""
    found = _PREFIX.match(token)
    assert found is not None
    prefix = found[0].lower()
    at = found.end()
    if "b" in prefix or "t" in prefix or at >= len(token):
        return None
    quote = token[at : at + 3] if token[at : at + 3] in {'"""', "'''"} else token[at]
    open_end = at + len(quote)
    if len(token) < open_end:
        return None
    close = len(token)
    if close >= open_end + len(quote) and token.endswith(quote):
        close -= len(quote)
    content = token[open_end:close]
    piece = Piece(start, start + len(token), Span(start + open_end, start + close), prefix, quote)
    decoded = _decode(content, piece)
    return None if decoded is None else (piece, *decoded)


def _decode(content: str, piece: Piece) -> tuple[str, list[Segment]] | None:
    base = piece.content.start
    formatted = "f" in piece.prefix
    if not ("\\" in content or "\r" in content or formatted):
        return content, [Segment(0, len(content), base, len(content), 0)] if content else []
    pattern = _BREAK if piece.raw else _SPECIAL
    values: list[str] = []
    segments: list[Segment] = []
    at = 0
    size = 0
    for found in pattern.finditer(content):
        text = found[0]
        if text[0] in "{}":
            if not formatted:
                continue
            if len(text) == 1:
                return None
        decoded = text[0] if text[0] in "{}" else _unescape(text)
        if decoded is None:
            return None
        start = found.start()
        if decoded == text:
            continue
        if start > at:
            segments.append(Segment(size, start - at, base + at, start - at, 0))
            values.append(content[at:start])
            size += start - at
        segments.append(Segment(size, len(decoded), base + start, len(text), 0))
        values.append(decoded)
        size += len(decoded)
        at = found.end()
    if at < len(content):
        rest = len(content) - at
        segments.append(Segment(size, rest, base + at, rest, 0))
        values.append(content[at:])
    return "".join(values), segments


def _unescape(text: str) -> str | None:
    """The characters of one escape or line break; None where Python refuses it."""
    if text[0] == "\r":
        return "\n"
    kind = text[1]
    if kind in "\r\n":
        return ""
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if kind in "01234567":
        return chr(int(text[1:], 8))
    if kind in "xuU":
        if len(text) == 2:
            return None
        digits = text[2:]
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else None
    if kind == "N":
        try:
            return unicodedata.lookup(text[3:-1]) if len(text) > 2 else None
        except (KeyError, UnicodeEncodeError):  # no such name; half of a surrogate pair in it
            return None
    return text


_TOKEN = re.compile(
    r"""[A-Za-z]*(?:\"{3}(?:[^"\\]|\\[\s\S]|"(?!""))*\"{3}|'{3}(?:[^'\\]|\\[\s\S]|'(?!''))*'{3}"""
    r"""|"(?:[^"\\\r\n]|\\(?:\r\n|[\s\S]))*"|'(?:[^'\\\r\n]|\\(?:\r\n|[\s\S]))*')"""
)


def is_token(text: str) -> bool:
    """Whether a text is exactly one string token."""
    return _TOKEN.fullmatch(text) is not None


def joined(literals: Sequence[StringLiteral], span: Span) -> StringLiteral:
    """Several literals, one behind the other, as one."""
    values: list[str] = []
    pieces: list[Piece] = []
    segments: list[Segment] = []
    size = 0
    for literal in literals:
        first = len(pieces)
        segments += [
            s._replace(value=s.value + size, piece=s.piece + first) for s in literal.segments
        ]
        pieces += literal.pieces
        values.append(literal.value)
        size += len(literal.value)
    return StringLiteral(
        "".join(values), span, tuple(pieces), tuple(segments), "", "join", tuple(literals)
    )


def from_tokens(tokens: Sequence[tuple[int, str]], span: Span) -> StringLiteral | None:
    """A literal of tokens (offset, text) that stand side by side."""
    read: list[StringLiteral] = []
    for start, token in tokens:
        result = read_token(token, start)
        if result is None:
            return None
        piece, value, segments = result
        read.append(
            StringLiteral(value, Span(piece.start, piece.end), (piece,), tuple(segments), token)
        )
    return read[0] if len(read) == 1 else joined(read, span)


_BLANK_LINE = re.compile(r"^[ \t]+$", re.MULTILINE)
_MARGIN = re.compile(r"(^[ \t]*)(?:[^ \t\n])", re.MULTILINE)


def dedented(literal: StringLiteral, span: Span) -> StringLiteral:
    """What `textwrap.dedent` makes of a literal: kept characters keep their source."""
    value = literal.value
    blank = [found.span() for found in _BLANK_LINE.finditer(value)]
    indents = _MARGIN.findall(_BLANK_LINE.sub("", value))
    margin = indents[0] if indents else ""
    for indent in indents[1:]:
        margin = _common(margin, indent)
    removed = list(blank)
    if margin:
        for found in re.finditer("(?m)^" + margin, value):
            inside_blank = any(start <= found.start() < end for start, end in blank)
            if not inside_blank:
                removed.append(found.span())
    removed.sort()
    keep: list[Span] = []
    at = 0
    for start, end in removed:
        if start > at:
            keep.append(Span(at, start))
        at = max(at, end)
    if at < len(value):
        keep.append(Span(at, len(value)))
    segments: list[Segment] = []
    pieces: list[str] = []
    size = 0
    for part in keep:
        for segment in literal.segments:
            start = max(part.start, segment.value)
            end = min(part.end, segment.value + segment.length)
            if start >= end:
                continue
            if segment.length == segment.width:
                moved = segment.source + start - segment.value
                segments.append(Segment(size, end - start, moved, end - start, segment.piece))
            else:
                segments.append(segment._replace(value=size))
            size += end - start
        pieces.append(value[part.start : part.end])
    return StringLiteral(
        "".join(pieces), span, literal.pieces, tuple(segments), "", "dedent", (literal,)
    )


def _common(first: str, second: str) -> str:
    """The margin that two indents share, as `textwrap.dedent` sees it."""
    size = 0
    for left, right in zip(first, second):  # noqa: B905 - the shorter one decides
        if left != right:
            break
        size += 1
    return first[:size]


# -------------------------------------------------------------------------------- writing


def escape(text: str, piece: Piece) -> str | None:
    """`text` as it must be written inside a token; None where the token cannot hold it."""
    triple = len(piece.quote) == 3
    if piece.raw:
        bad = piece.quote in text or text.endswith("\\") or "\r" in text
        bad = bad or (not triple and "\n" in text) or (triple and text.endswith(piece.quote[0]))
        if bad:
            return None
        return _braces(text, piece)
    quote = piece.quote[0]
    written: list[str] = []
    for character in text:
        if character in ("\\", quote):
            written.append("\\" + character)
        elif character == "\n":
            written.append("\n" if triple else "\\n")
        elif character == "\t":
            written.append("\\t")
        elif character == "\r":
            written.append("\\r")
        elif character < " " or "\ud800" <= character <= "\udfff" or character == "\x7f":
            written.append(
                f"\\x{ord(character):02x}" if character < "\x80" else _unicode(character)
            )
        else:
            written.append(character)
    return _braces("".join(written), piece)


def _unicode(character: str) -> str:
    return f"\\u{ord(character):04x}"


def _braces(text: str, piece: Piece) -> str:
    return text.replace("{", "{{").replace("}", "}}") if "f" in piece.prefix else text


def quoted(value: str, quote: str = '"') -> str:
    """A literal for a value: in the given quotes, triple ones only if asked for."""
    piece = Piece(0, 0, Span(0, 0), "", quote)
    written = escape(value, piece)
    assert written is not None
    return f"{quote}{written}{quote}"
