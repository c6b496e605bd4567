"""Inputs in any of the shapes that MLflow hands over, as rows for a program."""

import contextlib
import enum
import functools
import math
import sys
from typing import Any

from .errors import invalid
from .interface import Field, Interface, allows_none, type_name


def rows_of(data: Any) -> tuple[list[Any], bool]:
    """Return the rows of an input, and whether it was a batch: a batch is answered by a list.

    One string, one dict, a frame or an array of one row is one input, as in `mlflow.dspy`.
    """
    if hasattr(data, "toPandas"):  # a Spark frame
        return _rows_of_frame(data.toPandas())[0], True
    kind = type(data).__name__
    if kind == "DataFrame":
        return _rows_of_frame(data)
    if kind == "Series":
        return [_plain(value) for value in data.tolist()], len(data) != 1 or in_spark_worker()
    if kind == "ndarray":
        if data.ndim == 0:
            return [_plain(data)], False
        return [_plain(value) for value in data], len(data) != 1
    if isinstance(data, dict):
        return _rows_of_dict(data)
    if isinstance(data, (list, tuple)):
        return [_plain(value) for value in data], True
    return [_plain(data)], False


def in_spark_worker() -> bool:
    """Whether this is a Spark task, which wants a row for a row even when there is one."""
    if "pyspark" not in sys.modules:
        return False
    from pyspark import TaskContext

    return TaskContext.get() is not None


def _rows_of_frame(frame: Any) -> tuple[list[Any], bool]:
    many = len(frame) != 1 or in_spark_worker()
    if len(frame.columns) == 1 and not _is_name(frame.columns[0]):
        return [_plain(value) for value in frame.iloc[:, 0].tolist()], many
    if not all(isinstance(column, str) for column in frame.columns):
        raise invalid(
            "The columns of the input have no names, so their values cannot be told apart."
            f" Name them: {[str(column) for column in frame.columns]}."
        )
    names = [str(column) for column in frame.columns]
    records = zip(*(frame[name].tolist() for name in frame.columns), strict=True)
    return [
        {name: _plain(value) for name, value in zip(names, record, strict=True)}
        for record in records
    ], many


def _is_name(column: Any) -> bool:
    return isinstance(column, str) and not column.isdigit()


def _rows_of_dict(data: dict[str, Any]) -> tuple[list[Any], bool]:
    """One row, unless the scoring server has made arrays of columns."""
    arrays = [value for value in data.values() if type(value).__name__ == "ndarray"]
    lengths = {len(value) if value.ndim else 0 for value in arrays}
    if arrays and len(arrays) == len(data) and len(lengths) == 1 and (n := lengths.pop()) > 0:
        columns = {name: [_plain(item) for item in value] for name, value in data.items()}
        return [{name: items[i] for name, items in columns.items()} for i in range(n)], n != 1
    return [{name: _plain(value) for name, value in data.items()}], False


