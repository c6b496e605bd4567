"""Renames a field or a module's parameter everywhere, across the workspace."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from dspy_language_server.ide.navigation import (
    meant,
    occurrences,
    parameter_under,
    type_name,
)
from dspy_language_server.program.model import (
    Context,
    Location,
    PredictionValue,
    Signature,
    SignatureField,
)
from dspy_language_server.program.naming import Naming, names_in
from dspy_language_server.program.parameters import ModuleParameter
from dspy_language_server.program.program import Program
from dspy_language_server.program.project import Project
from dspy_language_server.rules.field_names import TAKEN_INPUTS
from dspy_language_server.signature.model import Role, Span


class RenameRefusedError(Exception):
    """A name that a field cannot have; the message is for people."""


@dataclass(frozen=True)
class RenameEdit:
    """One place to be renamed; an unsure one should be confirmed by a person."""

    location: Location
    text: str
    sure: bool


def prepare(program: Program, offset: int) -> tuple[Span, str] | None:
    """The name under an offset, if it is a field's that has a declaration to be changed."""
    context = program.at(offset)
    parameter = _parameter(program, context)
    if parameter is not None:
        return parameter.span, parameter.parameter.name
    field = _field(context)
    if field is None or not context.name:
        return None
    return context.span, context.name


def rename(project: Project, program: Program, offset: int, new: str) -> list[RenameEdit] | None:
    """All edits of a rename; None outside of fields.

    Raises:
        RenameRefusedError: The new name is none that DSPy accepts, or it is taken.
    """
    context = program.at(offset)
    new = new.strip()
    parameter = _parameter(program, context)
    if parameter is not None:
        _accept_parameter(parameter, new)
        return [
            RenameEdit(occurrence.location, new, occurrence.sure)
            for occurrence in project.parameter_occurrences(parameter)
        ]
    field = _field(context)
    if field is None:
        return None
    _accept(project, context, field, new)
    certain = len(meant(context)) == 1
    return [
        RenameEdit(occurrence.location, new, occurrence.sure and certain)
        for occurrence in occurrences(project, context)
    ]


def _field(context: Context) -> SignatureField | None:
    """The declared field that is meant; None on types, and for fields that DSPy adds."""
    field = context.field
    if field is None or field.name_span is None or type_name(context) is not None:
        return None
    if field.origin == "keyword" and field.call is not None and field.call.api == "Example":
        return None  # no signature's: the name is whatever the data have
    return field


def _parameter(program: Program, context: Context) -> ModuleParameter | None:
    """The parameter that is meant, where every place of it can be changed."""
    if context.field is not None:
        return None
    found = parameter_under(program, context)
    if found is None:
        return None
    name = found.parameter.name
    if any(Naming(f.source.statement, name).elsewise for f in found.functions):
        return None
    return found


def _accept_parameter(found: ModuleParameter, new: str) -> None:
    _accept_name(new, "a parameter's name")
    for function in found.functions:
        if new != found.parameter.name and new in names_in(function.source.statement):
            raise RenameRefusedError(f"`{function.name}` has a name `{new}` already.")


def _accept_name(new: str, what: str) -> None:
    if not new.isidentifier() or keyword.iskeyword(new):
        raise RenameRefusedError(f"`{new}` is no Python identifier: {what} is a keyword of calls.")
    if unicodedata.normalize("NFKC", new) != new:
        raise RenameRefusedError(
            f"Python reads `{new}` as `{unicodedata.normalize('NFKC', new)}`: write that instead."
        )


def _accept(project: Project, context: Context, field: SignatureField, new: str) -> None:
    _accept_name(new, "a field's name")
    if new.startswith("_"):
        raise RenameRefusedError(
            f"DSPy rejects `{new}`: field names must not begin with an underscore."
        )
    if new == field.name:
        return
    if field.origin != "keyword":
        if new in project.dialect.rejected_names:
            raise RenameRefusedError(f"A field cannot be called `{new}`: DSPy raises for it.")
        if field.role is Role.INPUT and new in TAKEN_INPUTS:
            raise RenameRefusedError(f"No input can be called `{new}`: {TAKEN_INPUTS[new]}.")
        if field.role is Role.OUTPUT and new in project.dialect.prediction_attributes:
            raise RenameRefusedError(f"No output can be called `{new}`: any prediction has that.")
    if new in _siblings(context):
        raise RenameRefusedError(f"The signature has a field `{new}` already.")
    for whose, names in _with_field(project, field):
        if new in names:
            raise RenameRefusedError(f"`{whose}` has a field `{new}` already.")


def _with_field(project: Project, field: SignatureField) -> Iterator[tuple[str, set[str]]]:
    """Whatever else has the field: classes that inherit it, predictors that add theirs to it."""
    place = field.location
    for program in project.programs():
        for definition in program.classes():
            signature = definition.signature
            if signature is not None and _has(signature, field.name, place):
                yield definition.name, {each.name for each in signature.fields}
        for predictor in program.predictors():
            signature = predictor.effective
            if signature is None or not _has(signature, field.name, place):
                continue
            api = project.dialect.api(predictor.api)
            names = {each.name for each in signature.fields}
            if api is not None:
                own = api.reserved_inputs if field.role is Role.INPUT else api.reserved_outputs
                names |= set(own)
            yield predictor.name or predictor.api, names


def _has(signature: Signature, name: str, place: Location | None) -> bool:
    found = signature.field(name)
    return found is not None and found.location == place


def _siblings(context: Context) -> set[str]:
    """The names of the fields beside the one under the caret."""
    if context.string is not None and context.string.signature is not None:
        return {field.name for field in context.string.signature.fields}
    if context.call is not None and context.call.predictor is not None:
        effective = context.call.predictor.effective
        return {field.name for field in effective.fields} if effective is not None else set()
    outputs = context.use.outputs if context.use is not None else None
    if outputs is None and isinstance(context.receiver, PredictionValue):
        outputs = context.receiver.outputs
    if outputs is not None:
        predictor = outputs.predictor
        if predictor is not None and predictor.effective is not None:
            return {field.name for field in predictor.effective.fields}
        return set(outputs.fields)
    if context.call is not None and context.call.api == "Prediction":
        return set(context.call.keywords)
    if context.unit is not None and context.field is not None:
        for definition in context.unit.classes:
            signature = definition.signature
            if signature is not None and context.field in signature.fields:
                return {field.name for field in signature.fields}
    return set()
