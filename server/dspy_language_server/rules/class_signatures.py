"""Class signatures: fields that DSPy rejects, drops or reads otherwise than they look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dspy_language_server.program.model import Argument, ClassDefinition, SignatureField, Unit
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentEdit, DocumentFix, Finding, Place
from dspy_language_server.rules.nearest import nearest
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
POSITIONAL_DESCRIPTION = Rule(
    "DSP304",
    "positional-description",
    Severity.ERROR,
    "InputField and OutputField take keywords only.",
)
UNKNOWN_FIELD_KEYWORD = Rule(
    "DSP305",
    "unknown-field-keyword",
    Severity.WARNING,
    "InputField and OutputField ignore this keyword.",
)
DEPRECATED_FIELD_KEYWORD = Rule(
    "DSP306",
    "deprecated-field-keyword",
    Severity.INFORMATION,
    "`prefix`, `format` and `parser` have no effect.",
)
UNANNOTATED = Rule(
    "DSP307",
    "unannotated-field",
    Severity.INFORMATION,
    "A field without a type is read as `str`.",
)
REJECTED_NAME = Rule(
    "DSP308",
    "rejected-field-name",
    Severity.ERROR,
    "DSPy or pydantic rejects a field of this name.",
)
HIDDEN_NAME = Rule(
    "DSP309",
    "hidden-field-name",
    Severity.WARNING,
    "A field's name is taken by something else, which will be found in its place.",
)
REPEATED = Rule(
    "DSP310",
    "repeated-field",
    Severity.WARNING,
    "A field is declared twice in one class; the later declaration replaces the former.",
)

# pydantic's Field, DSPy's own, and what pydantic still understands under its old names.
FIELD_KEYWORDS = frozenset(
    [
        "desc",
        "description",
        "prefix",
        "format",
        "parser",
        "default",
        "default_factory",
        "alias",
        "alias_priority",
        "validation_alias",
        "serialization_alias",
        "title",
        "field_title_generator",
        "examples",
        "exclude",
        "exclude_if",
        "discriminator",
        "deprecated",
        "json_schema_extra",
        "frozen",
        "validate_default",
        "repr",
        "init",
        "init_var",
        "kw_only",
        "pattern",
        "strict",
        "coerce_numbers_to_str",
        "gt",
        "ge",
        "lt",
        "le",
        "multiple_of",
        "allow_inf_nan",
        "max_digits",
        "decimal_places",
        "min_length",
        "max_length",
        "union_mode",
        "fail_fast",
        "min_items",
        "max_items",
        "allow_mutation",
    ]
)
REMOVED_KEYWORDS = {"regex": "pattern", "const": "Literal", "unique_items": "set"}
DEPRECATED = ("prefix", "format", "parser")
# A call of a predictor takes these names for itself before it looks at the inputs.
TAKEN_INPUTS = {
    "demos": "the predictor takes it as its few-shot examples",
    "config": "the predictor takes it as the LM's settings",
    "lm": "the predictor takes it as the LM",
    "signature": "the predictor takes it as another signature",
    "new_signature": "the predictor refuses it",
    "self": "Python takes it as the predictor itself",
}
FIELD_CALL = re.compile(r"\s*(?:[A-Za-z_][\w.]*\.)?(?:Input|Output)Field\s*\(")


def check_declarations(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """How each field of each signature class is declared."""
    for definition in _signature_classes(unit):
        for field in _own_fields(definition):
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
    if field.call is not None or not _is_plain_default(text):
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


def _is_plain_default(text: str) -> bool:
    """Whether the text is a literal: a string, a number, None, a display."""
    return bool(re.fullmatch(r"""["'\d\[{(-].*|None|True|False""", text.strip(), re.DOTALL))


def _declare(
    definition: ClassDefinition, field: SignatureField, surroundings: Surroundings
) -> Iterable[DocumentFix]:
    """` = dspy.InputField()`, the likelier side first: after an output comes an output."""
    fields = [f for f in _own_fields(definition) if f.name_span is not None]
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


