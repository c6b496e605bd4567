"""How much two versions of a text, or of a list, share at either end."""

from __future__ import annotations

from collections.abc import Sequence


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
