"""The outputs that a predictor yields, shown behind its construction."""

from __future__ import annotations

from typing import NamedTuple

from dspy_language_server.ide import describe
from dspy_language_server.program.program import Program
from dspy_language_server.signature.model import Span


class InlayHint(NamedTuple):
    """A text to be shown at an offset."""

    offset: int
    label: str
    tooltip: str


_LONGEST = 60


def output_hints(program: Program, within: Span) -> list[InlayHint]:
    """Hints for predictors whose outputs are known and not plainly readable in a string beside."""
    hints = []
    for predictor in program.predictors():
        end = predictor.span.end
        signature = predictor.effective
        if signature is None or not signature.complete or not within.start <= end <= within.end:
            continue
        label = ", ".join(describe.declaration(field) for field in signature.outputs)
        if not label:
            continue
        if len(label) > _LONGEST:
            label = ", ".join(field.name for field in signature.outputs)
        hints.append(InlayHint(end, f"→ {label}", describe.predictor_text(predictor)))
    return hints
