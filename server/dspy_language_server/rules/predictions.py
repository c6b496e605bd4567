"""Predictions: outputs that do not exist, and outputs that nothing reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dspy_language_server.program.analysis import Analysis
from dspy_language_server.program.judged import PREDICTION, by_function, judged
from dspy_language_server.program.model import (
    UNKNOWN,
    Function,
    Judging,
    Outputs,
    ParameterUse,
    PredictionValue,
    Unit,
    Use,
)
from dspy_language_server.program.program import Program
from dspy_language_server.rules.edits import replace
from dspy_language_server.rules.finding import DocumentFix, Finding, Place, Related
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.origins import signature_definition
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Severity

UNKNOWN_OUTPUT = Rule(
    "DSP504", "unknown-output", Severity.ERROR, "The prediction has no such output."
)

STORED = frozenset({UNKNOWN_OUTPUT.code, "DSP601", "DSP603"})
"""What the program may have put there itself: on a prediction, on an example."""

# Outputs that DSPy once had under another name.
FORMER_NAMES = {"rationale": "reasoning", "reasoning": "rationale"}


def check_uses(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`prediction.anwser`, `prediction["anwser"]`."""
    attributes = surroundings.dialect.prediction_attributes
    for use in unit.uses:
        outputs = use.outputs
        if outputs is None or not outputs.complete or not use.sure or use.listener is not None:
            continue
        if use.guarded or use.stored or not use.name or use.name in outputs.fields:
            continue
        if use.kind == "attribute" and (use.name in attributes or use.name.startswith("_")):
            continue
        yield _finding(use, outputs)


class JudgedUses:
    """`pred.anwser` in a metric that is had to judge programs that are known.

    Who calls the metric stands elsewhere, here or in a document that imports this one, so this is
    no question of one unit. What was found is kept until who judges or who reads is another.
    """

    def __init__(self, program: Program, dialect: Dialect) -> None:
        self._program = program
        self._dialect = dialect
        self._reading: dict[Unit, _Read] = {}
        """The units with functions that read their parameters."""

    def add(self, unit: Unit) -> None:
        """A unit came."""
        if unit.parameter_uses:
            functions = dict.fromkeys(use.parameter.function for use in unit.parameter_uses)
            self._reading[unit] = _Read(tuple(functions))

    def remove(self, unit: Unit) -> None:
        """A unit left."""
        self._reading.pop(unit, None)

    def findings(self) -> Iterator[Finding]:
        """Every use of an output that no judged program yields."""
        if not self._reading:
            return
        around = [self._program.analysis, *self._program.importers()]
        known = by_function(unit for each in around for unit in each.judging_units())
        if not known:
            return
        for unit, read in self._reading.items():
            judgings = [each for function in read.functions for each in known.get(function, ())]
            if judgings != read.judgings:
                read.judgings = judgings
                read.missing = list(_missing_uses(unit, known, self._dialect))
            for use, outputs in read.missing if judgings else ():
                if not _given_another(use, around):
                    yield _finding(_as_use(use, outputs), outputs)


@dataclass(slots=True)
class _Read:
    """What functions of a unit read, as far as it was found out, and by which calls."""

    functions: tuple[Function, ...]
    judgings: list[Judging] = field(default_factory=list)
    missing: list[tuple[ParameterUse, Outputs]] = field(default_factory=list)


def _missing_uses(
    unit: Unit, known: Mapping[Function, Iterable[Judging]], dialect: Dialect
) -> Iterator[tuple[ParameterUse, Outputs]]:
    """Each use of a prediction's field that no judged program yields, with what it does yield."""
    for use in unit.parameter_uses:
        if use.guarded or not use.name or use.parameter.index != PREDICTION:
            continue
        value = judged(use.parameter, known)
        outputs = value.outputs if isinstance(value, PredictionValue) else None
        if outputs is None or not outputs.complete or use.name in outputs.fields:
            continue
        hidden = use.name in dialect.prediction_attributes or use.name.startswith("_")
        if use.kind != "attribute" or not hidden:
            yield use, outputs


def _given_another(use: ParameterUse, around: Iterable[Analysis]) -> bool:
    """Whether the metric is also called with something that may have the field.

    Asked for the few uses only that would be an error, for it looks at every call.
    """
    judge = use.parameter.function
    for analysis in around:
        for unit in analysis.units():
            for call in unit.calls:
                if call.kind == "function" and call.function is judge:
                    given = call.argument(judge.parameters[PREDICTION].name, PREDICTION)
                    value = UNKNOWN if given is None else given.value
                    outputs = value.outputs if isinstance(value, PredictionValue) else None
                    if outputs is None or not outputs.complete or use.name in outputs.fields:
                        return True
    return False


def _as_use(use: ParameterUse, outputs: Outputs) -> Use:
    return Use(
        anchor=use.anchor,
        relative=use.relative,
        name=use.name,
        kind=use.kind,
        outputs=outputs,
        example=None,
        field=None,
        sure=True,
        guarded=False,
    )


def without_stored(program: Program, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leaves out what the program itself may have put on the prediction: `pred.score = …`.

    Another statement or function may do that, so it is no question of one unit.
    """
    for finding in findings:
        if finding.code not in STORED or not program.stores(finding.data["name"]):
            yield finding


def _finding(use: Use, outputs: Outputs) -> Finding:
    names = list(outputs.fields)
    former = FORMER_NAMES.get(use.name)
    meant = former if former in names else nearest(use.name, names)
    place = Place(use.anchor, use.relative)
    return UNKNOWN_OUTPUT.at(
        place,
        f"The prediction has no output `{use.name}`: {_consequence(use)}.{_hint(use, outputs, meant)}",
        severity=Severity.WARNING if use.kind == "get" else None,
        related=_related(outputs),
        fixes=(_rename(place, meant),),
        data={"name": use.name, "nearest": meant},
    )


def _consequence(use: Use) -> str:
    if use.kind == "get":
        return "`get` returns None"
    return "AttributeError here" if use.kind == "attribute" else "KeyError here"


def _hint(use: Use, outputs: Outputs, meant: str | None) -> str:
    signature = outputs.predictor.effective if outputs.predictor is not None else None
    if signature is not None and any(f.name == use.name for f in signature.inputs):
        return f" `{use.name}` is an input; a prediction carries outputs only."
    if use.name == "rationale" and meant == "reasoning":
        return " Since DSPy 2.5 it is called `reasoning`."
    if meant:
        return f" Did you mean `{meant}`?"
    return f" It has {listed(outputs.fields)}."


def _rename(place: Place, meant: str | None) -> DocumentFix | None:
    return replace(place, meant, f"Write `{meant}`") if meant else None


def _related(outputs: Outputs) -> tuple[Related, ...]:
    if outputs.predictor is not None and outputs.predictor.declared is not None:
        return signature_definition(outputs.predictor.declared)
    if outputs.module is not None:
        forward = outputs.module.methods.get("forward")
        if forward is not None:
            place = Place(forward.anchor, forward.name_relative)
            return (Related(place, "`forward` makes the prediction."),)
    return ()


FAMILY = Family("Predictions", (UNKNOWN_OUTPUT,), (check_uses,))
