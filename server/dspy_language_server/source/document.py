"""A document's text under edits: lines, offsets in every encoding, and the stretches that are parsed.

The text is kept as stretches (a top-level statement, or a few simple ones), each parsed by itself.
An edit costs what it changes: one stretch is split and parsed anew, the others only move.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Literal, NamedTuple

from dspy_language_server.signature.model import Span
from dspy_language_server.source.anchor import Anchor
from dspy_language_server.source.common import common_prefix, common_suffix
from dspy_language_server.source.statements import Cut, stretch_at
from dspy_language_server.source.stretch import Stretch

Encoding = Literal["utf-8", "utf-16", "utf-32"]


class Change(NamedTuple):
    """An edit: the span that is replaced (None: the whole text), and the new text."""

    span: Span | None
    text: str


class Position(NamedTuple):
    """A line, and a column in the units of some encoding; both from 0."""

    line: int
    column: int


class _Made(NamedTuple):
    """A stretch to be made."""

    text: str
    reach: int
    broken: bool


class Document:
    r"""A text that is edited, with its lines and its stretches. Lines end at `\\r\\n`, `\\r`, `\\n` only."""

    def __init__(self, uri: str, text: str) -> None:
        self.uri = uri
        self.version = 0
        self._text: str | None = text
        self._stretches: list[Stretch] = []
        self._far: list[Stretch] = []
        self._lines: list[int] | None = None
        self._length = len(text)
        self._fill(text)

    # ------------------------------------------------------------------------- text

    @property
    def text(self) -> str:
        """The whole text."""
        if self._text is None:
            self._text = "".join([stretch.text for stretch in self._stretches])
        return self._text

    def __len__(self) -> int:
        return self._length

    @property
    def stretches(self) -> list[Stretch]:
        """The stretches in order; objects are kept as long as their text is."""
        return self._stretches

    def slice(self, span: Span) -> str:
        """The text of a span."""
        start, end = span
        index = self.index_at(start)
        stretch = self._stretches[index]
        base = stretch.anchor.start
        if end <= base + len(stretch.text):
            return stretch.text[start - base : end - base]
        return self.text[start:end]

    def index_at(self, offset: int) -> int:
        """The index of the stretch that holds the offset."""
        found = bisect_right(self._stretches, offset, key=_start) - 1
        return max(found, 0)

    # ------------------------------------------------------------------------- edits

    def apply(self, changes: Iterable[Change]) -> None:
        """Makes the changes, one after the other, each in the text that the former left."""
        for change in changes:
            if change.span is None:
                self._replace_all(change.text)
            else:
                start = min(max(change.span.start, 0), self._length)
                end = min(max(change.span.end, start), self._length)
                self._splice(start, end, change.text)
            self.version += 1

    def _fill(self, text: str) -> None:
        position = 0
        limit = len(text)
        while position < limit or not self._stretches:
            found = stretch_at(text, position)
            anchor = Anchor(self.uri, position)
            stretch = Stretch(anchor, text[position : found.end], _reach(found), found.broken)
            self._stretches.append(stretch)
            position = found.end
            if position >= limit:
                break
        self._far = [stretch for stretch in self._stretches if stretch.broken]

    def _replace_all(self, text: str) -> None:
        """A new text: what it shares with the old one at both ends is kept."""
        old = self.text
        start = common_prefix(old, text)
        shorter = min(len(old), len(text)) - start
        end = common_suffix(old, text, shorter)
        self._splice(start, len(old) - end, text[start : len(text) - end])

    def _splice(self, start: int, end: int, new: str) -> None:
        stretches = self._stretches
        first = self._first_affected(start)
        last = max(self.index_at(end), first)
        base = stretches[first].anchor.start
        region = "".join([stretch.text for stretch in stretches[first : last + 1]])
        buffer = region[: start - base] + new + region[end - base :]
        delta = len(new) - (end - start)
        made, stop = self._resplit(buffer, last)
        self._exchange(first, stop, made, base, delta)
        self._text = None
        self._length += delta

    def _first_affected(self, start: int) -> int:
        """The first stretch whose end depends on text at or behind `start`."""
        stretches = self._stretches
        first = self.index_at(start)
        if first and stretches[first - 1].depends_on(start):
            first -= 1
        for stretch in self._far:
            if stretch.anchor.start < stretches[first].anchor.start and stretch.depends_on(start):
                first = self.index_at(stretch.anchor.start)
        return first

    def _resplit(self, buffer: str, last: int) -> tuple[list[_Made], int]:
        """Splits the changed text anew until a cut falls on an old one.

        Returns the new stretches and the index of the first old stretch kept.
        """
        stretches = self._stretches
        made: list[_Made] = []
        taken = last + 1
        ends = {len(buffer): taken}
        position = 0
        step = 1
        while True:
            found = stretch_at(buffer, position)
            while found.looked >= len(buffer) and taken < len(stretches):
                more = stretches[taken : taken + step]
                step *= 2
                pieces = [buffer]
                size = len(buffer)
                for stretch in more:
                    pieces.append(stretch.text)
                    size += len(stretch.text)
                    taken += 1
                    ends[size] = taken
                buffer = "".join(pieces)
                found = stretch_at(buffer, position)
            if found.end > position or not made:
                made.append(_Made(buffer[position : found.end], _reach(found), found.broken))
            position = found.end
            if position in ends:
                return made, ends[position]
            if position >= len(buffer):
                return made, taken

    def _exchange(self, first: int, stop: int, made: list[_Made], base: int, delta: int) -> None:
        """Puts the new stretches in place of the old ones, keeping those whose text is the same."""
        stretches = self._stretches
        old = stretches[first:stop]
        if len(made) > 1 and not made[-1].text:
            made.pop()
        head = 0
        while head < len(old) and head < len(made) and old[head].text == made[head].text:
            old[head].depend(made[head].reach, made[head].broken)
            base += len(old[head].text)
            head += 1
        tail = 0
        while (
            tail < min(len(old), len(made)) - head and old[-1 - tail].text == made[-1 - tail].text
        ):
            old[-1 - tail].depend(made[-1 - tail].reach, made[-1 - tail].broken)
            tail += 1
        replaced = old[head : len(old) - tail]
        fresh: list[Stretch] = []
        for text, reach, broken in made[head : len(made) - tail]:
            fresh.append(Stretch(Anchor(self.uri, base), text, reach, broken))
            base += len(text)
        if fresh and replaced:
            seeds = [stretch for stretch in replaced if stretch.is_parsed]
            for index, stretch in enumerate(fresh):
                stretch.seed(replaced[index] if index < len(replaced) else None, seeds)
        position = first + head
        self._count_lines(position, replaced, fresh)
        stretches[position : position + len(replaced)] = fresh
        if delta:
            for stretch in stretches[position + len(fresh) :]:
                stretch.anchor.offset += delta
        if self._drop_empty():
            self._lines = None
        if self._far or any(piece.broken for piece in made):
            self._far = [stretch for stretch in stretches if stretch.broken]

    def _drop_empty(self) -> bool:
        """A document has an empty stretch only when it has no text at all."""
        stretches = self._stretches
        if len(stretches) > 1 and not stretches[-1].text:
            stretches.pop()
            return True
        return False

    # --------------------------------------------------------------------- positions

    def _line_table(self) -> list[int]:
        """For each stretch: how many lines begin before it ends."""
        if self._lines is None:
            self._lines = list(accumulate(stretch.line_breaks for stretch in self._stretches))
        return self._lines

    def _count_lines(self, position: int, replaced: list[Stretch], fresh: list[Stretch]) -> None:
        """Keeps the table while stretches are exchanged; most edits move no line."""
        table = self._lines
        if table is None:
            return
        before = table[position - 1] if position else 0
        old = table[position + len(replaced) - 1] if replaced else before
        counted = list(accumulate((s.line_breaks for s in fresh), initial=before))
        table[position : position + len(replaced)] = counted[1:]
        moved = counted[-1] - old
        if moved:
            rest = position + len(fresh)
            table[rest:] = [count + moved for count in table[rest:]]

    @property
    def line_count(self) -> int:
        """How many lines there are; an empty text has one."""
        return self._line_table()[-1] + 1

    def line_start(self, line: int) -> int:
        """The offset at which a line begins; past the end, the length of the text."""
        if line <= 0:
            return 0
        table = self._line_table()
        if line > table[-1]:
            return self._length
        # The line begins behind the line break number `line`.
        index = bisect_right(table, line - 1)
        before = table[index - 1] if index else 0
        stretch = self._stretches[index]
        return stretch.anchor.start + stretch.line_starts[line - before]

    def line_end(self, line: int) -> int:
        """The offset at which a line's content ends, its line break excluded."""
        if line + 1 >= self.line_count:
            return self._length
        end = self.line_start(line + 1)
        text = self.slice(Span(max(end - 2, 0), end))
        return end - 2 if text.endswith("\r\n") else end - 1

    def line_text(self, line: int) -> str:
        """A line's content without its line break."""
        return self.slice(Span(self.line_start(line), self.line_end(line)))

    def line_at(self, offset: int) -> int:
        """The line of an offset."""
        return self.position(offset, "utf-32").line

    def position(self, offset: int, encoding: Encoding = "utf-16") -> Position:
        """The line and column of an offset; past the end, the end."""
        offset = min(max(offset, 0), self._length)
        index = self.index_at(offset)
        table = self._line_table()
        stretch = self._stretches[index]
        within = offset - stretch.anchor.start
        row = bisect_right(stretch.line_starts, within) - 1
        before = table[index - 1] if index else 0
        start = stretch.line_starts[row]
        if encoding == "utf-32" or stretch.is_ascii:
            return Position(before + row, within - start)
        return Position(before + row, units(stretch.text[start:within], encoding))

    def offset(self, line: int, column: int, encoding: Encoding = "utf-16") -> int:
        """The offset of a line and column; past a line's end, its end; past the text, its length."""
        if line < 0:
            return 0
        if line >= self.line_count:
            return self._length
        start = self.line_start(line)
        end = self.line_end(line)
        if column <= 0:
            return start
        text = self.slice(Span(start, end))
        if encoding == "utf-32" or text.isascii():
            return min(start + column, end)
        return start + code_points(text, column, encoding)


def _start(stretch: Stretch) -> int:
    return stretch.anchor.start


def _reach(cut: Cut) -> int:
    return cut.looked - cut.end


def units(text: str, encoding: Encoding) -> int:
    """How many units of an encoding a text has."""
    if encoding == "utf-16":
        return len(text) + sum(character > "\uffff" for character in text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text)


def code_points(text: str, count: int, encoding: Encoding) -> int:
    """How many code points of a text the first `count` units hold; half a character counts not."""
    used = 0
    for index, character in enumerate(text):
        used += units(character, encoding)
        if used > count:
            return index
    return len(text)
