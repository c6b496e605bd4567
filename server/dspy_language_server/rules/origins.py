"""Where a field or a signature is declared, as related information of a finding."""

from __future__ import annotations

from dspy_language_server.program.model import Signature, SignatureField
from dspy_language_server.rules.finding import Place, Related


def signature_definition(signature: Signature) -> tuple[Related, ...]:
    """The string, the class or the call that declares the signature."""
    if signature.string is not None:
        place = Place(signature.string.anchor, signature.string.relative)
        return (Related(place, "The signature is declared here."),)
    if signature.definition is not None:
        place = Place(signature.definition.anchor, signature.definition.name_relative)
        return (Related(place, f"`{signature.definition.name}` is declared here."),)
    if signature.call is not None:
        place = Place(signature.call.anchor, signature.call.relative)
        return (Related(place, "The signature is made here."),)
    return ()


def field_definition(field: SignatureField) -> tuple[Related, ...]:
    """The field's name where it is declared; nothing for a field that DSPy adds."""
    if field.anchor is None or field.name_relative is None:
        return ()
    place = Place(field.anchor, field.name_relative)
    return (Related(place, f"`{field.name}` is declared here."),)
