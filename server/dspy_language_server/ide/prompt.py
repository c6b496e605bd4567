"""The prompt that is meant at a caret: its signatures, the program that asks them, and the adapter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dspy_language_server.program.model import (
    ApiInstanceValue,
    Call,
    ClassDefinition,
    ClassValue,
    ConstantValue,
    Context,
    InstanceValue,
    Loggable,
    Predictor,
    PredictorValue,
    Signature,
    SignatureValue,
    StringValue,
)
from dspy_language_server.program.program import Program


class Asked(NamedTuple):
    """A signature and who asks it.

    Attributes:
        signature: As it is declared.
        api: `Predict`, `ChainOfThought`, …
        key: The attribute of a program that asks it; None where it stands alone.
    """

    signature: Signature
    api: str
    key: str | None = None


class Target(NamedTuple):
    """A program of the file, and the attribute of it that is meant (None: all of it)."""

    name: str
    attribute: str | None = None


class ChosenAdapter(NamedTuple):
    """An adapter that the text chooses.

    Attributes:
        name: Its class in DSPy; None where the text alone does not say.
        options: What it is constructed with.
        offset: Where it is chosen.
        is_local: Whether it holds for the caret's place only (`with dspy.context(adapter=…)`).
    """

    name: str | None
    options: Mapping[str, object]
    offset: int
    is_local: bool


class Prompt(NamedTuple):
    """What is previewed."""

    asked: tuple[Asked, ...]
    target: Target | None
    adapter: ChosenAdapter | None


def prompt_at(program: Program, offset: int) -> Prompt | None:
    """What is previewed at a caret; None where nothing there is asked of a language model."""
    context = program.at(offset)
    predictor = _predictor(context)
    if predictor is not None:
        target = _target(program, predictor)
        asked = _asked(predictor, target.attribute if target is not None else None)
    elif (signature := _signature(context)) is not None:
        asked, target = (Asked(signature, "Predict"),), None
    else:
        asked, target = _whole(program, program.loggable_at(offset))
    if not asked and target is None:
        return None
    return Prompt(asked, target, _adapter(program, offset, predictor))


def _predictor(context: Context) -> Predictor | None:
    if context.string is not None:
        return getattr(context.string.call.result, "predictor", None)
    if context.call is not None and context.call.predictor is not None:
        return context.call.predictor
    return context.value.predictor if isinstance(context.value, PredictorValue) else None


def _signature(context: Context) -> Signature | None:
    if context.string is not None:
        return context.string.signature
    match context.value:
        case SignatureValue(signature=signature):
            return signature
        case ClassValue(definition=definition):
            return definition.signature
    return None


def _asked(predictor: Predictor, key: str | None) -> tuple[Asked, ...]:
    declared = predictor.declared
    return () if declared is None else (Asked(declared, predictor.api, key),)


def _target(program: Program, predictor: Predictor) -> Target | None:
    """The program that holds a predictor under a name that can be found once it is built."""
    name = predictor.name
    if name is None or predictor.uri != program.uri:
        return None
    if predictor.owner is not None and name.startswith("self."):
        known = {each.name for each in program.loggables if each.kind == "class"}
        attribute = name.removeprefix("self.")
        return Target(predictor.owner.name, attribute) if predictor.owner.name in known else None
    is_global = name.isidentifier() and program.is_global_at(predictor.span.start)
    return Target(name) if is_global else None


def _whole(program: Program, loggable: Loggable | None) -> tuple[tuple[Asked, ...], Target | None]:
    """All predictors of a module, or of a variable that holds a program."""
    if loggable is None:
        return (), None
    value = program.lookup(loggable.name)
    target = Target(loggable.name)
    match value:
        case PredictorValue(predictor=predictor):
            return _asked(predictor, None), target
        case ClassValue(definition=definition) | InstanceValue(definition=definition):
            return tuple(_of_class(program, definition)), target
    return (), target


def _of_class(program: Program, definition: ClassDefinition) -> Iterator[Asked]:
    for name, value in program.attributes(definition).items():
        if isinstance(value, PredictorValue):
            yield from _asked(value.predictor, name)


# --- The adapter -----------------------------------------------------------------------------------


def _adapter(program: Program, offset: int, predictor: Predictor | None) -> ChosenAdapter | None:
    """The adapter in force at the caret, or where the predictor is called, or in the file."""
    local = _local(program, offset)
    if local is None and predictor is not None:
        calls = [c for c in program.calls() if c.kind == "predictor" and c.predictor is predictor]
        places = [_local(program, call.span.start) for call in calls]
        if places and len({p and (p.name, str(p.options)) for p in places}) == 1:
            local = places[0]
    return local or _configured(program)


def _local(program: Program, offset: int) -> ChosenAdapter | None:
    """What the innermost `with dspy.context(adapter=…)` around a place chooses."""
    found = None
    contexts = _settings(program, "context")
    for head in program.withs_at(offset):
        for call in contexts:
            if head.start <= call.span.start and call.span.end <= head.end:
                found = _choice(call, is_local=True) or found
    return found


def _configured(program: Program) -> ChosenAdapter | None:
    """What the file's last `dspy.configure(adapter=…)` chooses."""
    found = None
    for call in _settings(program, "configure"):
        found = _choice(call, is_local=False) or found
    return found


def _settings(program: Program, api: str) -> list[Call]:
    calls = [c for c in program.calls() if c.kind == "api" and c.api == api]
    return sorted(calls, key=lambda call: call.span)


def _choice(call: Call, *, is_local: bool) -> ChosenAdapter | None:
    argument = call.keywords.get("adapter")
    if argument is None or argument.value_kind == "none":
        return None
    name, options = None, {}
    if isinstance(argument.value, ApiInstanceValue):
        read = _options(argument.value.call)
        if read is not None:
            name, options = argument.value.api, read
    return ChosenAdapter(name, options, call.span.start, is_local)


def _options(call: Call | None) -> dict[str, object] | None:
    """The keywords of an adapter's constructor, where all of it are plain values."""
    if call is None or call.open_ended or call.positional or not call.sure:
        return None
    options: dict[str, object] = {}
    for name, argument in call.keywords.items():
        match argument.value:
            case ConstantValue(value=value) if isinstance(value, bool | int | float | None):
                options[name] = value
            case StringValue(literal=literal):
                options[name] = literal.value
            case _:
                return None
    return options
