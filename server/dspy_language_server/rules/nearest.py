"""Which of the known names was meant: the nearest one, or none when none is near."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

# Below this similarity a proposal confuses more than it helps.
NEAR = 0.7


# From here on it is the same name with a letter or two wrong.
SLIP = 0.85


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` is most likely a slip of."""
    names = list(known)
    folded = {candidate.lower(): candidate for candidate in names}
    if name.lower() in folded:
        return folded[name.lower()]
    close = get_close_matches(name, names, n=1, cutoff=NEAR)
    if close and _is_slip(name, close[0]):
        return close[0]
    # `max_demos` for `max_bootstrapped_demos` is a name half remembered, not one mistyped.
    words = set(name.lower().split("_"))
    fuller = [known for known in names if words < set(known.lower().split("_"))]
    if len(words) > 1 and fuller:
        return fuller[0]
    if close:
        return close[0]
    # Singular for plural and the like, where the name is too short for the ratio.
    for candidate in names:
        if candidate.rstrip("s") == name.rstrip("s"):
            return candidate
    return None


def _is_slip(name: str, known: str) -> bool:
    return SequenceMatcher(None, name, known).ratio() >= SLIP


def listed(names: Iterable[str]) -> str:
    """Names in backquotes, for a message."""
    quoted = [f"`{name}`" for name in names]
    return ", ".join(quoted) if quoted else "none"
