"""The colours of a signature string's parts, for editors that have no grammar for them."""

from __future__ import annotations

from typing import NamedTuple

from dspy_language_server.program.program import Program
from dspy_language_server.signature.model import Role, Span

TYPES = ("parameter", "property", "type", "operator")
MODIFIERS = ("declaration",)


class Token(NamedTuple):
    """A span and the index of its type in `TYPES`."""

    span: Span
    type: int


def semantic_tokens(program: Program, within: Span) -> list[Token]:
    """Inputs, outputs, types and arrows of all signature strings, in order, none twice."""
    tokens: set[Token] = set()
    for string in program.strings():
        if string.literal_uri != program.uri:
            continue
        reading = string.reading
        for field in reading.fields:
            kind = 0 if field.role is Role.INPUT else 1
            tokens.add(Token(string.source_span(field.name_span), kind))
            if field.type_span is not None:
                tokens.add(Token(string.source_span(field.type_span), 2))
        if reading.arrow is not None:
            tokens.add(Token(string.source_span(reading.arrow), 3))
    return sorted(
        token
        for token in tokens
        if within.start <= token.span.start
        and token.span.end <= within.end
        and token.span.start < token.span.end
    )
