"""What a `StreamListener` listens to: a field of the program that `streamify` is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dspy_language_server.program.frame import Frame
from dspy_language_server.program.model import (
    UNKNOWN,
    ApiInstanceValue,
    ApiValue,
    Call,
    ClassDefinition,
    ConstantValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    Outputs,
    Predictor,
    PredictorValue,
    SignatureField,
    StringValue,
    Use,
    Value,
    walk_values,
)
from dspy_language_server.program.values import is_none
from dspy_language_server.signature.model import Span

if TYPE_CHECKING:
    from dspy_language_server.program.analysis import Analysis

_ONE_PREDICTOR = frozenset({"Predict", "ChainOfThought"})
"""These hold one predictor with just their own outputs; others have more inside."""
_NO_PROGRAM = (StringValue, ConstantValue, FunctionValue, ExternalValue, ApiValue)
_NO_PREDICTORS = frozenset({"LM", "Tool", "Embedder", "History", "Image"})


def note_listeners(frame: Frame, call: Call) -> None:
    """Notes which fields the listeners of a call name, once it is known whose they are.

    Source: `dspy.streaming.streaming_listener.find_predictor_for_stream_listeners`.
    """
    if call.api == "StreamListener":
        predict = call.keywords.get("predict")
        if predict is not None and isinstance(predict.value, PredictorValue):
            predictor = predict.value.predictor
            own = None if predictor.effective is None else predictor.effective
            if own is not None:
                known = own.complete and predictor.api in _ONE_PREDICTOR
                fields = {field.name: field for field in own.outputs}
                _note(frame, call, Outputs(fields, known, predictor), "predictor")
        return
    program, listeners = call.argument("program", 0), call.argument("stream_listeners", 2)
    if program is None or listeners is None:
        return
    outputs, twice = _outputs(frame.analysis, program.value)
    for value in walk_values(listeners.value):
        if isinstance(value, ApiInstanceValue) and value.api == "StreamListener" and value.call:
            given = value.call.argument("predict", 1)
            if given is None or is_none(given.value):
                _note(frame, value.call, outputs, "program", twice)


def _note(
    frame: Frame,
    call: Call,
    outputs: Outputs,
    listener: str,
    twice: frozenset[str] = frozenset(),
) -> None:
    given = call.argument("signature_field_name", 0)
    if not frame.recording or given is None or not isinstance(given.value, StringValue):
        return
    literal = given.value.literal
    name = literal.value
    frame.unit.uses.append(
        Use(
            anchor=given.value.anchor,
            relative=literal.source_span(Span(0, len(name))),
            name=name,
            kind="item",
            outputs=outputs,
            example=None,
            field=outputs.fields.get(name),
            sure=call.sure,
            guarded=bool(frame.guarded),
            listener="predictor" if listener == "predictor" else "program",
            ambiguous=name in twice,
        )
    )


def _outputs(analysis: Analysis, program: Value) -> tuple[Outputs, frozenset[str]]:
    """The outputs of all predictors in a program, and those that more than one has."""
    found: dict[str, list[SignatureField]] = {}
    count: Counter[str] = Counter()
    complete = True
    seen: set[Predictor] = set()
    for predictor in _predictors(analysis, program, ()):
        signature = None if predictor is None else predictor.effective
        if predictor is None or signature is None:
            complete = False
            continue
        if predictor in seen:
            continue
        seen.add(predictor)
        complete = complete and signature.complete and predictor.api in _ONE_PREDICTOR
        for field in signature.outputs:
            found.setdefault(field.name, []).append(field)
            count[field.name] += 1
    outputs = Outputs(
        {name: fields[0] for name, fields in found.items()},
        complete,
        others={name: tuple(fields[1:]) for name, fields in found.items() if len(fields) > 1},
    )
    return outputs, frozenset(name for name, times in count.items() if times > 1)


def _predictors(
    analysis: Analysis, value: Value, around: tuple[ClassDefinition, ...]
) -> Iterator[Predictor | None]:
    """The predictors in a program; None for something that may hold more of them."""
    for each in walk_values(value):
        match each:
            case PredictorValue(predictor=predictor):
                yield predictor
            case InstanceValue(definition=definition) if definition.kind == "module":
                if definition in around:
                    continue
                if not analysis.knows_bases(definition):
                    yield None
                for held in analysis.attributes(definition).values():
                    yield from _predictors(analysis, held, (*around, definition))
            case ApiInstanceValue(api=api) if api in _NO_PREDICTORS:
                continue
            case _ if isinstance(each, _NO_PROGRAM):
                continue
            case _ if each is UNKNOWN or not _is_container(each):
                yield None


def _is_container(value: Value) -> bool:
    """Whether what it holds is looked at by itself."""
    items = getattr(value, "items", None)
    return items is not None and getattr(value, "complete", True)
