"""Markdown from the text of user files: nothing in it may become a link, an image, HTML or markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dspy_language_server.source.letters import visible

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$:@-])")
# Bare addresses become links by themselves in GitHub's dialect; a backslash before the colon
# or the at-sign (both in the list above) stops that.
_LONGEST = 4000


def escape(text: str) -> str:
    """`text` so that Markdown shows it letter by letter, on one line."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def one_line(text: str) -> str:
    """`text` with every run of white space as one space, all of it seen, cut where it is very long."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= _LONGEST else line[:_LONGEST] + " …"


def paragraph(text: str) -> str:
    """Several lines of a user's text, each escaped, breaks kept."""
    lines = text.strip().splitlines()
    return "  \n".join(escape(line) for line in lines[:60])


def code(text: str) -> str:
    """`text` as a code span, whatever backticks it holds."""
    line = one_line(text)
    if not line:
        return ""
    fence = "`"
    while fence in line:
        fence += "`"
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def cell(text: str) -> str:
    """A finished piece of Markdown for a table's cell: a bar would end it, even in code."""
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of finished pieces of Markdown."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(cell(piece) for piece in row) + " |" for row in rows]
    return "\n".join(lines)
