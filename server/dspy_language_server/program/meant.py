"""Which signature an example was made for: `dspy.Example(question=…)` names fields, but of what?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dspy_language_server.program.analysis import Analysis
from dspy_language_server.program.model import (
    ClassValue,
    Location,
    PredictorValue,
    Signature,
    SignatureField,
    SignatureValue,
    Value,
)


def meant(analysis: Analysis, names: Iterable[str], name: str) -> SignatureField | None:
    """The field that a name of an example stands for; None where several fit equally well.

    Args:
        analysis: The document with the example.
        names: All names that the example carries.
        name: The one in question.
    """
    names = set(names)
    best: dict[Location, SignatureField] = {}
    most = 0
    for signature in _signatures(analysis):
        field = signature.field(name)
        place = None if field is None else field.location
        if field is None or place is None:
            continue
        shared = sum(1 for each in signature.fields if each.name in names)
        if shared > most:
            best, most = {}, shared
        if shared == most:
            best[place] = field
    return next(iter(best.values())) if len(best) == 1 else None


def _signatures(analysis: Analysis) -> Iterator[Signature]:
    """The signatures that a document declares or names."""
    for unit in analysis.units():
        for string in unit.strings:
            if string.signature is not None:
                yield string.signature
        for definition in unit.classes:
            if definition.signature is not None:
                yield definition.signature
        for call in unit.calls:
            if isinstance(call.result, SignatureValue):
                yield call.result.signature
        for use in unit.names:
            found = _signature_of(use.value)
            if found is not None:
                yield found


def _signature_of(value: Value) -> Signature | None:
    match value:
        case ClassValue(definition=definition):
            return definition.signature
        case SignatureValue(signature=signature):
            return signature
        case PredictorValue(predictor=predictor):
            return predictor.declared
        case _:
            return None
