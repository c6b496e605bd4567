"""Which statements enclose a place."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.analysis import Analysis
from dspy_language_server.signature.model import Span
from dspy_language_server.source import syntax as s
from dspy_language_server.source.syntax_reader import read_stretch


def withs_at(analysis: Analysis, offset: int) -> list[Span]:
    """The heads of the `with` statements whose bodies hold a place, outermost first."""
    heads = []
    for start, statement in _around(analysis, offset):
        if isinstance(statement, s.With) and statement.body:
            body = start + statement.body[0].offset
            if body <= offset:
                heads.append(Span(start, body))
    return heads


def is_global_at(analysis: Analysis, offset: int) -> bool:
    """Whether what is bound at a place is bound for the whole module."""
    around = _around(analysis, offset)
    return not any(isinstance(statement, s.Function | s.Class) for _, statement in around)


def _around(analysis: Analysis, offset: int) -> Iterator[tuple[int, s.Statement]]:
    """The statements around a place with their starts, outermost first."""
    document = analysis.document
    stretch = document.stretches[document.index_at(offset)]
    base = stretch.anchor.start
    block = read_stretch(stretch).body
    while block:
        inner: s.Block = ()
        for placed, statement in block:
            start = base + placed
            if start <= offset <= start + statement.length:
                yield start, statement
                inner = tuple(
                    s.Placed(each.offset + placed, each.statement)
                    for nested in statement.blocks()
                    for each in nested
                )
        block = inner