def _plain(value: Any) -> Any:
    """Turn numpy's and Spark's values into Python's."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "asDict"):
        return [_plain(item) for item in value]
    if hasattr(value, "asDict"):
        return value.asDict(recursive=True)
    if type(value).__name__ in {"NaTType", "NAType"}:  # pandas' own words for nothing
        return None
    if type(value).__module__ == "numpy":
        return _plain(value.tolist()) if hasattr(value, "tolist") else value
    return value


def arguments_for(row: Any, interface: Interface, position: str) -> dict[str, Any]:
    """Turn one row into keyword arguments, converted to the types of the program's inputs.

    Args:
        row: A dict by field, or a bare value where the program needs just one.
        interface: What the program takes.
        position: What to call the row in messages, such as `row 3: `.
    """
    values = _by_name(row, interface, position)
    known = {field.name: field for field in interface.inputs}
    values = {
        name: value
        for name, value in values.items()
        if not (_is_missing(value) and _means_nothing(value, known.get(name)))
    }
    unknown = [name for name in values if name not in known]
    if unknown and not interface.is_open:
        raise invalid(
            f"{position}unknown input {_names(unknown)}. The program takes: {interface.takes}."
        )
    missing = [field.name for field in interface.required if field.name not in values]
    if missing:
        raise invalid(
            f"{position}missing input {_names(missing)}. The program takes: {interface.takes}."
        )
    return {
        name: _converted(value, known[name], position) if name in known else value
        for name, value in values.items()
    }


def _by_name(row: Any, interface: Interface, position: str) -> dict[str, Any]:
    if isinstance(row, dict) and all(isinstance(key, str) for key in row):
        return dict(row)
    needed = interface.required or interface.inputs
    if len(needed) == 1 or (interface.inputs and len(interface.required) == 1):
        return {needed[0].name: row}
    raise invalid(
        f"{position}a bare {type(row).__name__} does not say which input it is."
        f" Give a dict; the program takes: {interface.takes}."
    )


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _means_nothing(value: Any, field: Field | None) -> bool:
    """Whether an input without a value is as good as not given.

    A frame has a cell for each row and column: NaN there is no text, and no number but a float's.
    """
    if field is None:
        return False
    if not field.required:
        return True
    if value is None:
        return field.typed and field.annotation is not Any and not allows_none(field.annotation)
    return field.annotation not in {float, complex, Any}


def _converted(value: Any, field: Field, position: str) -> Any:
    if not field.typed or field.annotation is Any:
        return value
    if _is_missing(value) and allows_none(field.annotation):
        return None
    prepared = _prepared(value, field.annotation)
    try:
        adapter = _adapter(field.annotation)
    except TypeError:
        adapter = _make_adapter(field.annotation)
    if adapter is None:
        return prepared
    try:
        return adapter.validate_python(prepared)
    except Exception as error:
        with contextlib.suppress(Exception):
            return adapter.validate_python(_as_data(prepared))
        raise invalid(
            f"{position}input `{field.name}` is no {type_name(field.annotation)}:"
            f" {_first_problem(error)}"
        ) from error


def _as_data(value: Any) -> Any:
    """Take objects apart: the caller's class may be another copy of the one in the model."""
    if isinstance(value, dict):
        return {key: _as_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_as_data(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.value
    fields = getattr(type(value), "model_fields", None) or getattr(
        type(value), "__dataclass_fields__", None
    )
    if isinstance(fields, dict):
        return {name: _as_data(getattr(value, name)) for name in fields}
    return value


def _first_problem(error: Exception) -> str:
    """Say what pydantic found, without its links and without repeating the whole input."""
    problems = getattr(error, "errors", None)
    if not callable(problems):
        return str(error).partition("\n")[0]
    parts = []
    for problem in problems(include_url=False, include_input=False, include_context=False)[:3]:
        where = ".".join(str(part) for part in problem["loc"])
        parts.append(f"{where}: {problem['msg']}" if where else str(problem["msg"]))
    return "; ".join(parts)


def _prepared(value: Any, annotation: Any) -> Any:
    """Make DSPy's own types of what JSON says for them."""
    name = getattr(annotation, "__name__", "")
    if not getattr(annotation, "__module__", "").startswith("dspy."):
        return value
    if name == "Image" and isinstance(value, str):
        return annotation(url=value)
    if name == "History" and isinstance(value, list):
        return {"messages": value}
    return value


@functools.lru_cache(maxsize=512)
def _adapter(annotation: Any) -> Any:
    return _make_adapter(annotation)


def _make_adapter(annotation: Any) -> Any:
    from pydantic import ConfigDict, TypeAdapter
    from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError

    lenient = ConfigDict(coerce_numbers_to_str=True, arbitrary_types_allowed=True)
    try:
        return TypeAdapter(annotation, config=lenient)
    except PydanticUserError:
        try:
            return TypeAdapter(annotation)  # a class with a configuration of its own
        except (PydanticUserError, PydanticSchemaGenerationError, NameError):
            return None
    except (PydanticSchemaGenerationError, NameError):
        return None
