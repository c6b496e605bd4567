"""Outputs that a predictor yields and nothing reads: the LM writes them for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dspy_language_server.program.model import Call, Predictor, Unit
from dspy_language_server.program.program import Program
from dspy_language_server.rules.finding import Finding, Place
from dspy_language_server.rules.rule import Family, Rule
from dspy_language_server.signature.model import Severity

UNUSED_OUTPUT = Rule(
    "DSP509", "unused-output", Severity.HINT, "Nothing reads this output of the predictor."
)
FAMILY = Family("Unused outputs", (UNUSED_OUTPUT,))

ASSIGNED = re.compile(r"(?:^|[\n;:])[ \t]*([A-Za-z_]\w*)(?:\s*:[^=\n]+)?\s*=\s*(?:await\s+)?$")
READS_ONE = re.compile(r"\s*(\.\s*[A-Za-z_]|\[)")


def unused_outputs(program: Program) -> Iterator[Finding]:
    """Only where every prediction is seen to be read field by field, and never this field."""
    calls: dict[int, list[tuple[Unit, Call]]] = {}
    for unit in program.units:
        for call in unit.calls:
            if call.kind == "predictor" and call.predictor is not None:
                calls.setdefault(id(call.predictor), []).append((unit, call))
    for predictor in program.predictors():
        own = calls.get(id(predictor), [])
        if own and all(_stays_here(program, unit, call) for unit, call in own):
            yield from _unread(program, predictor)


def _unread(program: Program, predictor: Predictor) -> Iterator[Finding]:
    signature = predictor.declared
    if signature is None or not signature.complete or signature.kind == "class":
        return
    outputs = signature.outputs
    unread = [f for f in outputs if not program.mentions(f.name)]
    if len(unread) == len(outputs):
        return
    for field in unread:
        if field.anchor is None or field.name_relative is None or field.anchor.uri != program.uri:
            continue
        yield UNUSED_OUTPUT.at(
            Place(field.anchor, field.name_relative),
            f"Nothing reads the output `{field.name}`; the LM writes it all the same.",
            data={"field": field.name},
        )


def _stays_here(program: Program, unit: Unit, call: Call) -> bool:
    """Whether the call's prediction is only ever read field by field."""
    if not call.sure or call.method not in {"__call__", "acall"}:
        return False
    span = unit.span
    text = program.document.slice(span)
    start, end = call.span.start - span.start, call.span.end - span.start
    if READS_ONE.match(text, end):
        return True
    assigned = ASSIGNED.search(text[:start])
    if assigned is None or not re.match(r"\s*(#[^\n]*)?(\n|;|$)", text[end:]):
        return False
    name = assigned[1]
    rest = re.sub(rf"\b{name}\s*=(?!=)", "", text)
    return all(
        READS_ONE.match(rest, found.end()) for found in re.finditer(rf"(?<![\w.]){name}\b", rest)
    )
