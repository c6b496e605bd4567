"""Writing the `source` format: a program as a tree of JSON, without its credentials."""

import base64
import datetime as dt
import enum
import functools
import importlib
import math
import types
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from . import lm as language_models
from .encode_values import reward_of, slots_of, value_node
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
from .types_as_text import type_to_json
from .user_code import UserCode
from .walk import EMBEDDER

_RUNTIME = frozenset({"history", "callbacks"})
_DEPTH = 200
_INSTEAD = " Use serialization_format='cloudpickle' if it must be kept as it is."


class Encoder:
    """Turns values into nodes of JSON; what cannot be one is refused by its path."""

    def __init__(self, code: UserCode) -> None:
        self._code = code
        self._seen: dict[int, int] = {}
        self._keep: list[Any] = []

    def encode(self, value: Any, path: str, depth: int = 0) -> Any:
        """Return the node for a value."""
        if value is None or type(value) in {bool, int, str}:
            return value
        if depth > _DEPTH:
            raise invalid(f"{path} is nested too deeply, or holds itself.{_INSTEAD}")
        if type(value) is float:
            return value if math.isfinite(value) else {"$float": repr(value)}
        if id(value) in self._seen:
            return {"$same": self._seen[id(value)]}
        if type(value) in {list, tuple, set, frozenset}:
            return self._sequence(value, path, depth)
        if type(value) is dict:
            return self._mapping(value, path, depth)
        plain = _scalar(value)
        if plain is not None:
            return plain
        if isinstance(value, enum.Enum):
            return {"$enum": self._reference(type(value), path), "name": value.name}
        return self._object(value, path, depth)

    def _sequence(self, value: Any, path: str, depth: int) -> Any:
        items = [self.encode(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(value)]
        if type(value) is list:
            return items
        return {f"${type(value).__name__}": items}

    def _mapping(self, value: dict[Any, Any], path: str, depth: int) -> Any:
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return self.named(value, path, depth, as_items=True)
        return {"$dict": self._pairs(value, path, depth)}

    def _pairs(self, values: dict[Any, Any], path: str, depth: int) -> list[list[Any]]:
        """Encode keys and values; a credential becomes the variable that it is read from."""
        pairs = []
        for key, value in values.items():
            named = self.named({"value": value}, path, depth)
            if isinstance(key, str):
                named = {"value": self.named({key: value}, path, depth, as_items=True)[key]}
            pairs.append([self.encode(key, path, depth + 1), named["value"]])
        return pairs

    def named(
        self, values: dict[str, Any], path: str, depth: int, *, as_items: bool = False
    ) -> dict[str, Any]:
        """Encode named values; a credential becomes the variable that it is read from."""
        nodes = {}
        for name, value in values.items():
            where = f"{path}[{name!r}]" if as_items else f"{path}.{name}"
            if name not in DATA_ATTRIBUTES and is_left_out(name, value):
                nodes[name] = {"$env": variable_for(name, value, where)}
            else:
                nodes[name] = self.encode(value, where, depth + 1)
        return nodes

    def _object(self, value: Any, path: str, depth: int) -> Any:
        if isinstance(value, type) or _is_generic(value):
            return self._class(value, path)
        if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
            if not isinstance(getattr(value, "__self__", None), (types.ModuleType, type(None))):
                raise _no_form(value, path)
            reward = reward_of(value)
            if reward is not None:
                return {"$reward": self.encode(reward, path, depth + 1)}
            return {"$function": self._reference(value, path)}
        if isinstance(value, types.MethodType):
            owner = self.encode(value.__self__, f"{path}.__self__", depth + 1)
            return {"$method": owner, "name": value.__name__}
        if isinstance(value, types.ModuleType):
            return {"$python_module": self._code.module_reference(value.__name__, path)}
        if isinstance(value, functools.partial):
            return {
                "$partial": self.encode(value.func, path, depth + 1),
                "arguments": self.encode(list(value.args), path, depth + 1),
                "keywords": self.encode(dict(value.keywords), path, depth + 1),
            }
        kinds = {f"{cls.__module__}.{cls.__qualname__}" for cls in type(value).__mro__}
        if "dspy.primitives.example.Example" in kinds:
            return self._example(value, path, depth)
        if "pydantic.fields.FieldInfo" in kinds and _role_of(value) is not None:
            return {"$field": self._field("", value, path)}
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            fields = self.named(dict(zip(value._fields, value, strict=True)), path, depth)
            return {"$namedtuple": self._reference(type(value), path), "fields": fields}
        return self._kept(value, path, depth, kinds)

    def _kept(self, value: Any, path: str, depth: int, kinds: set[str]) -> Any:
        """Encode an object that may be held in several places, and is one after loading too."""
        identity = self._seen[id(value)] = len(self._seen)
        self._keep.append(value)
        if kinds & {"dspy.clients.base_lm.BaseLM", "dspy.clients.typesafe.TypeSafe"}:
            node = self.lm(value, path, depth)
        elif "dspy.primitives.module.Module" in kinds or "dspy.primitives.program.Module" in kinds:
            node = self._module(value, path, depth)
        elif "dspy.adapters.base.Adapter" in kinds and _is_dspy(type(value)):
            node = self._adapter(value, path, depth)
        elif "dspy.adapters.types.tool.Tool" in kinds and _is_finish(value):
            node = {"$finish": value.desc}
        elif "pydantic.main.BaseModel" in kinds:
            fields = {name: getattr(value, name) for name in type(value).model_fields}
            fields |= dict(getattr(value, "__pydantic_extra__", None) or {})
            reference = self._reference(type(value), path)
            node = {"$model": reference, "fields": self.named(fields, path, depth)}
        elif _is_dspy(type(value)) and type(value).__name__.endswith("Interpreter"):
            node = {"$new": self._reference(type(value), path)}
        else:
            node = self._value(value, path, depth) or self._plain_object(value, path, depth)
        return {"$id": identity, **node}

    def _value(self, value: Any, path: str, depth: int) -> dict[str, Any] | None:
        batching = batching_of(value)
        if batching is not None:
            function = self.encode(batching[0], f"{path}.batch_fn", depth + 1)
            return {"$batching": function, "arguments": list(batching[1:])}
        return value_node(
            value,
            path,
            lambda held, where: self.encode(held, where, depth + 1),
            lambda held, where: self._pairs(held, where, depth + 1),
        )

    def _plain_object(self, value: Any, path: str, depth: int) -> dict[str, Any]:
        kind = type(value)
        state = None
        slots = slots_of(value) if has_plain_state(value) else None
        if slots is not None:
            state = slots
        elif has_plain_state(value):
            get = getattr(value, "__getstate__", None)
            state = (get() if callable(get) else vars(value)) or {}
        if is_client(value):
            raise invalid(
                f"{path} ({kind.__module__}.{kind.__qualname__}) talks to a service and may hold"
                " what it proves itself with. Make it when it is first used instead of in"
                " `__init__`."
            )
        if f"{kind.__module__}.{kind.__qualname__}" == EMBEDDER and isinstance(state, dict):
            kept = language_models.kept_arguments(state.get("default_kwargs") or {})
            state = {**state, "default_kwargs": kept}
        if not isinstance(state, dict):
            raise _no_form(value, path)
        reference = self._reference(kind, path)
        node = {"$object": reference, "state": self.named(state, path, depth)}
        return node if slots is None else {**node, "slots": True}

    def _module(self, module: Any, path: str, depth: int) -> dict[str, Any]:
        state = {name: value for name, value in vars(module).items() if name not in _RUNTIME}
        for name in ("traces", "train"):
            if isinstance(state.get(name), list):
                state[name] = []
        if isinstance(state.get("config"), dict) and hasattr(module, "demos"):
            state["config"] = language_models.kept_arguments(state["config"])
        reference = self._reference(type(module), path)
        return {"$module": reference, "state": self.named(state, path, depth)}

    def _adapter(self, adapter: Any, path: str, depth: int) -> dict[str, Any]:
        allowed = adapter_attributes(type(adapter)) - {"callbacks"}
        arguments = {name: value for name, value in vars(adapter).items() if name in allowed}
        reference = self._reference(type(adapter), path)
        return {"$adapter": reference, "arguments": self.named(arguments, path, depth)}

    def lm(self, lm: Any, path: str, depth: int) -> dict[str, Any]:
        """Encode a language model by the allow-list, or as its class declares."""
        if language_models.declares_state(lm):
            state = language_models.declared_state(lm, path)
            reference = self._reference(type(lm), path)
            return {"$declared": reference, "state": self.named(state, path, depth)}
        kwargs = self.named(language_models.kept_kwargs(lm), f"{path}.kwargs", depth, as_items=True)
        variables = language_models.from_environment(lm)
        if language_models.is_builtin(lm):
            return {
                "$lm": "dspy.clients.lm:LM",
                "kwargs": kwargs,
                "environment": variables,
                "attributes": self.named(language_models.kept_attributes(lm), path, depth),
                "engines": self._engines(lm, path, depth),
            }
        kept = self.named(language_models.kept_attributes(lm), path, depth)
        read = {name: {"$env": variable} for name, variable in variables.items()}
        state = {**kept, "kwargs": {**kwargs, **read}, "history": [], "callbacks": []}
        return {"$object": self._reference(type(lm), path), "state": state}

    def _engines(self, lm: Any, path: str, depth: int) -> dict[str, Any]:
        nodes: dict[str, Any] = {}
        for attribute, engine in language_models.engines(lm).items():
            name = attribute.strip("_").removesuffix("_spec")
            if engine is None or engine == "auto":
                continue
            if isinstance(engine, str):
                nodes[name] = engine
                continue
            where = f"{path}.{name}"
            if not callable(getattr(engine, "dump_state", None)):
                raise invalid(
                    f"{where} ({type(engine).__name__}) cannot be saved: give its class"
                    " `dump_state() -> dict` and the classmethod `load_state(state)`."
                )
            state = self.named(dict(engine.dump_state()), where, depth)
            nodes[name] = {"$declared": self._reference(type(engine), where), "state": state}
        return nodes

    def _example(self, example: Any, path: str, depth: int) -> dict[str, Any]:
        """Encode data as it is: its columns are named by the user, and no attributes."""
        fields = {
            name: self.encode(value, f"{path}[{name!r}]", depth + 1)
            for name, value in example.items()
        }
        inputs = getattr(example, "_input_keys", None)
        node = {"$example": self._reference(type(example), path), "fields": fields}
        return node if inputs is None else {**node, "inputs": sorted(inputs)}

    def _class(self, value: Any, path: str) -> dict[str, Any]:
        if hasattr(value, "input_fields") and self._is_made(value):
            return self.signature(value, path)
        return {"$class": type_to_json(value, lambda cls: self._reference(cls, path))}

    def _is_made(self, signature: Any) -> bool:
        """Whether a signature was made by a call, so that no code defines it."""
        module = signature.__module__
        if "<locals>" in signature.__qualname__ or module.startswith("dspy.signatures"):
            return True
        return not self._code.defines(signature)

    def signature(self, signature: Any, path: str) -> dict[str, Any]:
        """Encode a signature with its types, which DSPy's own state leaves out."""
        return {
            "$signature": signature.__name__,
            "instructions": signature.instructions,
            "fields": [
                self._field(name, info, f"{path}.{name}") for name, info in signature.fields.items()
            ],
        }

    def _field(self, name: str, info: Any, path: str) -> dict[str, Any]:
        from pydantic_core import PydanticUndefined

        extra = dict(info.json_schema_extra or {})
        role = extra.pop("__dspy_field_type")
        arguments: dict[str, Any] = {}
        if info.default is not PydanticUndefined and info.default is not ...:
            arguments["default"] = info.default
        for constraint in info.metadata:
            known = vars(constraint) if hasattr(constraint, "__dict__") else _slots(constraint)
            arguments.update({key: value for key, value in known.items() if value is not None})
        return {
            "name": name,
            "role": role,
            "type": type_to_json(info.annotation, lambda cls: self._reference(cls, path)),
            "arguments": {k: self.encode(v, f"{path}.{k}") for k, v in arguments.items()},
            "extra": {k: self.encode(v, f"{path}.{k}") for k, v in extra.items()},
        }

    def _reference(self, value: Any, path: str) -> str:
        return self._code.reference(value, path)


def _no_form(value: Any, path: str) -> Exception:
    kind = type(value)
    return invalid(
        f"{path} ({kind.__module__}.{kind.__qualname__}) has no form in JSON. Make it when it is"
        f" first used instead of in `__init__`.{_INSTEAD}"
    )


def _role_of(field: Any) -> Any:
    return (getattr(field, "json_schema_extra", None) or {}).get("__dspy_field_type")


def _slots(value: Any) -> dict[str, Any]:
    names = getattr(value, "__dataclass_fields__", {})
    return {name: getattr(value, name) for name in names}


def _scalar(value: Any) -> dict[str, Any] | None:
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dt.datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, dt.date):
        return {"$date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, PurePath):
        return {"$path": value.as_posix()}
    return None


def _is_generic(value: Any) -> bool:
    return getattr(value, "__origin__", None) is not None or isinstance(value, types.UnionType)


def _is_dspy(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "dspy"


def _is_finish(tool: Any) -> bool:
    function = tool.func
    return tool.name == "finish" and getattr(function, "__module__", "").startswith("dspy.")


def importable(value: Any, reference: str) -> bool:
    """Whether a reference leads to the very object."""
    module, _, qualname = reference.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return False
    return found is value
