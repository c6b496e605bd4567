"""The outline of a file in DSPy's terms, and the same across the workspace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from dspy_language_server.ide import describe
from dspy_language_server.program.model import ClassDefinition, Predictor, Signature
from dspy_language_server.program.program import Program
from dspy_language_server.signature.model import Span

SymbolKind = Literal["module", "signature", "predictor", "field", "method"]


@dataclass(frozen=True)
class Symbol:
    """Something with a name; children lie inside of its span."""

    name: str
    kind: SymbolKind
    detail: str
    span: Span
    name_span: Span
    children: tuple[Symbol, ...] = field(default_factory=tuple)


def document_symbols(program: Program) -> list[Symbol]:
    """Modules, signatures, predictors and fields, nested, in source order."""
    found = [_class(program, item) for item in program.classes() if item.kind in _KINDS]
    owned = {id(p) for p in _owned(program)}
    found += [_predictor(p) for p in program.predictors() if id(p) not in owned and p.name]
    return nest(sorted(found, key=lambda symbol: (symbol.span.start, -symbol.span.end)))


def workspace_symbols(
    programs: Iterable[Program], query: str, *, limit: int = 500
) -> list[tuple[str, Symbol, str]]:
    """URI, symbol and container of what matches a query, letters in order as editors match them."""
    found: list[tuple[str, Symbol, str]] = []
    for program in programs:
        for symbol, container in _flat(document_symbols(program), ""):
            if _matches(symbol.name, query):
                found.append((program.uri, symbol, container))
                if len(found) >= limit:
                    return found
    return found


_KINDS = {"module", "signature"}


def _owned(program: Program) -> Iterator[Predictor]:
    return (p for p in program.predictors() if p.owner is not None)


def _class(program: Program, definition: ClassDefinition) -> Symbol:
    if definition.kind == "signature":
        signature = definition.signature
        detail = describe.spelled(signature) if signature is not None else ""
        fields = _fields(signature, definition.span, definition.uri)
        return Symbol(
            definition.name, "signature", detail, definition.span, definition.name_span, fields
        )
    members = [_predictor(p) for p in _owned(program) if p.owner is definition]
    members += [
        Symbol(m.name, "method", "", m.span, m.name_span) for m in definition.methods.values()
    ]
    parameters = program.module_parameters(definition)
    detail = "" if parameters is None else ", ".join(p.name for p in parameters)
    return Symbol(
        definition.name,
        "module",
        f"({detail})",
        definition.span,
        definition.name_span,
        tuple(nest(sorted(members, key=lambda s: (s.span.start, -s.span.end)))),
    )


def _predictor(predictor: Predictor) -> Symbol:
    shown = predictor.declared
    detail = predictor.api + (f" · {describe.spelled(shown)}" if shown is not None else "")
    name_span = predictor.name_span or predictor.call.name_span
    span = Span(min(name_span.start, predictor.span.start), max(name_span.end, predictor.span.end))
    string = predictor.call.string
    signature = string.signature if string is not None else None
    fields = _fields(signature, span, predictor.uri)
    return Symbol(predictor.name or predictor.api, "predictor", detail, span, name_span, fields)


def _fields(signature: Signature | None, within: Span, uri: str) -> tuple[Symbol, ...]:
    """The fields that are declared inside of a span."""
    found = []
    for item in signature.fields if signature is not None else ():
        span = item.name_span
        place = item.location
        if span is None or place is None or place.uri != uri:
            continue
        if within.start <= span.start and span.end <= within.end:
            whole = Span(span.start, max(span.end, item.type_span.end if item.type_span else 0))
            detail = f"{item.role.value}: {describe.type_of(item)}"
            found.append(Symbol(item.name, "field", detail, whole, span))
    return tuple(sorted(found, key=lambda symbol: symbol.span))


def nest(symbols: list[Symbol]) -> list[Symbol]:
    """Puts symbols into those that enclose them; `symbols` are sorted, outer before inner."""
    result: list[Symbol] = []
    index = 0
    while index < len(symbols):
        outer = symbols[index]
        index += 1
        inner = []
        while index < len(symbols) and symbols[index].span.end <= outer.span.end:
            inner.append(symbols[index])
            index += 1
        if inner:
            children = sorted((*outer.children, *nest(inner)), key=lambda s: s.span)
            outer = replace(outer, children=tuple(children))
        result.append(outer)
    return result


def _flat(symbols: Iterable[Symbol], container: str) -> Iterator[tuple[Symbol, str]]:
    for symbol in symbols:
        if symbol.kind != "method":
            yield symbol, container
        yield from _flat(symbol.children, symbol.name)


def _matches(name: str, query: str) -> bool:
    rest = iter(name.casefold())
    return all(letter in rest for letter in query.casefold() if not letter.isspace())
