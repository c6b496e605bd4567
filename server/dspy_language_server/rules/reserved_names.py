"""Signature classes and derived signatures given to a module that keeps some of their names for itself."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import Call, Signature, SignatureField, StringValue, Unit
from dspy_language_server.program.signatures import of_value
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import Finding, Place, Related
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.codes import CODES
from dspy_language_server.signature.dialect import Api
from dspy_language_server.signature.model import Role

RESERVED = Rule(*CODES["DSP112"])
NEEDS_AN_OUTPUT = Rule(*CODES["DSP114"])
REPLACED = Rule(*CODES["DSP214"])


def check_reserved(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """Each module's reserved names against the signature it is given; strings are read elsewhere."""
    for call in unit.calls:
        if call.kind != "api" or call.api is None or not call.sure:
            continue
        api = surroundings.dialect.api(call.api)
        argument = call.argument("signature", 0)
        if api is None or api.takes != "string" or argument is None:
            continue
        signature = None if isinstance(argument.value, StringValue) else of_value(argument.value)
        if signature is None:
            continue
        place = edits.value_place(argument)
        yield from _names(api, signature, place, surroundings)
        yield from _outputs(call, signature, place)


def _names(
    api: Api, signature: Signature, place: Place, surroundings: Surroundings
) -> Iterator[Finding]:
    for field in signature.fields:
        if field.declaration not in {"field", None}:
            continue
        side = field.role.value
        if field.name in (
            api.reserved_inputs if field.role is Role.INPUT else api.reserved_outputs
        ):
            yield RESERVED.at(
                place,
                f"Field `{field.name}`: {api.name} reserves this {side} name and raises ValueError. "
                f"Rename it, e.g. `{field.name}_{side}`.",
                related=_declared(field),
                fixes=(edits.rename_field(field, f"{field.name}_{side}", surroundings),),
                data={"field": field.name, "api": api.name},
            )
        elif field.role is Role.INPUT and field.name in api.replaced:
            yield REPLACED.at(
                place,
                f"Input `{field.name}`: {api.name} puts a field of its own under this name, and the "
                f"input is lost. Rename it, e.g. `{field.name}_text`.",
                related=_declared(field),
                fixes=(edits.rename_field(field, f"{field.name}_text", surroundings),),
                data={"field": field.name, "api": api.name},
            )


def _declared(field: SignatureField) -> tuple[Related, ...]:
    if field.anchor is None or field.name_relative is None:
        return ()
    return (Related(Place(field.anchor, field.name_relative), "The field is declared here."),)


def _outputs(call: Call, signature: Signature, place: Place) -> Iterator[Finding]:
    if call.api == "MultiChainComparison" and signature.complete and not signature.outputs:
        yield NEEDS_AN_OUTPUT.at(
            place,
            "MultiChainComparison needs an output field and raises ValueError. Add one, e.g. "
            "`answer`.",
        )


FAMILY = Family("Reserved names", (), (check_reserved,))
