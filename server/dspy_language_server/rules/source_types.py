"""Types in source: of the fields of classes and dicts, and those given to `append` and its like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dspy_language_server.program.model import (
    ClassDefinition,
    ClassValue,
    Signature,
    SignatureField,
    SignatureValue,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.field_names import own_fields, signature_classes
from dspy_language_server.rules.finding import DocumentFix, Finding, Place
from dspy_language_server.rules.nearest import nearest
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature import advice, checks
from dspy_language_server.signature.codes import CODES
from dspy_language_server.signature.model import Span
from dspy_language_server.signature.typereader import TypeProblem, TypeReading, read_source_type
from dspy_language_server.signature.values import Module

# What the signature language says of strings holds for types in source as well, in other words.
RULES = {code: Rule(*CODES[code]) for code in ("DSP105", "DSP106", "DSP108", "DSP109", "DSP111")}
_QUOTED = re.compile("[\"']")
_TAKE_A_TYPE = {"append": 2, "prepend": 2, "insert": 3, "with_updated_fields": 1}


def check_class_types(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """The annotations of signature classes."""
    for definition in signature_classes(unit):
        assert definition.signature is not None
        if makes_its_own_rules(definition):
            continue
        hidden = put_off(definition.signature)
        for field in own_fields(definition):
            if field.type_relative is not None and field.anchor is not None:
                place = Place(field.anchor, field.type_relative)
                yield from _problem(field, place, hidden, "the class is made", surroundings)


def makes_its_own_rules(definition: ClassDefinition) -> bool:
    """Whether pydantic is told to take types that it has no schema for, or may be."""
    source = definition.source
    if source is None or not definition.complete_bases:
        return True
    if "model_config" in source.attributes or any(
        argument.kind == "keyword" for argument in source.statement.arguments
    ):
        return True
    return any(
        isinstance(base, ClassValue) and makes_its_own_rules(base.definition)
        for base in definition.bases
    )


def put_off(signature: Signature) -> bool:
    """Whether a quoted name that is not known may put off what pydantic says to the other types."""
    return any(
        field.type_reading is not None
        and (field.type_reading.deferred or field.type_reading.accepted is None)
        and _QUOTED.search(field.type_text or "")
        for field in signature.fields
    )


def _problem(
    field: SignatureField, place: Place, hidden: bool, when: str, surroundings: Surroundings
) -> Iterator[Finding]:
    reading = field.type_reading
    problem = None if reading is None else reading.problem
    if reading is None or problem is None or problem.code not in RULES:
        return
    if hidden and reading.by_pydantic:
        return
    text = field.type_text or ""
    message, fixes = _words(field, problem, place, text, when, surroundings)
    start = place.relative.start
    where = Place(place.anchor, problem.span.shifted(start))
    yield RULES[problem.code].at(
        where, f"Field `{field.name}`: {message}", fixes=fixes, data={"field": field.name}
    )


def _words(
    field: SignatureField,
    problem: TypeProblem,
    place: Place,
    text: str,
    when: str,
    surroundings: Surroundings,
) -> tuple[str, list[DocumentFix]]:
    """What to say, and the rewrites that are accepted where the type stands."""
    what = problem.what
    if problem.code == "DSP108" and "error" in what and "base" not in what:
        return f"Python cannot make this type ({what['error']}): TypeError when {when}.", []
    said = advice.advise(problem.code, problem.span, what, text, surroundings.dialect)
    message = said.message
    if problem.code == "DSP105":
        message = (
            f"`{advice.shown(what['base'])}` has no `{what['name']}`: AttributeError when {when}."
        )
        near = _near_attribute(what, surroundings)
        if near is not None:
            prefix = text[problem.span.start : problem.span.end].rpartition(".")[0]
            span = problem.span.shifted(place.relative.start)
            new = f"{prefix}.{near}"
            fix = edits.replace(Place(place.anchor, span), new, f"Write `{new}`", preferred=False)
            return f"{message} Did you mean `{new}`?", [fix]
    elif isinstance(what.get("part"), Module):
        message = f"`{text}` is a module, not a type: DSPy raises when {when}."
    fixes = []
    for replacement in said.replacements:
        start, end = replacement.span
        new = text[:start] + replacement.text + text[end:]
        if _accepted(field, new, surroundings):
            span = replacement.span.shifted(place.relative.start)
            fixes.append(
                edits.replace(
                    Place(place.anchor, span),
                    replacement.text,
                    f"Replace with `{replacement.text}`",
                    preferred=False,
                )
            )
    return message, fixes


def _near_attribute(what: dict[str, Any], surroundings: Surroundings) -> str | None:
    """The type of a module that a misspelt attribute is most likely meant to be."""
    base = what["base"]
    names = surroundings.dialect.module(base.name) if isinstance(base, Module) else None
    if not isinstance(names, dict):
        return None
    return nearest(what["name"], [n for n, entry in names.items() if entry[0] in "+t"])


def _accepted(field: SignatureField, text: str, surroundings: Surroundings) -> bool:
    """Whether a type of builtins alone is taken: for other names the file may lack an import."""
    reading: TypeReading = read_source_type(
        text, surroundings.dialect, given=field.origin != "class"
    )
    return reading.accepted is True


def check_given_types(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """The types and names in dict signatures, and those given to `append` and its like."""
    for call in unit.calls:
        if not call.sure or call.broken or not isinstance(call.result, SignatureValue):
            continue
        made = call.result.signature
        if call.kind == "api" and made.kind == "dict" and made.call is call:
            hidden = put_off(made)
            for field in made.fields:
                if field.anchor is None or field.name_relative is None:
                    continue
                yield from _name(field, Place(field.anchor, field.name_relative), surroundings)
                if field.type_relative is not None:
                    place = Place(field.anchor, field.type_relative)
                    yield from _problem(field, place, hidden, "the line runs", surroundings)
        elif call.kind == "signature" and call.method in _TAKE_A_TYPE:
            position = _TAKE_A_TYPE[call.method]
            name = call.argument("name", 1 if call.method == "insert" else 0)
            field_name = "" if name is None else edits.string_of(name)
            added = made.field(field_name or "")
            if added is None or name is None:
                continue
            if call.method != "with_updated_fields":
                yield from _name(added, edits.value_place(name), surroundings)
            type_ = call.argument("type_", position)
            if type_ is not None:
                place = edits.value_place(type_)
                yield from _problem(added, place, put_off(made), "the line runs", surroundings)


def check_rationale_type(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """The type given to `dspy.ChainOfThought` for its reasoning."""
    for call in unit.calls:
        predictor = call.predictor if call.kind == "api" and call.api == "ChainOfThought" else None
        if predictor is None or predictor.effective is None or not call.sure or call.broken:
            continue
        type_ = call.argument("rationale_field_type", 2)
        field = predictor.effective.field("reasoning")
        if type_ is not None and field is not None and field.origin == "method":
            place = edits.value_place(type_)
            yield from _problem(
                field, place, hidden=False, when="the line runs", surroundings=surroundings
            )


def _name(field: SignatureField, place: Place, surroundings: Surroundings) -> Iterator[Finding]:
    reason = checks.rejected_name(field.name, surroundings.dialect)
    if not reason:
        return
    new = checks.acceptable_name(field.name, {field.name}, surroundings.dialect)
    text = surroundings.slice(place.span)
    at = text.find(field.name)
    fixes = []
    if at >= 0:
        start = place.relative.start + at
        inner = Place(place.anchor, Span(start, start + len(field.name)))
        fixes.append(edits.replace(inner, new, f"Rename to `{new}`"))
    yield RULES["DSP111"].at(
        place,
        f"Field `{field.name}`: {reason} Rename it, e.g. `{new}`.",
        fixes=fixes,
        data={"field": field.name},
    )


FAMILY = Family("Types in source", (), (check_class_types, check_given_types, check_rationale_type))
