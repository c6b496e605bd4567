"""What a program takes and returns, read from its DSPy signatures and its `forward`."""

import inspect
import typing
from typing import Any, NamedTuple


class Field(NamedTuple):
    """One input or output."""

    name: str
    annotation: Any = Any
    required: bool = True
    typed: bool = True
    """False where the type is DSPy's default `str`, which nobody wrote: nothing is converted."""


class Interface(NamedTuple):
    """What a program takes and returns."""

    inputs: tuple[Field, ...] = ()
    is_open: bool = False
    """Whether other inputs than these are taken too (`**kwargs`)."""
    outputs: tuple[Field, ...] | None = None
    """The fields of the prediction; None where they cannot be told without running it."""
    value: Any = None
    """The type of what is returned, where it is no prediction."""
    positional: tuple[str, ...] = ()
    """The inputs that are given by place, and never by name."""

    @property
    def required(self) -> tuple[Field, ...]:
        """The inputs that must be given."""
        return tuple(field for field in self.inputs if field.required)

    @property
    def takes_one_string(self) -> bool:
        """Whether the one thing to give is a string, so that it needs no name."""
        return (
            not self.is_open
            and len(self.inputs) == 1
            and self.inputs[0].required
            and self.inputs[0].annotation is str
        )

    def describe(self) -> str:
        """Spell the inputs as a signature does: `question: str, k: int = …`."""
        return ", ".join(
            f"{field.name}: {type_name(field.annotation)}{'' if field.required else ' = …'}"
            for field in self.inputs
        )

    @property
    def takes(self) -> str:
        """Say for people what is taken."""
        return self.describe() or ("keyword arguments" if self.is_open else "no inputs")


def type_name(annotation: Any) -> str:
    """Spell a type as people write it."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__qualname__
    return str(annotation).replace("typing.", "")


def interface_of(program: Any, code: str | None = None) -> Interface:
    """Return what a program takes and returns, without running it.

    Args:
        program: The module.
        code: The text that it was built from, where it is no file.
    """
    forward = _forward_of(program)
    if forward is None or (getattr(forward, "__module__", None) or "").startswith("dspy."):
        return _of_dspy_module(program)
    from .returns import returned_by

    inputs, is_open = _inputs_of_forward(program, forward)
    outputs, value = returned_by(program, forward, code)
    if outputs is None and value is None:
        said = _hints(forward).get("return")
        value = next((kind for kind in (str, int, float, bool) if said is kind), None)
    parameters = list(inspect.signature(forward).parameters.values())[1:]
    positional = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_ONLY)
    return Interface(inputs, is_open, outputs, value, positional)


def is_async_only(program: Any) -> bool:
    """Whether a program can only be awaited: it has `aforward`, and no `forward`."""
    cls = type(program)
    has = [inspect.getattr_static(cls, name, None) is not None for name in ("forward", "aforward")]
    return has == [False, True]


def _forward_of(program: Any) -> Any:
    """Return the function that answers: `forward`, or `aforward` where there is no other."""
    cls = type(program)
    forward = inspect.getattr_static(cls, "forward", None)
    if forward is None:
        forward = inspect.getattr_static(cls, "aforward", None)
    return getattr(forward, "__func__", forward)


def _of_dspy_module(program: Any) -> Interface:
    """Read a module of DSPy's own: its signature says all."""
    signature = _signature_of(program)
    if signature is None:
        wrapped = getattr(program, "module", None)
        return interface_of(wrapped) if wrapped is not None else Interface(is_open=True)
    inputs = tuple(field_of(name, info) for name, info in signature.input_fields.items())
    outputs: tuple[Field, ...] = tuple(
        field_of(name, info) for name, info in _answering_signature(program).output_fields.items()
    )
    if type(program).__name__ in {"ReAct", "CodeAct"}:
        outputs = (Field("trajectory", dict[str, Any]), *outputs)
    return Interface(inputs, outputs=outputs)


def _signature_of(program: Any) -> Any:
    for owner in (program, getattr(program, "predict", None)):
        signature = getattr(owner, "signature", None)
        if hasattr(signature, "input_fields"):
            return signature
    return None


def _answering_signature(program: Any) -> Any:
    """Return the signature whose outputs end up in the prediction."""
    for name in ("predict", "extract", "generate_output"):
        part = getattr(program, name, None)
        if part is not None and part is not program:
            signature = _signature_of(part)
            if signature is not None:
                return signature
    return _signature_of(program)


def field_of(name: str, info: Any) -> Field:
    """Read one field of a signature."""
    from pydantic_core import PydanticUndefined

    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    undefined = any("TYPE_UNDEFINED" in str(key) and value for key, value in extra.items())
    optional = info.default is not PydanticUndefined or allows_none(info.annotation)
    return Field(name, info.annotation, required=not optional, typed=not undefined)


def allows_none(annotation: Any) -> bool:
    """Whether None is a value of the type."""
    return annotation is type(None) or type(None) in typing.get_args(annotation)


def _inputs_of_forward(program: Any, forward: Any) -> tuple[tuple[Field, ...], bool]:
    known = _fields_of_predictors(program)
    hints = _hints(forward)
    inputs = []
    is_open = False
    parameters = list(inspect.signature(forward).parameters.values())[1:]
    for parameter in parameters:
        if parameter.kind in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}:
            is_open = True
            continue
        field = known.get(parameter.name)
        annotation = hints.get(parameter.name, field.annotation if field else Any)
        required = parameter.default is parameter.empty
        typed = parameter.name in hints or (field is not None and field.typed)
        inputs.append(Field(parameter.name, annotation, required=required, typed=typed))
    if is_open and not inputs:
        predictors = program.predictors()
        if len(predictors) == 1:
            fields = predictors[0].signature.input_fields.items()
            return tuple(field_of(name, info) for name, info in fields), False
    return tuple(inputs), is_open


def _hints(function: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 - a name that is not there any more: no hints
        return {}


def _fields_of_predictors(program: Any) -> dict[str, Field]:
    """Return the inputs of all predictors, the first of a name."""
    fields: dict[str, Field] = {}
    for _, predictor in program.named_predictors():
        for name, info in predictor.signature.input_fields.items():
            fields.setdefault(name, field_of(name, info))
    return fields
