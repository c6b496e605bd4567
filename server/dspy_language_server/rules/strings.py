"""Signature strings: the signature language's problems, carried from the value to the source."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import SignatureString, Unit
from dspy_language_server.rules.custom_types import custom_types_fix
from dspy_language_server.rules.finding import (
    DocumentEdit,
    DocumentFix,
    Finding,
    Place,
    Related,
)
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.codes import CODES
from dspy_language_server.signature.model import Fix, Problem, Span


def problems_of_strings(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """Every problem of every signature string of the unit."""
    for string in unit.strings:
        for problem in string.reading.problems:
            yield _finding(string, problem, surroundings)


def _finding(string: SignatureString, problem: Problem, surroundings: Surroundings) -> Finding:
    place, related = _where(string, problem)
    fixes = [_in_document(string, fix) for fix in problem.fixes]
    fixes.append(custom_types_fix(string, problem, surroundings))
    return Finding(
        code=problem.code,
        severity=problem.severity,
        message=problem.message,
        place=place,
        related=related,
        fixes=tuple(fix for fix in fixes if fix is not None),
        data=problem.data,
    )


def _where(string: SignatureString, problem: Problem) -> tuple[Place, tuple[Related, ...]]:
    """In the literal where it is in this document; else at its use, pointing to the literal."""
    literal = string.literal_anchor
    if literal.uri == string.uri:
        return Place.of(literal, _visible(string, problem.span)), ()
    use = Place(string.anchor, string.relative)
    there = Place.of(literal, string.source_span(problem.span))
    return use, (Related(there, "The signature is written here."),)


def _visible(string: SignatureString, span: Span) -> Span:
    """The source of a span; an empty one takes in a neighbouring character, so that it shows."""
    found = string.source_span(span)
    if found.start < found.end:
        return found
    value = string.value
    if span.start < len(value):
        wider = string.source_span(Span(span.start, span.start + 1))
    elif value:
        wider = string.source_span(Span(len(value) - 1, len(value)))
    else:
        return string.literal_anchor.absolute(string.literal.span)
    return wider


def _in_document(string: SignatureString, fix: Fix) -> DocumentFix | None:
    """A rewrite of the value as edits of the source."""
    if len(fix.edits) == 1:
        span, text = fix.edits[0]
    else:
        span, text = _one_edit(string.value, fix.apply(string.value))
    edits = tuple(
        DocumentEdit(Place.of(string.literal_anchor, where), new)
        for where, new in string.replace(span, text)
    )
    return DocumentFix(fix.title, edits) if edits else None


def _one_edit(old: str, new: str) -> tuple[Span, str]:
    """The smallest single replacement that turns one text into the other."""
    limit = min(len(old), len(new))
    start = 0
    while start < limit and old[start] == new[start]:
        start += 1
    end = 0
    while end < limit - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return Span(start, len(old) - end), new[start : len(new) - end]


FAMILY = Family(
    "Signature strings",
    tuple(Rule(*row) for row in CODES.values()),
    (problems_of_strings,),
)
