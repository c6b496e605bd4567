"""Which rewrites are offered: those after which the problem is gone and nothing worse has come."""

from collections.abc import Callable, Iterable, Sequence

from dspy_language_server.signature.codes import CODES
from dspy_language_server.signature.model import Edit, Fix, Problem, Reading, Severity, Span
from dspy_language_server.signature.sides import Piece, Side

# A string with more than this is not read again for each of its rewrites: it would take too long.
_MAX_LENGTH = 2000
_MAX_FIXES = 24
# As long as one of these holds, Python does not get as far as the types.
_SYNTAX = frozenset({"DSP101", "DSP102", "DSP113"})
# These hide what else is wrong: that it is seen then is no fault of the rewrite.
_HIDING = _SYNTAX | {"DSP210"}


def tried(reading: Reading, again: Callable[[str], Reading]) -> Reading:
    """The reading without the rewrites that do not help.

    Args:
        reading: A reading with problems.
        again: Reads another string in the same place.
    """
    count = sum(len(problem.fixes) for problem in reading.problems)
    if not count or count > _MAX_FIXES or len(reading.text) > _MAX_LENGTH:
        return reading
    problems = []
    for problem in reading.problems:
        kept = tuple(fix for fix in problem.fixes if _helps(problem, fix, reading, again))
        problems.append(problem if kept == problem.fixes else problem._replace(fixes=kept))
    return reading._replace(problems=tuple(problems))


def _helps(problem: Problem, fix: Fix, before: Reading, again: Callable[[str], Reading]) -> bool:
    after = again(fix.apply(before.text))
    group = _SYNTAX if problem.code in _SYNTAX else {problem.code}
    if _count(after, group) >= _count(before, group):
        return False
    if after.accepted is True or problem.code in _HIDING:
        return True
    return _errors(after) <= _errors(before)


def _count(reading: Reading, codes: Iterable[str]) -> int:
    return sum(problem.code in codes for problem in reading.problems)


def _errors(reading: Reading) -> int:
    return sum(CODES[problem.code].severity is Severity.ERROR for problem in reading.problems)


def everywhere(problems: Iterable[Problem], sides: Iterable[Side]) -> list[Problem]:
    """Renames a field that is written several times on one side in all its places."""
    places: dict[Span, list[Span]] = {}
    for side in sides:
        names: dict[str, list[Span]] = {}
        for piece in side.pieces:
            if not piece.dropped:
                names.setdefault(piece.name, []).append(piece.name_span)
        places.update({span: spans for spans in names.values() if len(spans) > 1 for span in spans})
    if not places:
        return list(problems)
    return [
        problem._replace(fixes=tuple(_in_all_places(fix, places) for fix in problem.fixes))
        for problem in problems
    ]


def _in_all_places(fix: Fix, places: dict[Span, list[Span]]) -> Fix:
    if len(fix.edits) != 1 or fix.edits[0].span not in places:
        return fix
    span, text = fix.edits[0]
    return fix._replace(edits=tuple(Edit(other, text) for other in places[span]))


def without(pieces: Sequence[Piece], text: str) -> tuple[Edit, ...]:
    """Takes fields out, each with the comma that separates it."""
    edits: list[Edit] = []
    for piece in sorted(pieces, key=lambda each: each.name_span):
        end = (piece.default_span or piece.type_span or piece.name_span).end
        edit = removal(Span(piece.name_span.start, end), text)
        if edits and edit.span.start < edits[-1].span.end:
            edit = Edit(Span(edits.pop().span.start, edit.span.end), "")
        edits.append(edit)
    return tuple(edits)


def removal(span: Span, text: str) -> Edit:
    """Takes a field out, with the comma that separates it."""
    start, end = span
    after = end
    while after < len(text) and text[after] in " \t\n":
        after += 1
    if after < len(text) and text[after] == ",":
        after += 1
        while after < len(text) and text[after] in " \t":
            after += 1
        return Edit(Span(start, after), "")
    before = start
    while before > 0 and text[before - 1] in " \t\n":
        before -= 1
    if before > 0 and text[before - 1] == ",":
        return Edit(Span(before - 1, end), "")
    return Edit(Span(start, end), "")
