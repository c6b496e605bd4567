"""What can be done with a program, over its first line: log it, run it."""

from __future__ import annotations

from typing import NamedTuple

from dspy_language_server.program.program import Program
from dspy_language_server.signature.model import Span


class Lens(NamedTuple):
    """A command over a span; `name` is the class's or variable's."""

    span: Span
    title: str
    command: str
    name: str


def code_lenses(program: Program) -> list[Lens]:
    """The lenses of a document, in source order."""
    lenses = []
    for loggable in program.loggables:
        lenses.append(Lens(loggable.name_span, "Log to MLflow", "dspy.log", loggable.name))
        lenses.append(Lens(loggable.name_span, "Run", "dspy.run", loggable.name))
    return lenses
