"""Pickles of programs, written without credentials, history, callbacks and traces."""

import collections
import contextlib
import copyreg
import io
import sys
import threading
import types
from collections.abc import Iterable, Iterator
from typing import Any

import cloudpickle
from cloudpickle.cloudpickle import _make_skeleton_class, _make_skeleton_enum

from . import lm as language_models
from .credentials import FromEnvironment
from .errors import invalid
from .names import (
    DATA_ATTRIBUTES,
    batching_of,
    has_plain_state,
    is_client,
    is_left_out,
    variable_for,
)
from .strip import adapter_attributes
from .walk import EMBEDDER, Found

_LOCKS = {type(threading.Lock()): threading.Lock, type(threading.RLock()): threading.RLock}
_MAPPINGS = {collections.OrderedDict, collections.defaultdict}
_MAKES_A_CLASS = (_make_skeleton_class, _make_skeleton_enum)
_registry = threading.Lock()


def dump(value: Any, found: Found, by_value: Iterable[str] = ()) -> bytes:
    """Pickle a program and its settings.

    Args:
        value: What to pickle.
        found: The walk over it, for paths in messages.
        by_value: The user's own modules: their classes go into the pickle, so that a model
            answers as it was saved whatever the module has become.
    """
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, found)
    try:
        with _registered(by_value):
            pickler.dump(value)
    except RecursionError as error:
        raise invalid(
            "The program is nested too deeply to be saved. Look for a structure that holds itself"
            " many times over."
        ) from error
    except Exception as error:
        raise invalid(pickler.explain(error)) from error
    return buffer.getvalue()


@contextlib.contextmanager
def _registered(names: Iterable[str]) -> Iterator[None]:
    """Have cloudpickle take these modules by value; its registry is the process's."""
    with _registry:
        known = set(cloudpickle.list_registry_pickle_by_value())
        new = [sys.modules[name] for name in names if name in sys.modules and name not in known]
        for module in new:
            cloudpickle.register_pickle_by_value(module)
        try:
            yield
        finally:
            for module in new:
                cloudpickle.unregister_pickle_by_value(module)


class _Declared:
    """A custom language model or engine, kept as what its `dump_state` says."""

    def __init__(self, cls: Any, state: dict[str, Any]) -> None:
        self.cls, self.state = cls, state

    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]:
        return self.cls.load_state, (self.state,)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """cloudpickle, but what an object is reduced to is cleaned first."""

    def __init__(self, file: io.BytesIO, found: Found) -> None:
        super().__init__(file)
        self._found = found
        self._last: Any = None

    def reducer_override(self, obj: Any) -> Any:
        self._last = obj
        if type(obj) in _LOCKS:
            return _LOCKS[type(obj)], ()
        if isinstance(obj, (types.FunctionType, type)):
            return _clean_code(obj, super().reducer_override(obj))
        if isinstance(obj, types.ModuleType):
            return _clean_module(self.dispatch_table[types.ModuleType](obj))
        if is_client(obj):
            raise TypeError("it talks to a service and may hold what it proves itself with")
        if isinstance(obj, threading.Thread):
            raise TypeError("a thread does not go on in another process")
        batching = batching_of(obj)
        if batching is not None:
            return type(obj), batching
        if type(obj) in self.dispatch_table:
            return NotImplemented  # a reducer of cloudpickle's own: modules, cells, methods
        kinds = {f"{cls.__module__}.{cls.__qualname__}" for cls in type(obj).__mro__}
        if "dspy.clients.base_lm.BaseLM" in kinds or "dspy.clients.typesafe.TypeSafe" in kinds:
            return self._language_model(obj)
        if type(obj) in _MAPPINGS:
            return _clean_items(obj.__reduce_ex__(4))
        plain = has_plain_state(obj) or type(obj) is types.SimpleNamespace
        if "dspy.primitives.example.Example" in kinds or not plain:
            return super().reducer_override(obj)
        return self._clean_object(obj, kinds)

    def _clean_object(self, obj: Any, kinds: set[str]) -> Any:
        """Clean the attributes of an object: its own, and those that have slots."""
        reduced = obj.__reduce_ex__(4)
        if isinstance(reduced, str) or len(reduced) < 3:
            return reduced
        path = self._found.paths.get(id(obj), "")
        parts = reduced[2] if isinstance(reduced[2], tuple) else (reduced[2],)
        if not all(part is None or isinstance(part, dict) for part in parts):
            return reduced
        cleaned = [
            part and _clean_mapping(_without_runtime(part, obj, kinds), path) for part in parts
        ]
        state = tuple(cleaned) if isinstance(reduced[2], tuple) else cleaned[0]
        return (*reduced[:2], state, *reduced[3:])

    def _language_model(self, lm: Any) -> Any:
        path = self._found.paths.get(id(lm), type(lm).__name__)
        if language_models.declares_state(lm):
            state = language_models.declared_state(lm, path)
            return type(lm).load_state, (state,)
        state = {
            **language_models.kept_attributes(lm),
            "kwargs": {
                **language_models.kept_kwargs(lm),
                **{
                    name: FromEnvironment(variable)
                    for name, variable in language_models.from_environment(lm).items()
                },
            },
            "history": [],
            "callbacks": [],
        }
        for name, value in language_models.engines(lm).items():
            state[name] = _engine(value, f"{path}.{name.strip('_').removesuffix('_spec')}")
        for name in ("launch_kwargs", "train_kwargs"):
            if hasattr(lm, name):
                state[name] = {}
        provider = getattr(lm, "provider", None)
        if type(provider).__module__.startswith("dspy."):
            state["provider"] = provider
        return copyreg.__newobj__, (type(lm),), _clean_mapping(state)  # type: ignore[attr-defined]

    def explain(self, error: Exception) -> str:
        """Say which object cannot be pickled, where it is, and what to do about it."""
        kind = type(self._last)
        name = f"{kind.__module__}.{kind.__qualname__}"
        path = self._found.paths.get(id(self._last))
        where = f"{path} ({name})" if path else f"An object of class {name}"
        if path and any(path.startswith(owner) for owner, _ in self._found.models):
            advice = (
                "Give the language model's class `dump_state` and the classmethod `load_state`:"
                " what `dump_state` returns is kept, and the client is made anew by `load_state`."
            )
        else:
            advice = (
                "Make it when it is first used instead of in `__init__`, or leave it out in"
                " `__getstate__` and make it anew in `__setstate__`."
            )
        return f"{where} cannot be saved: {error}. {advice}"


