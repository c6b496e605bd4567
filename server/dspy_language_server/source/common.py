"""How much two versions of a text, or of a list, share at either end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


def common_prefix(first: Sequence[object], second: Sequence[object]) -> int:
    """How much two sequences share at their beginning."""
    low, high = 0, min(len(first), len(second))
    if first[:high] == second[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle
    return low


def common_suffix(first: Sequence[object], second: Sequence[object], limit: int) -> int:
    """How much two sequences share at their end, at most `limit`."""
    low, high = 0, limit + 1
    while high - low > 1:
        middle = (low + high) // 2
        if first[len(first) - middle :] == second[len(second) - middle :]:
            low = middle
        else:
            high = middle
    return low


class Followed(Generic[T]):
    """A list that is looked at now and then: which items left it since the last look, which came."""

    def __init__(self) -> None:
        self._seen: list[T] = []

    def changes(self, items: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
        """What left and what came; comparing costs no Python code for the items that stayed."""
        seen = self._seen
        now = list(items)
        head = common_prefix(seen, now)
        if head == len(seen) == len(now):
            return (), ()
        tail = common_suffix(seen, now, min(len(seen), len(now)) - head)
        self._seen = now
        return seen[head : len(seen) - tail], now[head : len(now) - tail]