def check_field_calls(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """The arguments of every InputField and OutputField."""
    for call in unit.calls:
        if call.kind != "api" or call.api not in {"InputField", "OutputField"} or not call.sure:
            continue
        name = call.api
        for argument in call.positional:
            fix = edits.insert(edits.value_place(argument), argument.value_span.start, "desc=")
            is_string = argument.value_kind == "string"
            yield POSITIONAL_DESCRIPTION.at(
                edits.place_of(argument),
                f"`{name}` takes keywords only: DSPy raises TypeError when the line runs. "
                "Write `desc=` before it.",
                fixes=(DocumentFix("Write `desc=`", (fix,)),) if is_string else (),
            )
        for keyword, argument in call.keywords.items():
            yield from _field_keyword(name, keyword, argument, surroundings, call.arguments)


def _field_keyword(
    api: str,
    keyword: str,
    argument: Argument,
    surroundings: Surroundings,
    arguments: tuple[Argument, ...],
) -> Iterator[Finding]:
    place = edits.name_place(argument)
    if keyword in DEPRECATED:
        if surroundings.release(3, 2):
            yield DEPRECATED_FIELD_KEYWORD.at(
                place,
                f"`{keyword}=` has no effect and will be removed from DSPy.",
                fixes=(_removal(arguments, argument),),
                data={"name": keyword},
            )
        return
    if keyword in FIELD_KEYWORDS:
        return
    if keyword in REMOVED_KEYWORDS:
        yield UNKNOWN_FIELD_KEYWORD.at(
            place,
            f"pydantic no longer takes `{keyword}=` and raises when the line runs: "
            f"use `{REMOVED_KEYWORDS[keyword]}`.",
            severity=Severity.ERROR,
            data={"name": keyword},
        )
        return
    meant = nearest(keyword, FIELD_KEYWORDS - {"prefix", "format", "parser"})
    hint = f" Did you mean `{meant}`?" if meant else ""
    if keyword in {"type", "annotation", "dtype"}:
        hint = " The type stands behind a colon: `name: type = …`."
        meant = None
    yield UNKNOWN_FIELD_KEYWORD.at(
        place,
        f"`{api}` ignores `{keyword}=`: the LM never sees it.{hint}",
        fixes=(edits.rename(argument, meant), _removal(arguments, argument)),
        data={"name": keyword, "nearest": meant},
    )


def _removal(arguments: tuple[Argument, ...], argument: Argument) -> DocumentFix:
    index = arguments.index(argument)
    start, end = argument.span
    if index + 1 < len(arguments):
        end = arguments[index + 1].span.start
    elif index:
        start = arguments[index - 1].span.end
    place = Place.of(argument.anchor, Span(start, end))
    return edits.replace(place, "", f"Remove `{argument.name}=`", preferred=False)


def check_names(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """Names that cannot be a field's, and names that something else will be found under."""
    dialect = surroundings.dialect
    for definition in _signature_classes(unit):
        for field in _own_fields(definition):
            if field.anchor is None or field.name_relative is None:
                continue
            if field.declaration not in {"field", None}:
                continue
            place = Place(field.anchor, field.name_relative)
            if field.name in dialect.rejected_names or field.name.startswith("_"):
                why = dialect.rejected_names.get(field.name, "PydanticUserError")
                yield REJECTED_NAME.at(
                    place,
                    f"A field cannot be called `{field.name}`: {why} when the class is made. "
                    "Choose another name.",
                    data={"field": field.name},
                )
            elif hides := hidden_by(field, surroundings):
                yield HIDDEN_NAME.at(
                    place, f"`{field.name}` is taken: {hides}.", data={"field": field.name}
                )


def hidden_by(field: SignatureField, surroundings: Surroundings) -> str | None:
    """What will be found in the place of a field of this name, or None."""
    dialect = surroundings.dialect
    if field.role is Role.INPUT and field.name in TAKEN_INPUTS:
        return f"at a call, {TAKEN_INPUTS[field.name]}"
    if field.role is Role.OUTPUT and field.name in dialect.prediction_attributes:
        return (
            f"`prediction.{field.name}` is a method of every prediction; the value is only found "
            f'as `prediction["{field.name}"]`'
        )
    if field.name in dialect.warned_names:
        return (
            "it hides an attribute of `dspy.Signature`, and pydantic warns when the class is made"
        )
    return None


def check_annotations(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """Fields without a type."""
    for definition in _signature_classes(unit):
        for field in _own_fields(definition):
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
    for definition in _signature_classes(unit):
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


def _signature_classes(unit: Unit) -> Iterator[ClassDefinition]:
    for definition in unit.classes:
        if definition.kind == "signature" and definition.signature is not None:
            yield definition


def _own_fields(definition: ClassDefinition) -> list[SignatureField]:
    """The fields that the class itself declares, not the inherited ones."""
    assert definition.signature is not None
    return [
        field
        for field in definition.signature.fields
        if field.name_span is not None
        and field.anchor is not None
        and field.anchor.uri == definition.uri
        and definition.span.start <= field.name_span.start < definition.span.end
    ]


def _spelled(name: str, surroundings: Surroundings) -> str | None:
    """How InputField or OutputField is written in this file."""
    return edits.spelled_anywhere(name, surroundings)


FAMILY = Family(
    "Class signatures",
    (
        UNDECLARED,
        UNCALLED,
        TUPLE,
        POSITIONAL_DESCRIPTION,
        UNKNOWN_FIELD_KEYWORD,
        DEPRECATED_FIELD_KEYWORD,
        UNANNOTATED,
        REJECTED_NAME,
        HIDDEN_NAME,
        REPEATED,
    ),
    (check_declarations, check_field_calls, check_names, check_annotations, check_repeated),
)
