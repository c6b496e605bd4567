"""Every place that names a field, a class or a predictor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dspy_language_server.program.analysis import Analysis
from dspy_language_server.program.model import (
    Argument,
    Call,
    Location,
    Occurrence,
    SignatureField,
    SignatureValue,
    StringValue,
    Unit,
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
    for analysis in analyses:
        if analysis.uri != declared.uri and not analysis.mentions(field.name):
            continue
        for unit in analysis.units():
            for occurrence in _in_unit(unit, field, declared):
                found.setdefault(occurrence.location, occurrence)
    first, *others = found.values()
    return [first, *sorted(others, key=lambda each: each.location)]


def _in_unit(unit: Unit, field: SignatureField, declared: Location) -> Iterator[Occurrence]:
    for use in unit.uses:
        if use.name == field.name and use.field is not None and use.field.location == declared:
            kind = "attribute" if use.kind == "attribute" else "item"
            yield Occurrence(
                use.location, "attribute" if kind == "attribute" else "item", sure=use.sure
            )
    for call in unit.calls:
        yield from _in_call(call, field, declared)


def _in_call(call: Call, field: SignatureField, declared: Location) -> Iterator[Occurrence]:
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
    elif call.api == "Example":
        given = call.keywords.get(field.name)
        if given is not None and given.name_span is not None:
            yield Occurrence(Location(call.uri, given.name_span), "example", sure=False)
    elif call.kind == "with_inputs":
        for argument in call.arguments:
            span = _named(argument, field.name)
            if span is not None:
                yield Occurrence(Location(call.uri, span), "with_inputs", sure=False)


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
