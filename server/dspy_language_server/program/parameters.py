"""The parameters of a module's `forward` and constructor: everywhere they are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dspy_language_server.program import bodies
from dspy_language_server.program.analysis import Analysis
from dspy_language_server.program.model import (
    Call,
    ExampleValue,
    Function,
    InstanceValue,
    Location,
    Occurrence,
    Parameter,
    StringValue,
    Unit,
)
from dspy_language_server.program.naming import Naming
from dspy_language_server.signature.model import Span

_CALLED = ("forward", "aforward")
_KINDS = frozenset({"module", "class", "function"})
_METHODS = frozenset({*_CALLED, "__init__"})


@dataclass(frozen=True)
class ModuleParameter:
    """A parameter that calls of a module give by keyword.

    Attributes:
        parameter: The parameter.
        functions: The methods that have it: `forward` and `aforward` are called alike.
        span: What is under the offset: the parameter, a place in the body, or a keyword.
    """

    parameter: Parameter
    functions: tuple[Function, ...]
    span: Span


def parameter_at(units: Sequence[Unit], offset: int) -> ModuleParameter | None:
    """The parameter of a module's method that is declared or named at an offset."""
    for unit in units:
        for function in unit.functions:
            owner = function.owner
            if owner is None or owner.kind != "module" or function.name not in _METHODS:
                continue
            if not function.span.touches(offset):
                continue
            for parameter in function.parameters:
                if parameter.kind not in {"positional", "keyword"}:
                    continue
                for span in (parameter.name_span, *_places(function, parameter.name)):
                    if span.touches(offset):
                        return ModuleParameter(parameter, _alike(function, parameter.name), span)
    return None


def parameter_of_keyword(call: Call, name: str, span: Span) -> ModuleParameter | None:
    """The parameter that a keyword of a module's call or constructor gives."""
    function = _taking(call)
    for parameter in function.parameters if function is not None else ():
        if parameter.name == name and function is not None:
            return ModuleParameter(parameter, _alike(function, name), span)
    return None


def _taking(call: Call) -> Function | None:
    """The method whose parameters a call gives."""
    if call.kind == "function":
        function = call.function
        owner = None if function is None else function.owner
        return function if owner is not None and owner.kind == "module" else None
    if call.definition is None or call.definition.kind != "module":
        return None
    if call.kind == "class":
        return bodies.method(call.definition, "__init__")
    if call.kind != "module":
        return None
    first, second = _CALLED
    if call.method in {"acall", "aforward"}:
        first, second = second, first
    return bodies.method(call.definition, first) or bodies.method(call.definition, second)


def _alike(function: Function, name: str) -> tuple[Function, ...]:
    """A method, and the one beside it that is called by the same keywords."""
    if function.owner is None or function.name not in _CALLED:
        return (function,)
    own = [function.owner.methods.get(each) for each in _CALLED]
    return tuple(
        each for each in own if each is not None and any(p.name == name for p in each.parameters)
    )


def _places(function: Function, name: str) -> list[Span]:
    """Where a method's body names its parameter, now."""
    naming = Naming(function.source.statement, name)
    return [function.source.anchor.absolute(span) for span in naming.spans]


def occurrences(found: ModuleParameter, analyses: Iterable[Analysis]) -> list[Occurrence]:
    """Every place that names a parameter: its declaration, the body, and the keywords of calls."""
    name = found.parameter.name
    places: dict[Location, Occurrence] = {}
    for function in found.functions:
        for parameter in function.parameters:
            if parameter.name == name:
                place = Location(parameter.anchor.uri, parameter.name_span)
                places[place] = Occurrence(place, "declaration", sure=True)
        for span in _places(function, name):
            place = Location(function.uri, span)
            places.setdefault(place, Occurrence(place, "attribute", sure=True))
    own = {(f.uri, f.name_span) for f in found.functions}
    for analysis in analyses:
        if analysis.mentions(name):
            for occurrence in _in_calls(analysis, name, own):
                places.setdefault(occurrence.location, occurrence)
    return sorted(places.values(), key=lambda each: each.location)


def _in_calls(analysis: Analysis, name: str, own: set[tuple[str, Span]]) -> Iterator[Occurrence]:
    for unit in analysis.units():
        for call in unit.calls:
            given = call.keywords.get(name)
            if given is None or given.name_span is None or call.kind not in _KINDS:
                continue
            function = _taking(call)
            if function is not None and (function.uri, function.name_span) in own:
                yield Occurrence(Location(call.uri, given.name_span), "keyword", sure=call.sure)
        for judging in unit.judgings:
            program = judging.program
            if not isinstance(program, InstanceValue):
                continue
            function = bodies.method(program.definition, "forward")
            if function is None or (function.uri, function.name_span) not in own:
                continue
            for example in judging.examples:
                yield from _in_example(ExampleValue(example), name)


def _in_example(value: ExampleValue, name: str) -> Iterator[Occurrence]:
    """An example's inputs are the keywords that the program is called with."""
    example = value.example
    given = example.fields.get(name)
    if given is not None and given.name_span is not None:
        yield Occurrence(Location(given.anchor.uri, given.name_span), "example", sure=False)
    for argument in example.inputs or ():
        named = argument.value
        if argument.value_kind != "string" or not isinstance(named, StringValue):
            continue
        if named.literal.value == name:
            span = named.anchor.absolute(named.literal.source_span(Span(0, len(name))))
            yield Occurrence(Location(named.anchor.uri, span), "with_inputs", sure=False)
