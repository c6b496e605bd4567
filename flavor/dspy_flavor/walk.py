"""A walk over everything that a program holds, with the path to each thing.

One walk answers four questions: where a credential sits, which attribute holds an object that
cannot be saved, which modules of the user's are needed, and which distributions.
"""

import collections
import contextlib
import dis
import enum
import functools
import json
import operator
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .credentials import texts_in
from .locality import is_installed
from .names import DATA_ATTRIBUTES, is_left_out

_LEAVES = (int, float, complex, bool, type(None), types.ModuleType, types.CodeType)
_LONGEST_JSON = 1024 * 1024
_MADE_OF_ARGUMENTS = (
    BaseException,
    operator.methodcaller,
    operator.attrgetter,
    operator.itemgetter,
)
"""Objects of Python's own that hold what they were called with, and have no attributes for it."""
_LIMIT = 500_000
"""Objects looked at before giving up: a program that holds a data set is not walked to its end."""


@dataclass
class Found:
    """What a walk met."""

    paths: dict[int, str] = field(default_factory=dict)
    """Identity of an object to the first path that leads to it."""
    named_strings: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, name and value of each string that has a name."""
    held: list[tuple[str, str, Any]] = field(default_factory=list)
    """Path, name and value of each thing that holds credentials as a whole: `headers`."""
    strings: list[tuple[str, str]] = field(default_factory=list)
    """Path and value of each string."""
    models: list[tuple[str, Any]] = field(default_factory=list)
    """Path and object of each language model."""
    adapters: list[tuple[str, Any]] = field(default_factory=list)
    """Path and object of each adapter."""
    configurations: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Path and content of the arguments that predictors pass on to their language model."""
    modules: dict[str, str] = field(default_factory=dict)
    """Name of the module that each class, function or referenced module lives in, and one path."""
    functions: list[tuple[str, types.FunctionType]] = field(default_factory=list)
    """Path and object of each function."""
    imports: set[str] = field(default_factory=set)
    """Modules that functions import when they run."""
    keep: list[Any] = field(default_factory=list)
    """Holds on to objects made during the walk, so that no identity is used twice."""


def walk(roots: dict[str, Any], limit: int = _LIMIT) -> Found:
    """Walk from each named root, over no more objects than `limit`."""
    found = Found()
    stack: list[tuple[str, str | None, Any, bool]] = [
        (path, None, value, False) for path, value in roots.items()
    ]
    stack.reverse()
    while stack and len(found.paths) < limit:
        path, name, value, is_data = stack.pop()
        if isinstance(value, (str, bytes, bytearray)):
            text = _note_string(found, path, name, value, is_data=is_data)
            stack.extend((f"{path} (as JSON)", None, item, is_data) for item in _json_in(text))
            continue
        if isinstance(value, _LEAVES):
            if isinstance(value, types.ModuleType):
                found.modules.setdefault(value.__name__, path)
                _note_namespace(found, value)
            continue
        if id(value) in found.paths:
            continue
        found.paths[id(value)] = path
        found.keep.append(value)
        _note_parts(found, path, value)
        if _note_credentials(found, path, name, value):
            continue
        data = is_data or _holds_data(value, name)
        children = [(p, n, v, data) for p, n, v in _children(value, path, found)]
        stack.extend(reversed(children))
    return found


def _note_string(
    found: Found, path: str, name: str | None, value: str | bytes | bytearray, *, is_data: bool
) -> str:
    text = value if isinstance(value, str) else value.decode("utf-8", "replace")
    found.strings.append((path, text))
    if name is not None and not is_data:
        found.named_strings.append((path, name, text))
    return text


def _json_in(text: str) -> Iterator[Any]:
    """Yield what a text says in JSON, such as the account of a service: it has names too."""
    if text[:1] in {"{", "["} and text[-1:] in {"}", "]"} and len(text) < _LONGEST_JSON:
        with contextlib.suppress(ValueError, RecursionError):
            yield json.loads(text)


def _note_namespace(found: Found, module: types.ModuleType) -> None:
    """Note the credentials among the globals of one of the user's modules."""
    if is_installed(module.__name__):
        return
    for name, value in list(vars(module).items()):
        _note_credentials(found, f"{module.__name__}.{name}", name, value)


