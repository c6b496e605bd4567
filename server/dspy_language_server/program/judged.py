"""What the parameters of a metric hold: found out from the calls that have it judge a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dspy_language_server.program import bodies
from dspy_language_server.program.analysis import Analysis
from dspy_language_server.program.calls import given_field
from dspy_language_server.program.model import (
    UNKNOWN,
    Function,
    InstanceValue,
    Judging,
    Outputs,
    ParameterValue,
    PredictionValue,
    PredictorValue,
    Signature,
    SignatureField,
    Unit,
    Value,
)
from dspy_language_server.program.values import merge
from dspy_language_server.signature.model import Role

EXAMPLE, PREDICTION = 0, 1


def judgings(analyses: Iterable[Analysis]) -> dict[Function, list[Judging]]:
    """For each function that judges predictions: the calls that have it do so."""
    return by_function(
        unit for analysis in analyses if analysis.uses_dspy for unit in analysis.units()
    )


def by_function(units: Iterable[Unit]) -> dict[Function, list[Judging]]:
    """For each function that judges predictions: the calls in these units that have it do so."""
    found: dict[Function, list[Judging]] = {}
    for unit in units:
        for judging in unit.judgings:
            found.setdefault(judging.function, []).append(judging)
    return found


def judged(parameter: ParameterValue, known: Mapping[Function, Iterable[Judging]]) -> Value:
    """A prediction with the fields that the parameter carries, or UNKNOWN.

    Of `metric(example, pred, …)` the second is a prediction of the program; the first carries
    what the examples do, named by custom as the program's fields are. `reward_fn(args, pred)`
    gets the inputs.

    Args:
        parameter: A parameter of any function.
        known: What `judgings` found.
    """
    if parameter.index not in {EXAMPLE, PREDICTION}:
        return UNKNOWN
    found: Value | None = None
    for judging in known.get(parameter.function, ()):
        outputs = _outputs(judging.program)
        if parameter.index == PREDICTION:
            value: Value = UNKNOWN if outputs is None else PredictionValue(outputs)
        else:
            value = PredictionValue(Outputs(dict(_of_example(judging, outputs)), complete=False))
        if found is not None and not (found.known and value.known):
            return UNKNOWN
        found = value if found is None else merge(found, value)
    return found or UNKNOWN


def _outputs(program: Value) -> Outputs | None:
    """What a call of a program gives."""
    if isinstance(program, PredictorValue):
        made = program.predictor.effective
        if made is None:
            return None
        return Outputs({f.name: f for f in made.outputs}, made.complete, program.predictor)
    if isinstance(program, InstanceValue):
        value = bodies.forwarded(program.definition)
        return value.outputs if isinstance(value, PredictionValue) else None
    return None


def _of_example(
    judging: Judging, outputs: Outputs | None
) -> Iterator[tuple[str, SignatureField | None]]:
    """What an example carries; the program's fields come last, for they count."""
    for example in judging.examples:
        for name, argument in example.fields.items():
            yield name, given_field(example.call, argument, Role.INPUT)
    if isinstance(judging.program, PredictorValue):
        signature: Signature | None = judging.program.predictor.effective
        for field in signature.inputs if signature is not None else ():
            yield field.name, field
    if outputs is not None and not judging.rewards:
        for name, declared in outputs.fields.items():
            if declared is None or declared.origin != "added":
                yield name, declared
