"""Edits of calls: rename, remove or add an argument, wrap a value, and how a DSPy name is spelled here."""

from __future__ import annotations

from dspy_language_server.program.model import (
    ApiValue,
    Argument,
    Call,
    ModuleValue,
    SignatureField,
    StringValue,
    Unit,
)
from dspy_language_server.rules.finding import DocumentEdit, DocumentFix, Place
from dspy_language_server.rules.rule import Surroundings
from dspy_language_server.signature.model import Span


def place_of(argument: Argument) -> Place:
    """The whole argument."""
    return Place(argument.anchor, argument.relative)


def name_place(argument: Argument) -> Place:
    """The keyword of an argument, or the whole argument without one."""
    return Place(argument.anchor, argument.name_relative or argument.relative)


def value_place(argument: Argument) -> Place:
    """The value of an argument."""
    return Place(argument.anchor, argument.value_relative)


def callee_name(call: Call) -> Place:
    """The last name of what is called."""
    return Place(call.anchor, call.name_relative)


def string_of(argument: Argument) -> str | None:
    """The string that an argument is known to be."""
    value = argument.value
    return value.literal.value if isinstance(value, StringValue) else None


def replace(place: Place, text: str, title: str, *, preferred: bool = True) -> DocumentFix:
    """A fix of one edit."""
    return DocumentFix(title, (DocumentEdit(place, text),), preferred)


def insert(place: Place, offset: int, text: str) -> DocumentEdit:
    """An insertion at an offset of the document, anchored like `place`."""
    return DocumentEdit(Place.of(place.anchor, Span(offset, offset)), text)


def rename(argument: Argument, new: str | None) -> DocumentFix | None:
    """Another keyword for an argument."""
    if new is None or argument.name_relative is None:
        return None
    return replace(name_place(argument), new, f"Rename to `{new}`")


def rename_field(field: SignatureField, new: str, surroundings: Surroundings) -> DocumentFix | None:
    """Another name for a field, where it is declared in this document."""
    anchor, relative = field.anchor, field.name_relative
    if anchor is None or relative is None or anchor.uri != surroundings.program.uri:
        return None
    place = Place(anchor, relative)
    if surroundings.slice(place.span) != field.name:
        return None
    return replace(place, new, f"Rename to `{new}`", preferred=False)


def removal(call: Call, argument: Argument) -> DocumentEdit:
    """The edit that takes an argument out of a call, with its comma."""
    arguments = call.arguments
    index = arguments.index(argument)
    inside = Span(call.arguments_span.start + 1, call.arguments_span.end - 1)
    if index + 1 < len(arguments):
        span = Span(argument.span.start, arguments[index + 1].span.start)
    elif index:
        span = Span(arguments[index - 1].span.end, argument.span.end)
    else:
        span = inside
    return DocumentEdit(Place.of(call.anchor, span), "")


def remove(call: Call, argument: Argument, *, preferred: bool = True) -> DocumentFix:
    """A fix that takes an argument out of a call."""
    title = f"Remove `{argument.name}=`" if argument.name else "Remove the argument"
    return DocumentFix(title, (removal(call, argument),), preferred)


def addition(call: Call, text: str) -> DocumentEdit:
    """The edit that adds an argument behind the last one."""
    if call.arguments:
        at = call.arguments[-1].span.end
        return DocumentEdit(Place.of(call.anchor, Span(at, at)), f", {text}")
    at = call.arguments_span.start + 1
    return DocumentEdit(Place.of(call.anchor, Span(at, at)), text)


def wrap(argument: Argument, before: str, after: str, title: str) -> DocumentFix:
    """A fix that puts something around an argument's value."""
    place = value_place(argument)
    span = place.span
    return DocumentFix(title, (insert(place, span.start, before), insert(place, span.end, after)))


def spelled(call: Call, name: str, surroundings: Surroundings) -> str | None:
    """How a public name of DSPy is written where `call` stands; None when it is not imported."""
    callee = surroundings.slice(call.callee_span)
    prefix = callee.rpartition(".")[0]
    if prefix and isinstance(surroundings.program.lookup(prefix), ModuleValue):
        return f"{prefix}.{name}"
    return spelled_anywhere(name, surroundings)


def spelled_anywhere(name: str, surroundings: Surroundings) -> str | None:
    """How a public name of DSPy is written at the module's level; None when it is not imported."""
    own = surroundings.program.lookup(name)
    if isinstance(own, ApiValue) and own.name == name:
        return name
    dspy = surroundings.program.lookup("dspy")
    if isinstance(dspy, ModuleValue) and dspy.name == "dspy":
        return f"dspy.{name}"
    return None


def names_around(unit: Unit, call: Call) -> set[str]:
    """The parameters of the functions that a call stands in."""
    at = call.span.start
    return {
        parameter.name
        for function in unit.functions
        if function.span.start <= at < function.span.end
        for parameter in function.parameters
    }