def note_globals(found: Found, names: Iterable[str]) -> None:
    """Note the credentials among the globals of modules that are kept with a program."""
    for name in names:
        module = sys.modules.get(name)
        if isinstance(module, types.ModuleType):
            _note_namespace(found, module)


def _note_parts(found: Found, path: str, value: Any) -> None:
    kinds = _class_names(value)
    if kinds & _LANGUAGE_MODELS:
        found.models.append((path, value))
    if "dspy.adapters.base.Adapter" in kinds:
        found.adapters.append((path, value))
    if "dspy.predict.predict.Predict" in kinds and isinstance(vars(value).get("config"), dict):
        found.configurations.append((f"{path}.config", vars(value)["config"]))
    if EMBEDDER in kinds and isinstance(vars(value).get("default_kwargs"), dict):
        found.configurations.append((f"{path}.default_kwargs", vars(value)["default_kwargs"]))


def _note_credentials(found: Found, path: str, name: str | None, value: Any) -> bool:
    """Note what is in `self.credentials = {...}`, where each string is one."""
    if not is_left_out(name, value):
        return False
    assert name is not None
    found.held.append((path, name, value))
    return True


def _children(value: Any, path: str, found: Found) -> Iterator[tuple[str, str | None, Any]]:
    if isinstance(value, (dict, types.MappingProxyType)):
        yield from _items(value, path)
        if hasattr(value, "__dict__"):  # a subclass
            yield from _instance_parts(value, path)
    elif isinstance(value, (list, tuple, set, frozenset, collections.deque)):
        yield from _elements(value, path)
    elif isinstance(value, types.FunctionType):
        yield from _function_parts(value, path, found)
    elif isinstance(value, types.MethodType):
        yield path, None, value.__func__
        yield f"{path}.__self__", None, value.__self__
    elif isinstance(value, functools.partial):
        yield from _partial_parts(value, path)
    elif isinstance(value, type):
        yield from _class_parts(value, path, found)
    else:
        yield from _instance_parts(value, path)


def _items(value: Mapping[Any, Any], path: str) -> Iterator[tuple[str, str | None, Any]]:
    for key, item in value.items():
        name = key.decode("latin-1") if isinstance(key, bytes) else key
        yield f"{path}[{key!r}]", name if isinstance(name, str) else None, item


def _elements(value: Any, path: str) -> Iterator[tuple[str, str | None, Any]]:
    """Yield what a sequence holds: by field of a named tuple, and the value of a (name, value)."""
    fields = getattr(value, "_fields", ())
    items = list(value)
    is_pair = (
        len(items) == 2 and isinstance(items[0], str) and not isinstance(value, (set, frozenset))
    )
    for index, item in enumerate(items):
        name = fields[index] if index < len(fields) else None
        name = items[0] if is_pair and index == 1 and name is None else name
        yield f"{path}[{index}]", name, item


def _partial_parts(
    value: functools.partial[Any], path: str
) -> Iterator[tuple[str, str | None, Any]]:
    yield path, None, value.func
    code = getattr(value.func, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code is not None else ()
    for index, item in enumerate(value.args):
        name = names[index] if index < len(names) else None
        yield f"{path}.args[{index}]", name, item
    for key, item in value.keywords.items():
        yield f"{path}.keywords[{key!r}]", key, item


def _function_parts(
    function: types.FunctionType, path: str, found: Found
) -> Iterator[tuple[str, str | None, Any]]:
    module = function.__module__ or ""
    if not module.startswith("namedtuple_"):  # what Python has written, in no module at all
        found.modules.setdefault(module, path)
    found.functions.append((path, function))
    if is_installed(module):
        if function.__closure__:
            yield from _closure(function, path)
        return
    yield from _closure(function, path)
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    for name, value in zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True):
        yield f"{path}.__defaults__[{name!r}]", name, value
    for name, value in (function.__kwdefaults__ or {}).items():
        yield f"{path}.__kwdefaults__[{name!r}]", name, value
    _note_constants(found, function.__code__, path)
    yield from _globals_used(function, function.__code__, path)
    wrapped = getattr(function, "__wrapped__", None)
    if wrapped is not None:
        yield f"{path}.__wrapped__", None, wrapped
    for name, value in function.__dict__.items():
        if name != "__wrapped__":
            yield f"{path}.{name}", name, value


