"""Reading the `source` format: a program from JSON and code, without a pickle."""

import base64
import datetime as dt
import functools
import importlib
import inspect
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from .artifact import LARGEST_JSON, inside, parse_json, read_bytes
from .errors import damaged, failed
from .isolation import PROGRAM, ModelCode
from .lm import load_declared
from .types_as_text import type_from_json
from .values import value_kinds

CODE_FOLDER = "data/source"


def load_source(root: Path, name: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Return program, settings and model configuration."""
    from mlflow.exceptions import MlflowException

    content = parse_json(read_bytes(inside(root, name), LARGEST_JSON), name)
    if not isinstance(content, dict) or content.get("kind") not in ["code", "tree"]:
        raise damaged(f"{name} describes no program. Download the model again, or log it anew.")
    code = ModelCode(inside(root, CODE_FOLDER))
    reader = Reader(code)
    try:
        program = _build(content, code, reader)
        settings = {
            key: reader.read(value, code.configured.get(key))
            for key, value in content["settings"].items()
        }
        model_config = dict(content.get("model_config") or {})
    except MlflowException:
        raise
    except RecursionError as error:
        raise damaged(f"{name} is nested too deeply. It is not loaded.") from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise damaged(f"{name} cannot be read: {type(error).__name__}: {error}") from error
    except (Exception, SystemExit) as error:
        raise failed(
            f"The code of this model failed when it was run: {type(error).__name__}: {error}"
        ) from error
    return program, settings, model_config


def _build(content: dict[str, Any], code: ModelCode, reader: "Reader") -> Any:
    if content["kind"] == "tree":
        return reader.read(content["program"])
    program = code.resolve(f"{PROGRAM}:{content['program']}")
    # Each load has an object of its own; Python keeps the module, and the one in it.
    program = program() if isinstance(program, type) else program.deepcopy()
    predictors = dict(program.named_predictors())
    for name, state in content["predictors"].items():
        if name not in predictors:
            raise damaged(f"The code of this model builds no predictor {name!r}. Log it again.")
        _apply(predictors[name], state, reader)
    return program


def _apply(predictor: Any, state: dict[str, Any], reader: "Reader") -> None:
    """Give a predictor that the code has built what it had when it was saved."""
    predictor.signature = reader.read(state["signature"])
    predictor.demos = reader.read(state["demos"])
    predictor.config = reader.read(state["config"])
    predictor.lm = reader.read(state["lm"], predictor.lm)


class Reader:
    """Turns nodes of JSON into values; a node with a `$` key is an object."""

    def __init__(self, code: ModelCode) -> None:
        self._code = code
        self._seen: dict[int, Any] = {}
        self._kinds: dict[str, Callable[[dict[str, Any]], Any]] = {
            "$adapter": self._adapter,
            "$bytes": lambda node: base64.b64decode(node["$bytes"]),
            "$class": lambda node: type_from_json(node["$class"], code.resolve),
            "$date": lambda node: dt.date.fromisoformat(node["$date"]),
            "$datetime": lambda node: dt.datetime.fromisoformat(node["$datetime"]),
            "$decimal": lambda node: Decimal(node["$decimal"]),
            "$declared": self._declared,
            "$dict": lambda node: {self.read(k): self.read(v) for k, v in node["$dict"]},
            "$enum": lambda node: code.resolve(node["$enum"])[node["name"]],
            "$env": lambda node: os.environ.get(node["$env"]),
            "$example": self._example,
            "$field": self._field_info,
            "$finish": self._finish_tool,
            "$float": lambda node: float(node["$float"]),
            "$frozenset": lambda node: frozenset(map(self.read, node["$frozenset"])),
            "$function": lambda node: code.resolve(node["$function"]),
            "$lm": self._lm,
            "$method": lambda node: getattr(self.read(node["$method"]), node["name"]),
            "$model": self._pydantic,
            "$module": self._module,
            "$namedtuple": lambda node: code.resolve(node["$namedtuple"])(
                **{name: self.read(value) for name, value in node["fields"].items()}
            ),
            "$new": lambda node: code.resolve(node["$new"])(),
            "$object": self._object,
            "$partial": self._partial,
            "$path": lambda node: Path(PurePosixPath(node["$path"])),
            "$python_module": lambda node: self._code.module(node["$python_module"]),
            "$same": lambda node: self._seen[node["$same"]],
            "$set": lambda node: set(map(self.read, node["$set"])),
            "$signature": self._signature,
            "$tuple": lambda node: tuple(map(self.read, node["$tuple"])),
            **value_kinds(self.read),
        }

    def read(self, node: Any, built: Any = None) -> Any:
        """Return the value of a node; `built` is what the model's code has made in its place."""
        if isinstance(node, list):
            return [self.read(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$built" in node:
            if built is None:
                raise damaged("The code of this model does not build what it did. Log it again.")
            return built
        for key in node:
            if key.startswith("$") and key != "$id":
                kind = self._kinds.get(key)
                if kind is None:
                    raise damaged(f"This model holds a {key!r}, which is not known here.")
                return kind(node)
        return {key: self.read(value) for key, value in node.items()}

    def _remember(self, node: dict[str, Any], value: Any) -> Any:
        if "$id" in node:
            self._seen[node["$id"]] = value
        return value

    def _module(self, node: dict[str, Any]) -> Any:
        """Make a module as it was, without `__init__`: that may ask for what is not here."""
        cls = self._code.resolve(node["$module"])
        program = self._remember(node, cls.__new__(cls))
        base_init = getattr(program, "_base_init", None)
        if base_init is not None:
            base_init()
        for name, value in node["state"].items():
            object.__setattr__(program, name, self.read(value))
        for name in ("callbacks", "history"):
            if name not in vars(program):
                object.__setattr__(program, name, [])
        return program

    def _object(self, node: dict[str, Any]) -> Any:
        cls = self._code.resolve(node["$object"])
        value = self._remember(node, cls.__new__(cls))
        state = {name: self.read(item) for name, item in node["state"].items()}
        if hasattr(value, "__setstate__") and not node.get("slots"):
            value.__setstate__(state)
        else:
            for name, item in state.items():
                object.__setattr__(value, name, item)
        return value

    def _pydantic(self, node: dict[str, Any]) -> Any:
        cls = self._code.resolve(node["$model"])
        fields = {name: self.read(value) for name, value in node["fields"].items()}
        return self._remember(node, cls.model_construct(**fields))

    def _example(self, node: dict[str, Any]) -> Any:
        cls = self._code.resolve(node["$example"])
        example = cls(**{name: self.read(value) for name, value in node["fields"].items()})
        inputs = node.get("inputs")
        return example if inputs is None else example.with_inputs(*inputs)

    def _partial(self, node: dict[str, Any]) -> Any:
        function = self.read(node["$partial"])
        return functools.partial(
            function, *self.read(node["arguments"]), **self.read(node["keywords"])
        )

    def _finish_tool(self, node: dict[str, Any]) -> Any:
        """DSPy's own tool that ends an agent's work: a lambda, which has no name to find it by."""
        import dspy

        return dspy.Tool(func=lambda: "Completed.", name="finish", desc=node["$finish"], args={})

    def _adapter(self, node: dict[str, Any]) -> Any:
        cls = self._code.resolve(node["$adapter"])
        arguments = self.read(node["arguments"])
        taken = inspect.signature(cls.__init__).parameters
        adapter = cls(**{name: value for name, value in arguments.items() if name in taken})
        vars(adapter).update(arguments)
        return self._remember(node, adapter)

    def _declared(self, node: dict[str, Any]) -> Any:
        cls = self._code.resolve(node["$declared"])
        return self._remember(node, load_declared(cls, self.read(node["state"])))

    def _lm(self, node: dict[str, Any]) -> Any:
        """Make a `dspy.LM`; what was read from the environment is read again."""
        import dspy

        kwargs = self.read(node["kwargs"])
        for name, variable in node["environment"].items():
            if os.environ.get(variable):
                kwargs[name] = os.environ[variable]
        attributes = self.read(node["attributes"])
        start = {"model": attributes["model"], **self.read(node["engines"])}
        tokens = kwargs.get("max_tokens", kwargs.get("max_completion_tokens"))
        sampling = {"temperature": kwargs.get("temperature"), "max_tokens": tokens}
        start |= {name: value for name, value in sampling.items() if value is not None}
        lm = dspy.LM(**start)
        lm.kwargs = kwargs
        for name, value in attributes.items():
            setattr(lm, name, value)
        return self._remember(node, lm)

    def _field(self, node: dict[str, Any]) -> tuple[Any, Any]:
        """Return type and description of a signature's field."""
        import dspy

        make = dspy.InputField if node["role"] == "input" else dspy.OutputField
        annotation = type_from_json(node["type"], self._code.resolve)
        return annotation, make(**dict(self.read(node["arguments"])))

    def _field_info(self, node: dict[str, Any]) -> Any:
        """Make a field that is held outside of a signature."""
        annotation, info = self._field(node["$field"])
        info.annotation = annotation
        info.json_schema_extra.update(self.read(node["$field"]["extra"]))
        return info

    def _signature(self, node: dict[str, Any]) -> Any:
        fields = {field["name"]: self._field(field) for field in node["fields"]}
        extras = {field["name"]: self.read(field["extra"]) for field in node["fields"]}
        make_signature = importlib.import_module("dspy.signatures.signature").make_signature
        signature = make_signature(fields, node["instructions"], node["$signature"])
        for name, extra in extras.items():
            signature.model_fields[name].json_schema_extra.update(extra)
        return signature
