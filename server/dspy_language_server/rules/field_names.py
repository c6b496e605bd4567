"""Names of fields in signature classes: those that are rejected, and those that hide something."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import ClassDefinition, SignatureField, Unit
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import Finding, Place
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature import checks
from dspy_language_server.signature.model import Role, Severity

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

# A call of a predictor takes these names for itself before it looks at the inputs.
TAKEN_INPUTS = {
    "demos": "the predictor takes it as its few-shot examples",
    "config": "the predictor takes it as the LM's settings",
    "lm": "the predictor takes it as the LM",
    "signature": "the predictor takes it as another signature",
    "new_signature": "the predictor refuses it",
    "self": "Python takes it as the predictor itself",
}


def signature_classes(unit: Unit) -> Iterator[ClassDefinition]:
    """The signature classes of a unit."""
    for definition in unit.classes:
        if definition.kind == "signature" and definition.signature is not None:
            yield definition


def own_fields(definition: ClassDefinition) -> list[SignatureField]:
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


def check_names(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """Names that cannot be a field's, and names that something else will be found under."""
    dialect = surroundings.dialect
    for definition in signature_classes(unit):
        for field in own_fields(definition):
            if field.anchor is None or field.name_relative is None:
                continue
            if field.declaration not in {"field", None}:
                continue
            place = Place(field.anchor, field.name_relative)
            taken = (
                {each.name for each in definition.signature.fields}
                if definition.signature
                else set()
            )
            if field.name in dialect.rejected_names or field.name.startswith("_"):
                why = dialect.rejected_names.get(field.name, "PydanticUserError")
                new = checks.acceptable_name(field.name, taken, dialect)
                yield REJECTED_NAME.at(
                    place,
                    f"A field cannot be called `{field.name}`: {why} when the class is made. "
                    f"Choose another name, e.g. `{new}`.",
                    fixes=(edits.rename_field(field, new, surroundings),),
                    data={"field": field.name},
                )
            elif hides := hidden_by(field, surroundings):
                new = next(
                    n
                    for n in (f"{field.name}_text", f"{field.name}_value", f"the_{field.name}_text")
                    if n not in taken
                )
                yield HIDDEN_NAME.at(
                    place,
                    f"`{field.name}` is taken: {hides}.",
                    fixes=(edits.rename_field(field, new, surroundings),),
                    data={"field": field.name},
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


FAMILY = Family("Names of fields", (REJECTED_NAME, HIDDEN_NAME), (check_names,))
