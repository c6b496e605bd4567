"""Every place that names a field, a class or a predictor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from dspy_language_server.program.analysis import Analysis
from dspy_language_server.program.judged import PREDICTION, judged, judgings
from dspy_language_server.program.meant import meant
from dspy_language_server.program.model import (
    Argument,
    Call,
    ExampleValue,
    Function,
    Judging,
    Location,
    Occurrence,
    ParameterUse,
    PredictionValue,
    SignatureField,
    SignatureValue,
    StringValue,
    Value,
)
from dspy_language_server.program.values import merge
from dspy_language_server.signature.model import Role, Span


def occurrences(field: SignatureField, analyses: Iterable[Analysis]) -> list[Occurrence]:
    """Every place that names this field, its declaration first, then in order."""
    declared = field.location
    if declared is None:
        return []
    kind = "string" if field.origin == "string" else "declaration"
    found = {
        declared: Occurrence(declared, "string" if kind == "string" else "declaration", sure=True)
    }
    analyses = list(analyses)
    known = judgings(analyses)
    for analysis in analyses:
        if analysis.uri != declared.uri and not analysis.mentions(field.name):
            continue
        for occurrence in _in_analysis(analysis, field, declared, known):
            found.setdefault(occurrence.location, occurrence)
    first, *others = found.values()
    return [first, *sorted(others, key=lambda each: each.location)]


def _in_analysis(
    analysis: Analysis,
    field: SignatureField,
    declared: Location,
    known: Mapping[Function, Iterable[Judging]],
) -> Iterator[Occurrence]:
    for unit in analysis.units():
        for use in unit.uses:
            if use.name == field.name and _means(use.fields, declared):
                sure = use.sure and len(use.fields) == 1
                yield Occurrence(use.location, _kind(use.kind), sure=sure)
        for given in unit.parameter_uses:
            if given.name == field.name:
                yield from _of_parameter(given, declared, known)
        for call in unit.calls:
            yield from _in_call(analysis, call, field, declared)


def _means(fields: Iterable[SignatureField], declared: Location) -> bool:
    return any(field.location == declared for field in fields)


def _kind(kind: str) -> Literal["attribute", "item"]:
    return "attribute" if kind == "attribute" else "item"


def _of_parameter(
    use: ParameterUse, declared: Location, known: Mapping[Function, Iterable[Judging]]
) -> Iterator[Occurrence]:
    """`pred.answer` in a metric; `example.answer` is named so by custom only."""
    value = judged(use.parameter, known)
    if not isinstance(value, PredictionValue):
        return
    fields = value.outputs.declarations(use.name)
    if _means(fields, declared):
        sure = use.parameter.index == PREDICTION and len(fields) == 1
        yield Occurrence(use.location, _kind(use.kind), sure=sure)


def _in_call(
    analysis: Analysis, call: Call, field: SignatureField, declared: Location
) -> Iterator[Occurrence]:
    if call.kind == "predictor" and field.role is Role.INPUT:
        given = call.keywords.get(field.name)
        if given is not None and given.name_span is not None and _takes(call, field, declared):
            yield Occurrence(Location(call.uri, given.name_span), "keyword", sure=call.sure)
    elif call.kind == "signature":
        argument = call.argument("name", 1 if call.method == "insert" else 0)
        receiver = call.receiver
        if argument is not None and isinstance(receiver, SignatureValue):
            known = receiver.signature.field(field.name)
            span = _named(argument, field.name)
            if span is not None and known is not None and known.location == declared:
                yield Occurrence(Location(call.uri, span), "method", sure=True)
    elif call.api == "Example" and field.name in call.keywords:
        given = call.keywords[field.name]
        if given.name_span is not None and _may_mean(analysis, call.keywords, field, declared):
            yield Occurrence(Location(call.uri, given.name_span), "example", sure=False)
    elif call.kind == "with_inputs":
        receiver = call.receiver
        names = receiver.example.fields if isinstance(receiver, ExampleValue) else ()
        for argument in call.arguments:
            span = _named(argument, field.name)
            if span is not None and _may_mean(analysis, names, field, declared):
                yield Occurrence(Location(call.uri, span), "with_inputs", sure=False)


def _may_mean(
    analysis: Analysis, names: Iterable[str], field: SignatureField, declared: Location
) -> bool:
    """Whether an example may have been made for the field's signature."""
    if field.origin == "keyword":
        return True  # what a program returns is called as the labels are
    found = meant(analysis, names, field.name)
    return found is None or found.location == declared


def _takes(call: Call, field: SignatureField, declared: Location) -> bool:
    effective = None if call.predictor is None else call.predictor.effective
    known = None if effective is None else effective.field(field.name)
    return known is not None and known.location == declared


def _named(argument: Argument, name: str) -> Span | None:
    """Where a string argument names a field."""
    value = argument.value
    if argument.value_kind != "string" or not isinstance(value, StringValue):
        return None
    if value.literal.value != name:
        return None
    return value.anchor.absolute(value.literal.source_span(Span(0, len(name))))


def references(value: Value, analyses: Iterable[Analysis]) -> list[Location]:
    """Every place that names this class, predictor, module instance or signature."""
    found: dict[Location, None] = {}
    for analysis in analyses:
        for unit in analysis.units():
            for use in unit.names:
                if (
                    use.value.known
                    and merge(use.value, value).known
                    and (type(use.value) is type(value))
                ):
                    found.setdefault(use.location)
    return sorted(found)
