"""What was put into a half-typed text, so that places in it can be told in the text as it is written."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple


class Insertion(NamedTuple):
    """Text that was put in: the character of the original text it stands before, and its length."""

    position: int
    length: int


class Insertions:
    """All that was put into a text, in order, to be searched: half of a text may lack something."""

    def __init__(self, made: Iterable[Insertion] = ()) -> None:
        self._positions: list[int] = []
        self._starts: list[int] = []
        """Where each begins in the text that it was put into."""
        self._before: list[int] = []
        """How much was put in before each."""
        total = 0
        for position, length in made:
            self._positions.append(position)
            self._starts.append(position + total)
            self._before.append(total)
            total += length
        self._total = total

    def __bool__(self) -> bool:
        return bool(self._positions)

    def original(self, character: int) -> int:
        """The character of the original text for one of the text with what was put in."""
        last = bisect_left(self._starts, character) - 1
        if last < 0:
            return character
        until = self._before[last + 1] if last + 1 < len(self._before) else self._total
        inside = character - self._starts[last]
        return character - self._before[last] - min(until - self._before[last], inside)

    def touch(self, start: int, end: int) -> bool:
        """Whether something was put in between two characters of the original text, or at them."""
        at = bisect_left(self._positions, start)
        return at < len(self._positions) and self._positions[at] <= end


NOTHING_PUT_IN = Insertions()
