"""The arguments of InputField and OutputField: positional, ignored, deprecated."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import Argument, Unit
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentFix, Finding, Place
from dspy_language_server.rules.nearest import nearest
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Severity, Span

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


FAMILY = Family(
    "Arguments of fields",
    (POSITIONAL_DESCRIPTION, UNKNOWN_FIELD_KEYWORD, DEPRECATED_FIELD_KEYWORD),
    (check_field_calls,),
)
