"""Describes an object in one short string, the way the checked-in tables spell it.

Runs inside the environments that the tables are made from, so it imports pydantic and nothing of ours.

    +|module.qualname      a class that pydantic builds a schema for
    -|module.qualname      a class that pydantic rejects
                           `|1+2-` after either: it takes one argument or two, and what pydantic says to that
    t|Name                 the object that `typing` calls Name
    M|dotted.name          a module
    F+|module.name         a function of which pydantic makes a call schema; `F-` of which it does not
    F|type                 something else that can be called and is no type
    A|entry TAB repr …     `typing.Annotated` of what the entry describes, with metadata of these reprs
    ?                      another alias that pydantic is asked for: what it means is not told
    V|type                 any other value
    N                      None, which DSPy reads as str
"""

import contextlib
import types
import typing
import warnings

import pydantic

TYPING_NAMES = {
    id(value): name
    for name, value in vars(typing).items()
    if getattr(value, "__module__", None) == "typing"
    and not name.startswith("_")
    and not isinstance(value, types.FunctionType)
}
_usable_cache = {}


def builds(type_):
    """Whether pydantic builds a schema for the type; None where that needs a package that is not here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pydantic.create_model("Probe", field=(type_, ...))
        except ImportError:
            return None
        except BaseException:
            return False
        return True


def usable(cls):
    if cls not in _usable_cache:
        _usable_cache[cls] = builds(cls)
    return _usable_cache[cls]


def arguments(cls):
    """What subscripting the class gives, for one and for two arguments."""
    text = ""
    if hasattr(cls, "__class_getitem__"):
        for arguments in ((int,), (int, int)):
            try:
                alias = cls[arguments]
            except BaseException:
                continue
            text += f"{len(arguments)}{'+' if builds(alias) else '-'}"
    return f"|{text}" if text else ""


def spelled(cls):
    if cls.__module__ == "builtins":
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"


def describe(value):
    if value is None:
        return "N"
    if isinstance(value, types.ModuleType):
        return f"M|{value.__name__}"
    try:
        if id(value) in TYPING_NAMES:
            return f"t|{TYPING_NAMES[id(value)]}"
        if isinstance(value, type):
            if usable(value) is None:
                return "?"
            mark = "+" if usable(value) else "-"
            return f"{mark}|{spelled(value)}{arguments(value)}"
        if typing.get_origin(value) is typing.Annotated:
            source, *metadata = typing.get_args(value)
            entry = describe(source)
            if (
                not builds(value)
                or entry[0] not in "+t"
                or any(isinstance(m, type) for m in metadata)
            ):
                return "?"
            return "\t".join([f"A|{entry}", *map(repr, metadata)])
        if typing.get_origin(value) is not None:
            return "?"
        if isinstance(value, types.FunctionType):
            return f"F{'+' if builds(list[value]) else '-'}|{spelled(value)}"
        return f"{'F' if callable(value) else 'V'}|{type(value).__name__}"
    except BaseException:
        return f"V|{type(value).__name__}"


def members(module):
    """What a module holds, names that its own `__getattr__` makes when they are asked for included."""
    held = dict(vars(module))
    if "__getattr__" in held:
        for name in [*getattr(module, "__all__", ()), *dir(module)]:
            with warnings.catch_warnings(), contextlib.suppress(Exception):
                warnings.simplefilter("ignore")
                held.setdefault(name, getattr(module, name))
    return held


def describe_module(module):
    """The names of a module, and of the classes in it the classes that are their attributes."""
    names = {}
    for name, value in list(members(module).items()):
        if name in {"__builtins__", "__cached__", "__file__", "__loader__", "__spec__", "__path__"}:
            continue
        names[name] = describe(value)
        if isinstance(value, type) and value.__module__ not in {"builtins", "typing"}:
            for inner_name, inner in list(vars(value).items()):
                if isinstance(inner, type) and not inner_name.startswith("__"):
                    names[f"{name}.{inner_name}"] = describe(inner)
    return names
