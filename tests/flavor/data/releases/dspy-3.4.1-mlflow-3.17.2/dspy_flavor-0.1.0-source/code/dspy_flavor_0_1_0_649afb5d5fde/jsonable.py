"""Predictions as plain values that JSON can say."""

import base64
import dataclasses
import datetime as dt
import enum
import math
import uuid
from decimal import Decimal
from pathlib import PurePath
from typing import Any

_DEPTH = 200


def jsonable(value: Any, depth: int = 0) -> Any:
    """Turn what a program returns into dicts, lists, strings, numbers, booleans and None."""
    if value is None or (isinstance(value, (bool, int, str)) and not isinstance(value, enum.Enum)):
        return value
    if depth > _DEPTH:
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, enum.Enum):
        return jsonable(value.value, depth + 1)
    if isinstance(value, dict):
        return {_key(key): jsonable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((jsonable(item, depth + 1) for item in value), key=repr)
    return _of_object(value, depth)


def _key(key: Any) -> str:
    plain = jsonable(key)
    return plain if isinstance(plain, str) else str(plain)


def _of_object(value: Any, depth: int) -> Any:
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return jsonable(float(value))
    if isinstance(value, (uuid.UUID, PurePath)):
        return str(value)
    names = {f"{cls.__module__}.{cls.__qualname__}" for cls in type(value).__mro__}
    if "dspy.primitives.example.Example" in names:
        return jsonable(dict(value.items()), depth + 1)
    if any(name.startswith("dspy.adapters.types.") for name in names):
        return _of_dspy_type(value, depth)
    if "pydantic.main.BaseModel" in names:
        return {
            name: jsonable(getattr(value, name), depth + 1) for name in type(value).model_fields
        }
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: jsonable(getattr(value, field.name), depth + 1)
            for field in dataclasses.fields(value)
        }
    if hasattr(value, "tolist"):  # numpy and pandas
        return jsonable(value.tolist(), depth + 1)
    return str(value)


def _of_dspy_type(value: Any, depth: int) -> Any:
    """An image is its URL or data URI, a history its messages; never DSPy's prompt markers."""
    url = getattr(value, "url", None)
    if isinstance(url, str):
        return url
    fields = getattr(type(value), "model_fields", {})
    plain = {
        name: jsonable(getattr(value, name), depth + 1)
        for name in fields
        if not callable(getattr(value, name, None))
    }
    if list(plain) in (["code"], ["content"]):
        return next(iter(plain.values()))
    return plain
