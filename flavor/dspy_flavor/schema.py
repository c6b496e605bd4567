"""MLflow's model signature, made from the program's own: no example, no language model call."""

import dataclasses
import datetime as dt
import enum
import types
import typing
from typing import Any

from .interface import Field, Interface, allows_none

PREDICT_PARAMS: tuple[tuple[str, str, Any], ...] = (
    ("num_threads", "long", None),
    ("on_error", "string", None),
    ("model", "string", None),
    ("temperature", "double", None),
    ("max_tokens", "long", None),
    ("top_p", "double", None),
    ("seed", "long", None),
    ("timeout", "double", None),
    ("num_retries", "long", None),
    ("cache", "boolean", None),
)
"""What a derived signature lets `predict(params=…)` say; None leaves all as it was saved."""

_SCALARS: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "long",
    float: "double",
    bytes: "binary",
    dt.datetime: "datetime",
    dt.date: "string",
    dt.time: "string",
    dt.timedelta: "double",
}


def derive_signature(interface: Interface) -> Any:
    """Return MLflow's signature of a program, or None where nothing is known of its inputs."""
    from mlflow.models import ModelSignature
    from mlflow.types.schema import ColSpec, DataType, Schema

    if not interface.inputs:
        return None
    if interface.takes_one_string:
        inputs = Schema([ColSpec(DataType.string)])
    else:
        inputs = Schema([_input_column(field) for field in interface.inputs])
    outputs = None
    if interface.outputs:
        outputs = Schema([_column(field) for field in interface.outputs])
    elif interface.value is not None:
        outputs = Schema([ColSpec(_mlflow_type(interface.value))])
    return ModelSignature(inputs=inputs, outputs=outputs, params=params_schema())


def params_schema() -> Any:
    """Return the schema of `params`."""
    from mlflow.types.schema import DataType, ParamSchema, ParamSpec

    return ParamSchema(
        [ParamSpec(name, DataType[kind], default) for name, kind, default in PREDICT_PARAMS]
    )


def example_of(interface: Interface) -> Any:
    """Return an input of the right shape, without values that mean anything."""
    if interface.takes_one_string:
        return interface.inputs[0].name
    return {field.name: field.name for field in interface.required}


def _input_column(field: Field) -> Any:
    """Return the column of an input, with no type where MLflow would refuse what we take.

    It holds inputs against the types before our code runs, and takes neither None or NaN for a
    number that may be left out nor, inside of lists and objects, a whole number for a float: JSON
    writes 5.0 as 5.
    """
    from mlflow.types.schema import AnyType, ColSpec, DataType

    column = _column(field)
    if not column.required and column.type in [DataType.long, DataType.double]:
        return ColSpec(AnyType(), field.name, required=False)
    kind = _with_any_number(column.type)
    return ColSpec(kind, field.name, required=column.required and not _is_any(kind))


def _with_any_number(kind: Any) -> Any:
    """Return a type whose inner floats may be whole numbers too."""
    from mlflow.types.schema import AnyType, Array, DataType, Map, Object, Property

    def inner(part: Any) -> Any:
        return AnyType() if part == DataType.double else _with_any_number(part)

    if isinstance(kind, Array):
        return Array(inner(kind.dtype))
    if isinstance(kind, Map):
        return Map(inner(kind.value_type))
    if isinstance(kind, Object):
        properties = [(p.name, inner(p.dtype), p.required) for p in kind.properties]
        return Object(
            [Property(n, k, required=required and not _is_any(k)) for n, k, required in properties]
        )
    return kind


def _column(field: Field) -> Any:
    from mlflow.types.schema import ColSpec

    required = field.required and not allows_none(field.annotation)
    kind = _mlflow_type(field.annotation)
    return ColSpec(kind, field.name, required=required and not _is_any(kind))


def _is_any(kind: Any) -> bool:
    return type(kind).__name__ == "AnyType"


def _mlflow_type(annotation: Any, seen: tuple[Any, ...] = ()) -> Any:
    from mlflow.types.schema import AnyType, Array, DataType, Map

    annotation = _without_none(annotation)
    if annotation in seen:
        return AnyType()
    seen = (*seen, annotation)
    if isinstance(annotation, typing.Hashable) and annotation in _SCALARS:
        return DataType[_SCALARS[annotation]]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _mlflow_type(arguments[0], seen)
    if origin is typing.Literal:
        return _of_values(arguments)
    if origin in {list, set, frozenset} and arguments:
        return Array(_mlflow_type(arguments[0], seen))
    if origin is tuple and arguments:
        return _of_tuple(arguments, seen)
    if origin is dict and len(arguments) == 2:
        return Map(_mlflow_type(arguments[1], seen))
    if annotation in {list, set, tuple, frozenset}:
        return Array(AnyType())
    if annotation is dict:
        return Map(AnyType())
    if isinstance(annotation, type):
        return _of_class(annotation, seen)
    return AnyType()


def _without_none(annotation: Any) -> Any:
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        kept = [item for item in typing.get_args(annotation) if item is not type(None)]
        if len(kept) == 1:
            return kept[0]
    return annotation


def _of_values(values: tuple[Any, ...]) -> Any:
    """Return the type that all values of a Literal or an Enum have."""
    from mlflow.types.schema import AnyType, DataType

    kinds = {type(value) for value in values}
    if len(kinds) == 1 and (kind := kinds.pop()) in _SCALARS:
        return DataType[_SCALARS[kind]]
    return AnyType()


def _of_tuple(arguments: tuple[Any, ...], seen: tuple[Any, ...]) -> Any:
    from mlflow.types.schema import AnyType, Array

    items = [_mlflow_type(item, seen) for item in arguments if item is not Ellipsis]
    same = bool(items) and all(item == items[0] for item in items)
    return Array(items[0] if same else AnyType())


def _of_class(cls: Any, seen: tuple[Any, ...]) -> Any:
    from mlflow.types.schema import AnyType, Array, DataType, Map

    if issubclass(cls, enum.Enum):
        return _of_values(tuple(member.value for member in cls))
    if cls.__module__.startswith("dspy."):
        if cls.__name__ == "Image":
            return DataType.string
        if cls.__name__ == "History":
            return _object({"messages": Array(Map(AnyType()))}, set())
        return AnyType()
    fields = getattr(cls, "model_fields", None)
    if isinstance(fields, dict) and fields:
        optional = {name for name, info in fields.items() if not info.is_required()}
        kinds = {name: _mlflow_type(info.annotation, seen) for name, info in fields.items()}
        return _object(kinds, optional)
    if dataclasses.is_dataclass(cls):
        return _of_dataclass(cls, seen)
    return AnyType()


def _of_dataclass(cls: Any, seen: tuple[Any, ...]) -> Any:
    from mlflow.types.schema import AnyType

    try:
        hints = typing.get_type_hints(cls)
    except NameError:
        return AnyType()
    fields = dataclasses.fields(cls)
    optional = {
        field.name
        for field in fields
        if field.default is not dataclasses.MISSING
        or field.default_factory is not dataclasses.MISSING
    }
    if not fields:
        return AnyType()
    return _object({f.name: _mlflow_type(hints.get(f.name, Any), seen) for f in fields}, optional)


def _object(kinds: dict[str, Any], optional: set[str]) -> Any:
    from mlflow.types.schema import Object, Property

    return Object(
        [
            Property(name, kind, required=name not in optional and not _is_any(kind))
            for name, kind in kinds.items()
        ]
    )
