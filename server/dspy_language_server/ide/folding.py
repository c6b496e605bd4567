"""What can be folded: DSPy's classes, predictors and signature strings of several lines."""

from __future__ import annotations

from dspy_language_server.program.program import Program
from dspy_language_server.signature.model import Span


def folding_ranges(program: Program) -> list[Span]:
    """Spans of several lines; the first line stays visible."""
    document = program.document
    spans = [item.span for item in program.classes() if item.kind in {"module", "signature"}]
    spans += [predictor.span for predictor in program.predictors()]
    spans += [
        string.source_span(Span(0, len(string.value)))
        for string in program.strings()
        if string.literal_uri == program.uri
    ]
    several = {span for span in spans if document.line_at(span.start) < document.line_at(span.end)}
    return sorted(several)
