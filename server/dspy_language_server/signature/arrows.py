"""The arrow of a string that has none, more than one, or half of one: where it is, and what to say of it."""

import itertools
import re

from dspy_language_server.signature import checks
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Edit, Field, Fix, Problem, Span
from dspy_language_server.signature.sides import Broken, read_side

# What people write for the arrow, or what is left of it while it is typed.
_NEARLY_ARROWS = ("=>", "→", "⇒", "—>", "\N{EN DASH}>", "➔", "- >", "-->")
_HALF_ARROWS = (">", "-")


def find_arrow(text: str, first: int, dialect: Dialect) -> Span | None:
    """The arrow between inputs and outputs, or what was most likely meant as one.

    Args:
        text: The string.
        first: Where its first `->` stands; negative without one.
        dialect: The release.
    """
    if first >= 0:
        outside = _arrows_outside_quotes(text)
        start = outside[0] if outside else first
        return Span(start, start + 2)
    for nearly in _NEARLY_ARROWS:
        start = text.find(nearly)
        if start >= 0:
            return Span(start, start + len(nearly))
    return _half_arrow(text, dialect)


def _may_follow(text: str, dialect: Dialect) -> bool:
    """Whether a text may be outputs: its first field is one, or is still being typed."""
    first, comma, _ = text.partition(",")
    return not comma or "[" in first or _is_side(first, 0, dialect)


def _half_arrow(text: str, dialect: Dialect) -> Span | None:
    """A `-` or `>`: at the end, else between blanks, else anywhere; the last one."""
    last = len(text.rstrip()) - 1
    if text[last:].startswith(_HALF_ARROWS):
        return Span(last, last + 1)
    for pattern in (r"(?<=\s)[>-](?=\s)", "[>-]"):
        found = [m for m in re.finditer(pattern, text) if _may_follow(text[m.end() :], dialect)]
        if found:
            return Span(*found[-1].span())
    return None


def _is_side(text: str, start: int, dialect: Dialect) -> bool:
    try:
        read_side(text, start, len(text), dialect)
    except Broken:
        return False
    return True


def _arrows_outside_quotes(text: str) -> list[int]:
    found, quote = [], ""
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif text.startswith("->", index):
            found.append(index)
    return found


def arrow_problem(text: str, first: int, arrow: Span | None, dialect: Dialect) -> Problem:
    """What to say of two arrows, or of something that is none; `first` and `arrow` as above."""
    if first >= 0:
        second = text.find("->", first + 2)
        span = Span(second, second + 2)
        outside = _arrows_outside_quotes(text)
        if len(outside) == 1:
            quoted = first if first != outside[0] else second
            span = Span(quoted, quoted + 2)
            return checks.problem(
                "DSP101",
                "DSPy counts every `->`, even inside quotes, and raises ValueError for two. Write the quoted text without "
                "`->`, e.g. `to`.",
                span, (Fix("Write `to` instead", (Edit(span, "to"),)),),
            )  # fmt: skip
        later = _later_arrows(text, second)
        commas = tuple(Edit(Span(before_blank(text, at), at + 2), ",") for at in later)
        title = "Write a comma instead" if len(commas) == 1 else "Write commas instead"
        return checks.problem(
            "DSP101",
            "DSPy wants exactly one `->`, between inputs and outputs, and raises ValueError. Write a comma, or a signature "
            "for each step.",
            span, (Fix(title, commas),),
        )  # fmt: skip
    if arrow is None:
        return no_arrow(text, ())
    written = text[arrow.start : arrow.end]
    fix = Fix("Write `->`", (Edit(arrow, "->"),))
    span = _half_shown(text, arrow, dialect) if written in _HALF_ARROWS else arrow
    return checks.problem(
        "DSP101", f"`{written}` is no arrow to DSPy, which raises ValueError. Write `->` between inputs and outputs.",
        span, (fix,),
    )  # fmt: skip


def _half_shown(text: str, arrow: Span, dialect: Dialect) -> Span:
    """Where half an arrow is shown: with the rest of the text, where it may be something else."""
    before, after = text[: arrow.start], text[arrow.end :]
    apart = before[-1:].isspace() and after[:1].isspace()
    if apart and _is_side(text, arrow.end, dialect) and not _is_side(text, 0, dialect):
        blanks = len(after) - len(after.lstrip())
        return Span(arrow.start, max(arrow.end, arrow.end + blanks - 1))
    return Span(arrow.start, len(text))


def no_arrow(text: str, fields: tuple[Field, ...]) -> Problem:
    """There is no arrow; of `fields` that were read without trouble the last may be the output."""
    start = len(text.rstrip())
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    if 0 < start < len(text.rstrip()):
        start = max(start - 1, len(text[:start].rstrip()))
    fixes = []
    if len(fields) > 1:
        before = fields[-2].type_span or fields[-2].name_span
        gap = Span(before.end, fields[-1].name_span.start)
        if text[gap.start : gap.end].strip() == ",":
            title = f"Make `{fields[-1].name}` the output"
            fixes.append(Fix(title, (Edit(gap, " -> "),)))
    if fields:
        taken = {field.name for field in fields}
        names = itertools.chain(("answer", "output"), (f"output_{n}" for n in itertools.count(2)))
        new = next(name for name in names if name not in taken)
        end = Span(len(text.rstrip()), len(text))
        fixes.append(Fix(f"Add `-> {new}`", (Edit(end, f" -> {new}"),)))
    return checks.problem(
        "DSP101", "There is no `->` between inputs and outputs: DSPy raises ValueError. Write e.g. `question -> answer`.",
        Span(start, len(text)), tuple(fixes),
    )  # fmt: skip


def _later_arrows(text: str, second: int) -> list[int]:
    found = []
    while second >= 0:
        found.append(second)
        second = text.find("->", second + 2)
    return found


def before_blank(text: str, offset: int) -> int:
    """Where the blanks before an offset begin."""
    while offset > 0 and text[offset - 1] in " \t\n":
        offset -= 1
    return offset
