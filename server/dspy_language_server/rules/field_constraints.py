"""Constraints of a class signature's fields, `InputField(gt=3)`: does each fit the field's type?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dspy_language_server.program.model import (
    Argument,
    ConstantValue,
    SignatureField,
    StringValue,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.field_names import own_fields, signature_classes
from dspy_language_server.rules.finding import DocumentFix, Finding
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.rules.source_types import makes_its_own_rules, put_off
from dspy_language_server.signature import constraints
from dspy_language_server.signature.model import Severity
from dspy_language_server.signature.unknowable import Unknowable

CONSTRAINT = Rule(
    "DSP311",
    "field-constraint",
    Severity.ERROR,
    "A constraint of the field cannot be applied to its type.",
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_UNKNOWN = object()


def check_constraints(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """The keywords of every field call of a class against the field's type."""
    for definition in signature_classes(unit):
        assert definition.signature is not None
        if makes_its_own_rules(definition) or put_off(definition.signature):
            continue
        for field in own_fields(definition):
            if field.call is not None and field.declaration == "field":
                yield from _field(field, surroundings)


def _field(field: SignatureField, surroundings: Surroundings) -> Iterator[Finding]:
    assert field.call is not None
    if not field.call.sure or field.call.broken:
        return
    keywords = field.call.keywords
    values = {name: _value(argument, surroundings) for name, argument in keywords.items()}
    known = {name: value for name, value in values.items() if value is not _UNKNOWN}
    if {"default", "default_factory"} <= keywords.keys():
        why = "a field has a `default` or a `default_factory`, not both: TypeError"
        yield _finding(field, keywords["default_factory"], why)
    for name, value in known.items():
        if not _fits(field, name, value):
            fix = None
            if isinstance(value, str) and name in constraints.NUMBERS and _NUMBER.fullmatch(value):
                place = edits.value_place(keywords[name])
                fix = edits.replace(place, value, f"Write `{value}`")
            type_ = field.type_text or "str"
            why = f"`{name}={value!r}` cannot be applied to `{type_}`: SchemaError"
            yield _finding(field, keywords[name], why, fix)


def _fits(field: SignatureField, name: str, value: Any) -> bool:
    """Whether pydantic takes a constraint, or may take it."""
    if name == "alias":
        return value is None or isinstance(value, str)
    reading = field.type_reading
    if name not in constraints.LIMITS or (reading is not None and reading.value is None):
        return True
    source = str if reading is None else reading.value
    try:
        return constraints.check_constraints(source, {name: value}) is None
    except Unknowable:
        return True


def _finding(
    field: SignatureField, argument: Argument, why: str, fix: DocumentFix | None = None
) -> Finding:
    assert field.call is not None
    return CONSTRAINT.at(
        edits.place_of(argument),
        f"Field `{field.name}`: {why} when the class is made.",
        fixes=(fix, edits.remove(field.call, argument, preferred=False)),
        data={"field": field.name, "name": argument.name},
    )


def _value(argument: Argument, surroundings: Surroundings) -> Any:
    if isinstance(argument.value, StringValue):
        return argument.value.literal.value
    if isinstance(argument.value, ConstantValue):
        return argument.value.value
    text = surroundings.slice(argument.value_span)
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return _UNKNOWN


FAMILY = Family("Constraints of fields", (CONSTRAINT,), (check_constraints,))
