"""Letters of a user's text that nobody would see, or that change how the letters around them are seen."""

from __future__ import annotations

import re

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # what a terminal takes for commands, beside tab and line feed
    "\u2028\u2029"  # ends of lines for some readers only
    "\u202a-\u202e\u2066-\u2069"  # turn the direction of what follows
    "\U000e0000-\U000e007f]"  # tags: text that is never drawn
)


def visible(text: str) -> str:
    """`text` with such letters written as Python writes them: a backslash, u, and four digits."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
