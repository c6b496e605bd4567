"""Definition, type definition, references and highlights: from a use to its field and back."""

from __future__ import annotations

from dspy_language_server.program.model import (
    ApiInstanceValue,
    ClassDefinition,
    ClassValue,
    Context,
    ExampleValue,
    FunctionValue,
    InstanceValue,
    Location,
    ObjectValue,
    Occurrence,
    PredictionValue,
    PredictorValue,
    SequenceValue,
    Signature,
    SignatureField,
    SignatureValue,
    Value,
)
from dspy_language_server.program.objects import member_of, value_of_field
from dspy_language_server.program.parameters import (
    ModuleParameter,
    parameter_at,
    parameter_of_keyword,
)
from dspy_language_server.program.program import Program
from dspy_language_server.program.project import Project
from dspy_language_server.program.values import element


def definition(program: Program, offset: int) -> list[Location]:
    """Where the thing under an offset is declared."""
    context = program.at(offset)
    if (on_type := type_name(context)) is not None:
        return on_type
    if context.field is not None:
        return [place for each in meant(context) if (place := each.location) is not None]
    if context.kind != "name" and (parameter := parameter_under(program, context)) is not None:
        return _declared(parameter)
    if (member := member_of(context)) is not None:
        return [member.location]
    return value_location(context.value)


def type_definition(program: Program, offset: int) -> list[Location]:
    """Where the type of the field under an offset is defined; of a predictor: its signature."""
    context = program.at(offset)
    if (on_type := type_name(context)) is not None:
        return on_type
    if context.field is not None:
        return field_type(program, context.field)
    if (member := member_of(context)) is not None:
        return value_location(_held(member.value))
    match context.value:
        case PredictorValue(predictor=predictor) if predictor.declared is not None:
            return _one(predictor.declared.location)
        case InstanceValue(definition=found):
            return [class_location(found)]
        case PredictionValue(outputs=outputs) if outputs.predictor is not None:
            declared = outputs.predictor.declared
            return _one(declared.location if declared is not None else None)
        case _:
            return []


def references(
    project: Project, program: Program, offset: int, *, declaration: bool
) -> list[Location]:
    """Every place that names the field, module, class, predictor or signature under an offset."""
    context = program.at(offset)
    if context.field is not None and type_name(context) is None:
        return [
            occurrence.location
            for occurrence in occurrences(project, context)
            if declaration or not declares(occurrence)
        ]
    if (parameter := parameter_under(program, context)) is not None:
        return [
            occurrence.location
            for occurrence in project.parameter_occurrences(parameter)
            if declaration or not declares(occurrence)
        ]
    if not context.value.known:
        return []
    places = project.references(context.value)
    own = value_location(context.value)
    return places if declaration else [place for place in places if place not in own]


def highlights(project: Project, program: Program, offset: int) -> list[tuple[Location, bool]]:
    """The same within the document; True where the thing is declared (written)."""
    context = program.at(offset)
    if context.field is not None and type_name(context) is None:
        return [
            (occurrence.location, declares(occurrence))
            for occurrence in occurrences(project, context)
            if occurrence.location.uri == program.uri
        ]
    if (parameter := parameter_under(program, context)) is not None:
        return [
            (occurrence.location, declares(occurrence))
            for occurrence in project.parameter_occurrences(parameter)
            if occurrence.location.uri == program.uri
        ]
    if not context.value.known:
        return []
    own = value_location(context.value)
    return [
        (place, place in own)
        for place in project.references(context.value)
        if place.uri == program.uri
    ]


def meant(context: Context) -> tuple[SignatureField, ...]:
    """The declarations that a field's name may stand for: several, where branches meet."""
    if context.fields:
        return context.fields
    return () if context.field is None else (context.field,)


def occurrences(project: Project, context: Context) -> list[Occurrence]:
    """Every place that names what is under the caret, each once."""
    found: dict[Location, Occurrence] = {}
    for field in meant(context):
        for occurrence in project.occurrences(field):
            found.setdefault(occurrence.location, occurrence)
    return list(found.values())


def declares(occurrence: Occurrence) -> bool:
    """Whether an occurrence is where the field is declared."""
    return occurrence.kind in {"declaration", "string"}


def type_name(context: Context) -> list[Location] | None:
    """Inside a type of a signature string: where the named class is; None elsewhere."""
    if context.kind != "string" or context.part not in {"input-type", "output-type"}:
        return None
    if context.string is None or not context.name:
        return []
    return bound_class(context.string.scope.lookup(context.name.split(".")[0]))


def bound_class(binding: object) -> list[Location]:
    """The place of a class that a scope's binding is about."""
    found = getattr(binding, "definition", None)
    if isinstance(found, Location):
        return [found]
    if isinstance(found, ClassDefinition):
        return [class_location(found)]
    return value_location(found) if isinstance(found, Value) else []


def _held(value: Value) -> Value:
    """What a value is, or what its elements are."""
    return element(value) if isinstance(value, SequenceValue) else value


def field_type(program: Program, field: SignatureField) -> list[Location]:
    """The classes of the workspace that a field's type names."""
    held = value_location(_held(value_of_field(field)))
    if held:
        return held
    places: list[Location] = []
    name = ""
    for character in (field.type_text or "") + " ":
        if character.isalnum() or character in "_.":
            name += character
            continue
        if name:
            places += value_location(program.lookup(name))
        name = ""
    return list(dict.fromkeys(places))


def class_location(definition: ClassDefinition) -> Location:
    """The name in a class statement."""
    return Location(definition.uri, definition.name_span)


def value_location(value: Value) -> list[Location]:
    """Where a value of the model was defined."""
    match value:
        case (
            ClassValue(definition=found)
            | InstanceValue(definition=found)
            | ObjectValue(definition=found)
        ):
            return [class_location(found)]
        case PredictorValue(predictor=predictor):
            return [Location(predictor.uri, predictor.name_span or predictor.span)]
        case SignatureValue(signature=signature):
            return _one(_signature_location(signature))
        case FunctionValue(function=function):
            return [Location(function.uri, function.name_span)]
        case ExampleValue(example=example):
            return [example.location]
        case ApiInstanceValue(call=call) if call is not None:
            return [call.location]
        case _:
            return []


def _signature_location(signature: Signature) -> Location | None:
    return signature.location


def parameter_under(program: Program, context: Context) -> ModuleParameter | None:
    """The parameter of a module's method that a caret is on: declared, in the body, a keyword."""
    if context.kind == "keyword" and context.call is not None:
        return parameter_of_keyword(context.call, context.name, context.span)
    if context.kind in {"nothing", "argument", "name"}:
        return parameter_at(program.units_at(context.offset), context.offset)
    return None


def _declared(found: ModuleParameter) -> list[Location]:
    return [
        Location(parameter.anchor.uri, parameter.name_span)
        for function in found.functions
        for parameter in function.parameters
        if parameter.name == found.parameter.name
    ]


def _one(place: Location | None) -> list[Location]:
    return [] if place is None else [place]
