"""Class signatures: fields that DSPy rejects, drops or reads otherwise than they look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dspy_language_server.program.model import (
    ClassDefinition,
    ClassValue,
    ConstantValue,
    ExampleValue,
    ForeignFieldValue,
    FunctionValue,
    InstanceValue,
    PredictionValue,
    PredictorValue,
    SignatureField,
    SignatureValue,
    StringValue,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.field_names import own_fields, signature_classes
from dspy_language_server.rules.finding import DocumentEdit, DocumentFix, Finding, Place
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Role, Severity, Span

UNDECLARED = Rule(
    "DSP301",
    "undeclared-field",
    Severity.ERROR,
    "A field of a class signature is not declared with InputField or OutputField.",
)
UNCALLED = Rule(
    "DSP302",
    "field-not-called",
    Severity.ERROR,
    "`dspy.InputField` or `dspy.OutputField` is named but not called.",
)
TUPLE = Rule(
    "DSP303",
    "field-is-a-tuple",
    Severity.ERROR,
    "A comma behind the field makes it a tuple.",
)
UNANNOTATED = Rule(
    "DSP307",
    "unannotated-field",
    Severity.INFORMATION,
    "A field without a type is read as `str`.",
)
REPEATED = Rule(
    "DSP310",
    "repeated-field",
    Severity.WARNING,
    "A field is declared twice in one class; the later declaration replaces the former.",
)

# Values that are certainly no field.
_NO_FIELDS = (
    StringValue,
    ConstantValue,
    PredictorValue,
    PredictionValue,
    ExampleValue,
    InstanceValue,
    SignatureValue,
    ClassValue,
    FunctionValue,
)
_FOREIGN_CALL = re.compile(r"([\w.]+)\s*\(\s*(?:\)|\w+\s*=[^=])")
FIELD_CALL = re.compile(r"\s*(?:[A-Za-z_][\w.]*\.)?(?:Input|Output)Field\s*\(")


def check_declarations(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """How each field of each signature class is declared."""
    for definition in signature_classes(unit):
        for field in own_fields(definition):
            if field.anchor is None or field.name_relative is None:
                continue
            yield from _declaration(definition, field, surroundings)


def _declaration(
    definition: ClassDefinition, field: SignatureField, surroundings: Surroundings
) -> Iterator[Finding]:
    assert field.anchor is not None
    assert field.name_relative is not None
    place = Place(field.anchor, field.name_relative)
    match field.declaration:
        case "bare":
            yield UNDECLARED.at(
                place,
                f"`{field.name}` is not declared with `dspy.InputField()` or `dspy.OutputField()`: "
                "DSPy raises TypeError when the class is made.",
                fixes=_declare(definition, field, surroundings),
                data={"field": field.name},
            )
        case "uncalled":
            yield UNCALLED.at(
                place,
                f"The field of `{field.name}` is not called. Write `()` behind it; without, "
                + (
                    "DSPy raises TypeError when the class is made."
                    if field.type_text
                    else "DSPy takes it for a method and the signature lacks the field."
                ),
                severity=None if field.type_text else Severity.WARNING,
                fixes=(_call_it(field),),
                data={"field": field.name},
            )
        case "tuple":
            yield TUPLE.at(
                place,
                f"The comma at the end makes `{field.name}` a tuple: DSPy raises when the class "
                "is made. Remove the comma.",
                fixes=(_drop_comma(field, surroundings),),
                data={"field": field.name},
            )
        case "value":
            yield from _value(field, place, surroundings)
        case _:
            pass


def _value(field: SignatureField, place: Place, surroundings: Surroundings) -> Iterator[Finding]:
    """`question: str = "..."`: a default in place of a field."""
    span = field.value_span
    text = surroundings.slice(span) if span is not None else ""
    if isinstance(field.given, ForeignFieldValue):
        yield from _foreign(field, field.given, place, text, surroundings)
        return
    if field.call is not None or not (
        _is_plain_default(text) or isinstance(field.given, _NO_FIELDS)
    ):
        return  # A helper that may return a field: not known.
    raises = (
        "DSPy raises TypeError when the class is made. "
        if field.type_text
        else "pydantic raises when the class is made. "
    )
    fixes = []
    if span is not None and field.anchor is not None:
        for kind in ("InputField", "OutputField"):
            spelled = _spelled(kind, surroundings)
            if spelled is not None and field.type_text:
                fixes.append(
                    edits.replace(
                        Place.of(field.anchor, span),
                        f"{spelled}(default={text})",
                        f"Declare `{field.name}` with `{spelled}`",
                        preferred=False,
                    )
                )
    yield UNDECLARED.at(
        place,
        f"`{field.name}` has a plain value where a field is needed: {raises}"
        "Use `dspy.InputField(default=…)` or `dspy.OutputField()`.",
        fixes=fixes,
        data={"field": field.name},
    )


def _foreign(
    field: SignatureField,
    given: ForeignFieldValue,
    place: Place,
    text: str,
    surroundings: Surroundings,
) -> Iterator[Finding]:
    """`question: str = pydantic.Field(...)`: a field that does not say its side."""
    if not given.complete or "json_schema_extra" in given.keywords:
        return
    fixes = []
    start = _FOREIGN_CALL.match(text) if given.spelled != "dataclasses.field" else None
    if start is not None and field.value_span is not None and field.anchor is not None:
        at = field.value_span.start
        name = Place.of(field.anchor, Span(at, at + start.end(1)))
        for kind in ("InputField", "OutputField"):
            spelled = _spelled(kind, surroundings)
            if spelled is not None:
                fixes.append(edits.replace(name, spelled, f"Write `{spelled}`", preferred=False))
    yield UNDECLARED.at(
        place,
        f"`{field.name}` is declared with `{given.spelled}`, which says neither input nor output: "
        "DSPy raises TypeError when the class is made. Write `dspy.InputField(…)` or "
        "`dspy.OutputField(…)`, which take the same keywords.",
        fixes=fixes,
        data={"field": field.name},
    )


def _is_plain_default(text: str) -> bool:
    """Whether the text is a literal: a string, a number, None, a display, a lambda."""
    plain = r"""["'\d\[{(-].*|[fFrRbBuU]{1,2}["'].*|lambda\b.*|\.\.\.|None|True|False"""
    return bool(re.fullmatch(plain, text.strip(), re.DOTALL))


def _declare(
    definition: ClassDefinition, field: SignatureField, surroundings: Surroundings
) -> Iterable[DocumentFix]:
    """` = dspy.InputField()`, the likelier side first: after an output comes an output."""
    fields = [f for f in own_fields(definition) if f.name_span is not None]
    before = [f for f in fields if f.name_span < field.name_span and f.declaration == "field"]  # type: ignore[operator]
    after_output = any(f.role is Role.OUTPUT for f in before)
    has_output = any(f.role is Role.OUTPUT and f.declaration == "field" for f in fields)
    first_is_output = after_output or (bool(before) and not has_output)
    kinds = ["OutputField", "InputField"] if first_is_output else ["InputField", "OutputField"]
    span = field.type_span
    if span is None or field.anchor is None:
        return
    for kind in kinds:
        spelled = _spelled(kind, surroundings)
        if spelled is not None:
            at = Place.of(field.anchor, Span(span.end, span.end))
            side = "output" if kind == "OutputField" else "input"
            yield DocumentFix(
                f"Declare `{field.name}` as an {side}",
                (DocumentEdit(at, f" = {spelled}()"),),
                preferred=False,
            )


def _call_it(field: SignatureField) -> DocumentFix | None:
    span = field.value_span
    if span is None or field.anchor is None:
        return None
    at = Place.of(field.anchor, Span(span.end, span.end))
    return DocumentFix("Call it: `()`", (DocumentEdit(at, "()"),))


def _drop_comma(field: SignatureField, surroundings: Surroundings) -> DocumentFix | None:
    span = field.value_span
    if span is None or field.anchor is None:
        return None
    text = surroundings.slice(span)
    comma = len(text.rstrip()) - 1
    if comma < 0 or text[comma] != ",":
        return None
    at = Place.of(field.anchor, Span(span.start + comma, span.start + comma + 1))
    return DocumentFix("Remove the comma", (DocumentEdit(at, ""),))


def check_annotations(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """Fields without a type."""
    for definition in signature_classes(unit):
        for field in own_fields(definition):
            if field.declaration != "field" or field.type_text is not None:
                continue
            if field.anchor is None or field.name_relative is None:
                continue
            place = Place(field.anchor, field.name_relative)
            at = edits.insert(place, place.span.end, ": str")
            yield UNANNOTATED.at(
                place,
                f"`{field.name}` has no type: DSPy reads it as `str`.",
                fixes=(DocumentFix("Write `: str`", (at,)),),
                data={"field": field.name},
            )


def check_repeated(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """The same name twice in one class body."""
    for definition in signature_classes(unit):
        signature = definition.signature
        if signature is None:
            continue
        for field in signature.shadowed:
            if field.anchor is None or field.name_relative is None:
                continue
            yield REPEATED.at(
                Place(field.anchor, field.name_relative),
                f"`{field.name}` is declared again below: this declaration is lost.",
                data={"field": field.name},
            )


def _spelled(name: str, surroundings: Surroundings) -> str | None:
    """How InputField or OutputField is written in this file."""
    return edits.spelled_anywhere(name, surroundings)


FAMILY = Family(
    "Class signatures",
    (UNDECLARED, UNCALLED, TUPLE, UNANNOTATED, REPEATED),
    (check_declarations, check_annotations, check_repeated),
)
