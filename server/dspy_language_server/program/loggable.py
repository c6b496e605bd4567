"""What can be logged: module classes, and module-level variables that hold a program."""

from __future__ import annotations

from dspy_language_server.program import bodies
from dspy_language_server.program.analysis import Analysis
from dspy_language_server.program.model import (
    ApiValue,
    ClassDefinition,
    ClassValue,
    InstanceValue,
    Loggable,
    NameUse,
    Parameter,
    PredictorValue,
    Value,
)
from dspy_language_server.signature.model import Span
from dspy_language_server.source import syntax as s
from dspy_language_server.source.syntax_reader import read_stretch


def loggables(analysis: Analysis) -> list[Loggable]:
    """Everything that "Log `X` to MLflow" can be offered for, in source order."""
    units = analysis.units()
    classes = [
        definition
        for unit in units
        for definition in unit.classes
        if definition.kind == "module"
        and definition.top_level
        and _final(analysis, definition.name) is definition
    ]
    variables = _variables(analysis)
    found = [_class(definition, variables) for definition in classes]
    found += [
        Loggable(name, "variable", _statement_span(analysis, use), use.span)
        for name, (use, _) in variables.items()
    ]
    return sorted(found, key=lambda each: each.span)


def _final(analysis: Analysis, name: str) -> ClassDefinition | None:
    value = analysis.find_global(name, None)
    return value.definition if isinstance(value, ClassValue) else None


def _variables(analysis: Analysis) -> dict[str, tuple[NameUse, Value]]:
    """Module-level names that hold a program in the end, with their last binding."""
    found: dict[str, tuple[NameUse, Value]] = {}
    for name in analysis.names():
        value = analysis.find_global(name, None)
        if not is_program(value):
            continue
        assert value is not None
        use = _last_binding(analysis, name)
        if use is not None:
            found[name] = (use, value)
    return dict(sorted(found.items(), key=lambda item: item[1][0].span))


def is_program(value: Value | None) -> bool:
    """Whether a value is a predictor or an instance of a module."""
    if isinstance(value, PredictorValue):
        return True
    return isinstance(value, InstanceValue) and value.definition.kind == "module"


def _last_binding(analysis: Analysis, name: str) -> NameUse | None:
    last: NameUse | None = None
    for unit in analysis.module_units():
        for use in unit.names:
            if use.binding and use.text == name and not use.receiver.known:
                last = use
    return last


def _class(definition: ClassDefinition, variables: dict[str, tuple[NameUse, Value]]) -> Loggable:
    parameters = constructor_parameters(definition) or ()
    instances = tuple(
        name
        for name, (_, value) in variables.items()
        if isinstance(value, InstanceValue) and value.definition is definition
    )
    return Loggable(
        definition.name,
        "class",
        definition.span,
        definition.name_span,
        tuple(p for p in parameters if p.required),
        parameters,
        instances,
    )


def constructor_parameters(definition: ClassDefinition) -> tuple[Parameter, ...] | None:
    """What constructing a class takes; None where it cannot be known."""
    for each in bodies.line(definition):
        if "__init__" in each.methods:
            return each.methods["__init__"].parameters
        if not each.complete_bases or each.source.decorators:
            return None
    bases = [base for each in bodies.line(definition) for base in each.bases]
    if any(isinstance(base, ApiValue) and base.name != "Module" for base in bases):
        return None
    return ()


def _statement_span(analysis: Analysis, use: NameUse) -> Span:
    """The innermost statement around a binding."""
    offset = use.span.start
    stretch = analysis.document.stretches[analysis.document.index_at(offset)]
    base = stretch.anchor.start
    block = read_stretch(stretch).body
    found = use.span
    while True:
        inner: s.Block = ()
        for placed, statement in block:
            start = base + placed
            if start <= offset < start + statement.length or offset == start:
                found = Span(start, start + statement.length)
                inner = tuple(
                    s.Placed(p.offset + placed, p.statement)
                    for nested in statement.blocks()
                    for p in nested
                )
                break
        if not inner:
            return found
        block = inner


def loggable_at(analysis: Analysis, offset: int) -> Loggable | None:
    """The loggable that is meant at an offset.

    The variable whose name is under the caret, the one that the statement binds, or the class
    around the caret.
    """
    known = loggables(analysis)
    variables = {each.name: each for each in known if each.kind == "variable"}
    for unit in analysis.units_at(offset):
        for use in unit.names:
            if use.text in variables and use.span.touches(offset) and is_program(use.value):
                return variables[use.text]
    for each in known:
        if each.kind == "variable" and each.span.touches(offset):
            return each
    around = [each for each in known if each.kind == "class" and each.span.touches(offset)]
    if around:
        return around[-1]
    return _class_under(analysis, known, offset)


def _class_under(analysis: Analysis, known: list[Loggable], offset: int) -> Loggable | None:
    """A class that is named under the caret (`program = CoT()`)."""
    classes = {each.name: each for each in known if each.kind == "class"}
    for unit in analysis.units_at(offset):
        for use in unit.names:
            if use.text in classes and use.span.touches(offset):
                return classes[use.text]
    return None