def _engine(engine: Any, path: str) -> Any:
    if engine is None or isinstance(engine, str):
        return engine
    if not callable(getattr(engine, "dump_state", None)) or not callable(
        getattr(type(engine), "load_state", None)
    ):
        raise invalid(
            f"{path} ({type(engine).__name__}) cannot be saved: give its class"
            " `dump_state() -> dict` and the classmethod `load_state(state)`."
        )
    return _Declared(type(engine), _clean_mapping(engine.dump_state()))


def _without_runtime(state: dict[str, Any], obj: Any, kinds: set[str]) -> dict[str, Any]:
    """Leave out what a program gathers while it runs."""
    if not any(kind.startswith("dspy.") for kind in kinds):
        return state
    kept = {**state}
    for name in ("history", "callbacks", "traces", "train"):
        if isinstance(kept.get(name), list):
            kept[name] = []
    if "dspy.adapters.base.Adapter" in kinds:
        allowed = adapter_attributes(type(obj))
        kept = {name: value for name, value in kept.items() if name in allowed}
    for kind, name in (("dspy.predict.predict.Predict", "config"), (EMBEDDER, "default_kwargs")):
        if kind in kinds and isinstance(kept.get(name), dict):
            kept[name] = language_models.kept_arguments(kept[name])
    return kept


def _clean_items(reduced: Any) -> Any:
    """Clean what a mapping of the standard library holds."""
    items = reduced[4]
    cleaned = iter([(key, _clean_named(key, value)) for key, value in items])
    return (*reduced[:4], cleaned)


def _clean_mapping(mapping: dict[str, Any], path: str = "") -> dict[str, Any]:
    return {name: _clean_named(name, value, path) for name, value in mapping.items()}


def _clean_named(name: Any, value: Any, path: str = "") -> Any:
    if name in DATA_ATTRIBUTES or name == "__annotations__":
        return value
    if is_left_out(name, value):
        return FromEnvironment(variable_for(name, value, path))
    return _clean_plain(value)


def _clean_plain(value: Any, depth: int = 0) -> Any:
    """Clean plain containers; what holds no credential stays the same object."""
    if depth > 50 or type(value) not in {dict, list, tuple}:
        return value
    if type(value) is dict:
        cleaned = {
            key: FromEnvironment(variable_for(key, item))
            if is_left_out(key, item)
            else _clean_plain(item, depth + 1)
            for key, item in value.items()
        }
        same = all(cleaned[key] is value[key] for key in value)
        return value if same else cleaned
    items = [_clean_plain(item, depth + 1) for item in value]
    same = all(new is old for new, old in zip(items, value, strict=True))
    return value if same else type(value)(items)


def _clean_code(obj: Any, reduced: Any) -> Any:
    """Clean what cloudpickle takes by value of a function or class: names bound to credentials."""
    if not isinstance(reduced, tuple) or len(reduced) < 3 or not isinstance(reduced[2], tuple):
        return reduced
    function, arguments, (attributes, slots), *rest = reduced
    attributes = _clean_mapping(attributes)
    if isinstance(obj, types.FunctionType):
        slots = _clean_function(obj, slots)
    elif function in _MAKES_A_CLASS:
        arguments = _untracked(arguments)
    return (function, arguments, (attributes, slots), *rest)


def _untracked(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Leave out the mark by which cloudpickle finds a class again in the process it was saved in.

    There it fills the class that it finds from the pickle, so that loading a model would replace
    the methods and attributes of the class in the user's hands, and of earlier versions' classes.
    """
    *given, _tracker, extra = arguments
    return (*given, None, extra)


def _clean_module(reduced: Any) -> Any:
    """Clean a module that cloudpickle takes by value: its whole namespace."""
    function, arguments, *rest = reduced
    cleaned = tuple(_clean_mapping(a) if isinstance(a, dict) else a for a in arguments)
    state = [_clean_mapping(part) if isinstance(part, dict) else part for part in rest]
    return (function, cleaned, *state)


def _clean_function(function: types.FunctionType, slots: dict[str, Any]) -> dict[str, Any]:
    slots = {**slots, "__globals__": _clean_mapping(slots["__globals__"])}
    if slots["__kwdefaults__"]:
        slots["__kwdefaults__"] = _clean_mapping(slots["__kwdefaults__"])
    code = function.__code__
    if slots["__defaults__"]:
        names = code.co_varnames[: code.co_argcount][-len(slots["__defaults__"]) :]
        named = zip(names, slots["__defaults__"], strict=True)
        slots["__defaults__"] = tuple(_clean_named(name, value) for name, value in named)
    if slots["__closure__"]:
        cells = zip(code.co_freevars, slots["__closure__"], strict=True)
        slots["__closure__"] = tuple(_clean_cell(name, cell) for name, cell in cells)
    return slots


def _clean_cell(name: str, cell: types.CellType) -> types.CellType:
    try:
        value = cell.cell_contents
    except ValueError:
        return cell
    cleaned = _clean_named(name, value)
    return cell if cleaned is value else types.CellType(cleaned)