def _closure(function: types.FunctionType, path: str) -> Iterator[tuple[str, str | None, Any]]:
    names = function.__code__.co_freevars
    for name, cell in zip(names, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # a cell that is not filled yet
            yield f"{path}.__closure__[{name!r}]", name, cell.cell_contents


def _globals_used(
    function: types.FunctionType, code: types.CodeType, path: str
) -> Iterator[tuple[str, str | None, Any]]:
    for name in code.co_names:
        if name in function.__globals__:
            yield f"{path}.__globals__[{name!r}]", name, function.__globals__[name]
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _globals_used(function, constant, path)


def _note_constants(found: Found, code: types.CodeType, path: str) -> None:
    """Note the strings written in a function, and the modules that it imports when it runs."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            _note_constants(found, constant, path)
        for text in texts_in(constant):
            found.strings.append((f"the code of {path}", text))
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            found.imports.add(str(instruction.argval))


def _class_parts(cls: type, path: str, found: Found) -> Iterator[tuple[str, str | None, Any]]:
    found.modules.setdefault(cls.__module__, path)
    for base in cls.__bases__:
        if not is_installed(base.__module__):
            yield f"{path}.__bases__[{base.__name__!r}]", None, base
    if is_installed(cls.__module__):
        fields = getattr(cls, "model_fields", None)
        if isinstance(fields, dict) and "signature" in cls.__module__:
            yield f"{path}.instructions", None, cls.__doc__
            for name, info in fields.items():
                yield f"{path}.{name}", None, info.annotation
        return
    if hasattr(cls, "input_fields"):
        yield f"{path}.instructions", None, cls.__doc__
    for name, value in vars(cls).items():
        unwrapped = value.fget if isinstance(value, property) else value
        unwrapped = getattr(unwrapped, "__func__", unwrapped)
        if not name.startswith("__") or isinstance(unwrapped, types.FunctionType):
            yield f"{path}.{name}", name, unwrapped
    for name, info in (getattr(cls, "__pydantic_fields__", None) or {}).items():
        yield f"{path}.{name}", None, info.annotation
        yield f"{path}.{name}", name, info.default
    if issubclass(cls, enum.Enum):
        for member in cls:
            yield f"{path}.{member.name}", member.name, member.value
    if not is_installed(type(cls).__module__):
        yield f"{path}.__class__", None, type(cls)


def _instance_parts(value: Any, path: str) -> Iterator[tuple[str, str | None, Any]]:
    yield path, None, type(value)
    for argument in typing.get_args(value):
        yield path, None, argument
    if isinstance(value, _MADE_OF_ARGUMENTS):
        yield path, None, value.__reduce__()
    state = getattr(value, "__dict__", None)
    if isinstance(state, dict):
        for name, item in list(state.items()):
            if name not in {"history", "callbacks"} or not _is_dspy(value):
                yield f"{path}.{name}", name, item
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name) and name not in {"__dict__", "__weakref__"}:
                yield f"{path}.{name}", name, getattr(value, name)


def _is_dspy(value: Any) -> bool:
    return any(cls.__module__.partition(".")[0] == "dspy" for cls in type(value).__mro__)


_LANGUAGE_MODELS = {"dspy.clients.base_lm.BaseLM", "dspy.clients.typesafe.TypeSafe"}
EMBEDDER = "dspy.clients.embedding.Embedder"
_DATA = {"dspy.primitives.example.Example", "pydantic.fields.FieldInfo"}


def _class_names(value: Any) -> set[str]:
    return {f"{cls.__module__}.{cls.__qualname__}" for cls in type(value).__mro__}


def _holds_data(value: Any, name: str | None) -> bool:
    """Whether names below are a data set's columns: an example's `token` is no credential."""
    return name in DATA_ATTRIBUTES or bool(_class_names(value) & _DATA)
