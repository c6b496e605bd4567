"""What an attribute of a known value is."""

from __future__ import annotations

from dspy_language_server.program import objects
from dspy_language_server.program.frame import Frame
from dspy_language_server.program.model import (
    UNKNOWN,
    ApiInstanceValue,
    ApiValue,
    ClassDefinition,
    ClassValue,
    ExampleValue,
    FunctionValue,
    InstanceValue,
    MappingValue,
    MethodValue,
    ModuleValue,
    ObjectValue,
    PredictionValue,
    Predictor,
    PredictorValue,
    SequenceValue,
    SignatureValue,
    StringValue,
    Value,
)
from dspy_language_server.program.signatures import METHODS as SIGNATURE_METHODS

EXAMPLE_METHODS = frozenset(
    [
        "with_inputs",
        "inputs",
        "labels",
        "without",
        "copy",
        "toDict",
        "to_dict",
        "keys",
        "values",
        "items",
        "get",
    ]
)
MODULE_METHODS = frozenset(
    [
        "acall",
        "forward",
        "aforward",
        "batch",
        "set_lm",
        "get_lm",
        "load",
        "save",
        "deepcopy",
        "reset_copy",
        "dump_state",
        "load_state",
        "named_predictors",
        "predictors",
        "map_named_predictors",
        "named_parameters",
        "parameters",
        "named_sub_modules",
        "inspect_history",
        "reset",
        "update_config",
        "get_config",
    ]
)
WRAPS_PREDICT = frozenset({"ChainOfThought"})


def is_field(receiver: Value, name: str) -> bool:
    """Whether an attribute of the receiver is one of its fields rather than a method."""
    if isinstance(receiver, PredictionValue):
        return True
    return isinstance(receiver, ExampleValue) and name not in EXAMPLE_METHODS


def has_items(receiver: Value) -> bool:
    """Whether the receiver is read by field names in brackets."""
    return isinstance(receiver, PredictionValue | ExampleValue)


def is_field_called(function: Value, frame: Frame) -> bool:
    """Whether what is called was just noted as a field: `pred.items()`."""
    return isinstance(function, MethodValue) and (
        isinstance(function.receiver, PredictionValue)
        and frame.recording
        and bool(frame.unit.uses)
        and frame.unit.uses[-1].name == function.name
    )


def member(frame: Frame, receiver: Value, name: str) -> Value:
    """What `receiver.name` is."""
    match receiver:
        case ModuleValue():
            return frame.analysis.module_member(receiver, name)
        case ApiValue(name="settings") if name in {"configure", "context"}:
            return ApiValue(name)
        case ApiValue(name="Example") if name == "from_dict":
            return UNKNOWN
        case PredictorValue(predictor=predictor):
            return _of_predictor(receiver, predictor, name)
        case InstanceValue(definition=definition):
            return _of_instance(frame, receiver, definition, name)
        case ObjectValue(definition=definition):
            return _of_object(frame, definition, name)
        case ClassValue(definition=definition):
            return _of_class(frame, receiver, definition, name)
        case SignatureValue():
            return MethodValue(receiver, name) if name in SIGNATURE_METHODS else UNKNOWN
        case ExampleValue() | ApiInstanceValue() | PredictionValue() | SequenceValue():
            return MethodValue(receiver, name)
        case MappingValue():
            return MethodValue(receiver, name)
        case StringValue():
            return UNKNOWN
        case _:
            return UNKNOWN


def _of_predictor(receiver: Value, predictor: Predictor, name: str) -> Value:
    if name in {"signature", "extended_signature"}:
        known = predictor.effective
        return UNKNOWN if known is None else SignatureValue(known)
    if name == "predict" and predictor.api in WRAPS_PREDICT and predictor.wrapper is None:
        return PredictorValue(
            Predictor(
                anchor=predictor.anchor,
                relative=predictor.relative,
                api="Predict",
                call=predictor.call,
                declared=predictor.effective,
                effective=predictor.effective,
                name=None if predictor.name is None else f"{predictor.name}.predict",
                name_relative=predictor.name_relative,
                owner=predictor.owner,
            )
        )
    return MethodValue(receiver, name) if name in MODULE_METHODS else UNKNOWN


def _of_instance(
    frame: Frame, receiver: InstanceValue, definition: ClassDefinition, name: str
) -> Value:
    own = frame
    while own.parent is not None and own.self_class is not definition:
        own = own.parent
    inside = own.self_class is definition and not own.is_class
    if inside and name in own.self_attributes:
        return own.self_attributes[name]
    if name in receiver.assigned:
        return receiver.assigned[name]
    if _is_constructed(definition, name):
        return _given(receiver, name)
    if inside and not own.sees_instance:
        found = frame.analysis.early_attribute(definition, name, own.qualname)
    else:
        found = frame.analysis.attribute(definition, name)
    if found is not None:
        return found
    method = frame.analysis.method(definition, name)
    if definition.kind == "module" and name in MODULE_METHODS:
        return MethodValue(receiver, name)
    if method is not None:
        return FunctionValue(method, bound=True)
    return UNKNOWN


def _is_constructed(definition: ClassDefinition, name: str) -> bool:
    """Whether an attribute is a field of a dataclass or model: what it is, the constructor says."""
    if definition.kind != "type" and not definition.source.decorators:
        return False
    found = objects.members(definition).get(name)
    return found is not None and found.type_text is not None


def _given(receiver: InstanceValue, name: str) -> Value:
    """What a field was given; its default may have been replaced by position or by `**`."""
    call = receiver.call
    if call is None or call.open_ended or call.positional:
        return UNKNOWN
    given = call.keywords.get(name)
    if given is not None:
        return given.value
    default = receiver.definition.source.attributes.get(name)
    return default if isinstance(default, StringValue) else UNKNOWN


def _of_object(frame: Frame, definition: ClassDefinition, name: str) -> Value:
    found = objects.members(definition).get(name)
    if found is not None and found.type_text is not None:
        return found.value
    method = frame.analysis.method(definition, name)
    return UNKNOWN if method is None else FunctionValue(method, bound=True)


def _of_class(frame: Frame, receiver: Value, definition: ClassDefinition, name: str) -> Value:
    if definition.kind == "signature" and name in SIGNATURE_METHODS:
        return MethodValue(receiver, name)
    found = frame.analysis.class_attribute(definition, name)
    if found is not None:
        return found
    method = frame.analysis.method(definition, name)
    return UNKNOWN if method is None else FunctionValue(method)
