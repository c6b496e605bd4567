"""Outputs that a predictor yields and nothing reads: the LM writes them for nothing."""

from __future__ import annotations

import re
from collections import Counter
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


class UnusedOutputs:
    """The predictors of a document and how their predictions are used, kept while it is edited.

    A predictor stands in one unit, its calls in others, and what is read in any: so this is a
    question about the whole document. It is told which units came and left, and answers from
    what it has counted.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._read_here: Counter[Predictor] = Counter()
        """How many calls of a predictor yield what is only ever read field by field."""
        self._read_elsewhere: Counter[Predictor] = Counter()
        """How many yield what may be read anywhere."""
        self._predictors: dict[str, dict[Predictor, None]] = {}
        """The predictors that have an output of a name."""
        self._found: dict[Predictor, list[Finding]] = {}

    def add(self, unit: Unit) -> None:
        """A unit came."""
        for predictor, here in _calls(self._program, unit):
            (self._read_here if here else self._read_elsewhere)[predictor] += 1
        for predictor in unit.predictors:
            for name in _outputs(predictor):
                self._predictors.setdefault(name, {})[predictor] = None

    def remove(self, unit: Unit) -> None:
        """A unit left."""
        for predictor, here in _calls(self._program, unit):
            counted = self._read_here if here else self._read_elsewhere
            counted[predictor] -= 1
            if not counted[predictor]:
                del counted[predictor]
        for predictor in unit.predictors:
            self._found.pop(predictor, None)
            for name in _outputs(predictor):
                having = self._predictors.get(name, {})
                having.pop(predictor, None)
                if not having:
                    self._predictors.pop(name, None)

    def findings(self) -> Iterator[Finding]:
        """Only where every prediction is seen to be read field by field, and never this field."""
        mentions = self._program.mentions
        for name, predictors in self._predictors.items():
            if mentions(name):
                continue
            for predictor in predictors:
                if predictor not in self._read_here or predictor in self._read_elsewhere:
                    continue
                if any(mentions(other) for other in _outputs(predictor)):
                    yield from (f for f in self._of(predictor) if f.data["field"] == name)

    def _of(self, predictor: Predictor) -> list[Finding]:
        """A finding for each output of a predictor, made once."""
        found = self._found.get(predictor)
        if found is None:
            declared = predictor.declared
            fields = declared.outputs if declared is not None else ()
            uri = self._program.uri
            found = self._found[predictor] = [
                UNUSED_OUTPUT.at(
                    Place(field.anchor, field.name_relative),
                    f"Nothing reads the output `{field.name}`; the LM writes it all the same.",
                    data={"field": field.name},
                )
                for field in fields
                if field.anchor is not None and field.name_relative is not None
                if field.anchor.uri == uri
            ]
        return found


def _outputs(predictor: Predictor) -> tuple[str, ...]:
    """The names of the outputs that a predictor declares itself, where all are known."""
    signature = predictor.declared
    if signature is None or not signature.complete or signature.kind == "class":
        return ()
    return tuple(field.name for field in signature.outputs)


def _calls(program: Program, unit: Unit) -> list[tuple[Predictor, bool]]:
    """The predictors that a unit calls, and whether each prediction is only read field by field."""
    kept: list[tuple[Predictor, bool]] | None = unit.cache.get("predictions")
    if kept is None:
        kept = unit.cache["predictions"] = [
            (call.predictor, _stays_here(program, unit, call))
            for call in unit.calls
            if call.kind == "predictor" and call.predictor is not None
        ]
    return kept


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
