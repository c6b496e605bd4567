"""What is known of a value that may be one of several."""

from __future__ import annotations

from collections.abc import Iterable

from dspy_language_server.program.model import (
    UNKNOWN,
    ApiInstanceValue,
    ApiValue,
    ClassValue,
    ConstantValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    ObjectValue,
    Outputs,
    PredictionValue,
    Predictor,
    PredictorValue,
    SequenceValue,
    SignatureField,
    SignatureValue,
    Value,
)


def is_none(value: Value) -> bool:
    """Whether a value is the constant None."""
    return isinstance(value, ConstantValue) and value.value is None


def merge(first: Value, second: Value) -> Value:
    """A value that is one or the other: what both have in common.

    None aside: a name that is None or a predictor is meant as the predictor where it is called.
    """
    if first is second or is_none(second):
        return first
    if is_none(first):
        return second
    if isinstance(first, PredictionValue) and isinstance(second, PredictionValue):
        return merge_predictions(first, second)
    if isinstance(first, InstanceValue) and isinstance(second, InstanceValue):
        return _merge_instances(first, second)
    if isinstance(first, SequenceValue) and isinstance(second, SequenceValue):
        return SequenceValue(first.kind, None, merge(element(first), element(second)))
    return first if _same(first, second) else UNKNOWN


def _merge_instances(first: InstanceValue, second: InstanceValue) -> Value:
    """An instance to which something may have been assigned."""
    if first.definition is not second.definition:
        return UNKNOWN
    if not first.assigned and not second.assigned:
        return first
    names = {**first.assigned, **second.assigned}
    left, right = first.assigned, second.assigned
    assigned = {
        name: left[name] if name in left and left.get(name) is right.get(name) else UNKNOWN
        for name in names
    }
    return InstanceValue(first.definition, first.call, assigned)


def merge_all(values: Iterable[Value]) -> Value:
    """A value that is one of several."""
    result: Value | None = None
    for value in values:
        result = value if result is None else merge(result, value)
    return result or UNKNOWN


def merge_predictions(first: PredictionValue, second: PredictionValue) -> Value:
    """A prediction that comes from one of two calls: the outputs of either may be there."""
    left, right = first.outputs, second.outputs
    if left is right:
        return first
    fields = {**right.fields, **left.fields}
    others = {
        name: further
        for name in fields
        if (further := _further(fields[name], left.declarations(name) + right.declarations(name)))
    }
    return PredictionValue(
        Outputs(
            fields,
            left.complete and right.complete,
            left.predictor if left.predictor is right.predictor else None,
            left.module if left.module is right.module else None,
            others,
        )
    )


def _further(
    first: SignatureField | None, declared: tuple[SignatureField, ...]
) -> tuple[SignatureField, ...]:
    """The declarations at other places than the first one's."""
    places = {None if first is None else first.location}
    found = []
    for each in declared:
        if each.location not in places:
            places.add(each.location)
            found.append(each)
    return tuple(found)


def element(sequence: SequenceValue) -> Value:
    """What an item of a sequence is known to be."""
    if sequence.items is None:
        return sequence.element
    return merge_all(sequence.items)


def _same(first: Value, second: Value) -> bool:
    match first, second:
        case PredictorValue(), PredictorValue():
            return first.predictor is second.predictor or _alike(first.predictor, second.predictor)
        case InstanceValue(), InstanceValue():
            return first.definition is second.definition
        case ObjectValue(), ObjectValue():
            return first.definition is second.definition
        case ClassValue(), ClassValue():
            return first.definition is second.definition
        case FunctionValue(), FunctionValue():
            return first.function is second.function
        case SignatureValue(), SignatureValue():
            return first.signature is second.signature
        case ApiValue(), ApiValue():
            return first.name == second.name
        case ModuleValue(), ModuleValue():
            return first.name == second.name
        case ExternalValue(), ExternalValue():
            return (first.module, first.name) == (second.module, second.name)
        case ApiInstanceValue(), ApiInstanceValue():
            return first.api == second.api
        case _:
            return False


def _alike(first: Predictor, second: Predictor) -> bool:
    """Whether two predictors take and give the same fields, declared in one place."""
    left, right = first.effective, second.effective
    if left is None or right is None or first.api != second.api:
        return False
    places = [field.location for field in left.fields]
    return places == [field.location for field in right.fields] and (
        [field.name for field in left.fields] == [field.name for field in right.fields]
    )
