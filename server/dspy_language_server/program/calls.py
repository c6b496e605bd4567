"""What a call of a known value is to DSPy, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dspy_language_server.program import signatures
from dspy_language_server.program.frame import Frame
from dspy_language_server.program.listeners import note_listeners
from dspy_language_server.program.model import (
    UNKNOWN,
    ApiInstanceValue,
    ApiValue,
    Argument,
    Call,
    ClassDefinition,
    ClassValue,
    Example,
    ExampleValue,
    Function,
    FunctionValue,
    InstanceValue,
    Judging,
    MappingValue,
    MethodValue,
    ModuleValue,
    Outputs,
    ParameterValue,
    PredictionValue,
    Predictor,
    PredictorValue,
    SequenceValue,
    SignatureField,
    SignatureValue,
    StringValue,
    Use,
    Value,
    walk_values,
)
from dspy_language_server.program.values import element, is_none, merge_all
from dspy_language_server.signature.model import Role, Span

BUILTINS = frozenset(
    [
        "getattr",
        "setattr",
        "list",
        "tuple",
        "sorted",
        "reversed",
        "iter",
        "set",
        "next",
        "enumerate",
        "zip",
    ]
)
_MAKERS = frozenset({"Signature", "make_signature", "ensure_signature"})
_WRAPPERS = frozenset({"Refine", "BestOfN"})
_CALLING = frozenset({"__call__", "acall", "forward", "aforward", "batch"})
_METRIC_AT = {"Evaluate": None, "SIMBA": None, "COPRO": 1}
_SAME = frozenset({"deepcopy", "reset_copy", "copy"})


def resolve(frame: Frame, call: Call, function: Value) -> Value:
    """Completes a call's fact and returns the call's value."""
    method = "__call__"
    if isinstance(function, MethodValue):
        call.receiver, method = function.receiver, function.name
        target: Value = function.receiver
    else:
        target = function
    call.method = method
    is_method = isinstance(function, MethodValue)
    result = _resolve(frame, call, target, method, is_method=is_method)
    if result is None:
        return UNKNOWN
    call.result = result
    if frame.recording:
        frame.unit.calls.append(call)
        _note_roles(frame, call)
    return result


def _resolve(  # noqa: PLR0912 - one case per kind of target
    frame: Frame, call: Call, target: Value, method: str, *, is_method: bool
) -> Value | None:
    """The result, or None for a call that is no fact."""
    match target:
        case ApiValue(name=name) if not is_method:
            call.kind, call.api = "api", name
            return _api(frame, call, name)
        case ModuleValue(name=name) if name.startswith("dspy.") and target.uri is None:
            # No module can be called: a misspelt function or class.
            call.kind, call.api = "api", name.rpartition(".")[2]
            return UNKNOWN
        case PredictorValue(predictor=predictor):
            call.predictor = predictor
            if method in _CALLING:
                call.kind = "predictor"
                return _prediction(frame, call, predictor)
            return _module_method(call, target, method)
        case InstanceValue(definition=definition) if definition.kind == "module":
            call.definition = definition
            if method in _CALLING:
                call.kind = "module"
                return _module_result(frame, call, definition)
            return _module_method(call, target, method)
        case SignatureValue() | ClassValue() if is_method:
            return _signature_method(frame, call, target)
        case ClassValue(definition=definition):
            return _construct(call, definition)
        case SignatureValue():
            call.kind, call.receiver = "signature", target
            return UNKNOWN
        case FunctionValue(function=function, result=result):
            call.kind, call.function = "function", function
            if result is not None:
                return UNKNOWN if isinstance(result, ParameterValue) else result
            if not frame.sees_instance and function.owner is not None:
                # What assigns to `self` is read before what reads it.
                return UNKNOWN
            return frame.analysis.returned(function)
        case ExampleValue(example=example) if is_method:
            return _example_method(call, target, example, method)
        case ApiInstanceValue():
            call.kind, call.receiver, call.api = "method", target, target.api
            if target.api == "Parallel" and method in {"__call__", "forward"}:
                return _in_parallel(frame, call)
            return _instance_method(call, target, method)
        case PredictionValue() if is_method:
            _prediction_method(frame, call, target, method)
            return target if method == "copy" and not call.arguments else None
        case _:
            return None


# ----------------------------------------------------------------------------- DSPy's own


def _api(frame: Frame, call: Call, name: str) -> Value:
    dialect = frame.analysis.dialect
    known = dialect.api(name)
    if name in _MAKERS:
        argument = call.argument("signature", 0)
        made = None if argument is None else signatures.from_argument(frame, call, argument, name)
        return UNKNOWN if made is None else SignatureValue(made)
    if name in _WRAPPERS:
        return _wrapped(frame, call, name)
    if known is not None and known.takes == "string":
        return _predictor(frame, call, name)
    if name == "Prediction":
        return _made_prediction(call)
    if name == "Example":
        return _example(frame, call)
    if name == "majority":
        given = call.argument("prediction_or_completions", 0)
        voted = UNKNOWN if given is None else given.value
        voted = element(voted) if isinstance(voted, SequenceValue) else voted
        return voted if isinstance(voted, PredictionValue) else UNKNOWN
    if name == "asyncify":
        given = call.argument("program", 0)
        program = UNKNOWN if given is None else given.value
        is_program = isinstance(program, PredictorValue | InstanceValue)
        return MethodValue(program, "acall") if is_program else UNKNOWN
    return ApiInstanceValue(name, call) if name[:1].isupper() else UNKNOWN


def _predictor(frame: Frame, call: Call, name: str) -> Value:
    argument = call.argument("signature", 0)
    declared = None
    if argument is not None:
        declared = signatures.from_argument(frame, call, argument, name)
    effective = None
    if declared is not None:
        effective = signatures.effective(declared, name, frame.analysis.dialect)
        if name == "ChainOfThought":
            signatures.retype_reasoning(frame, call, effective)
    made = Predictor(
        anchor=call.anchor,
        relative=call.relative,
        api=name,
        call=call,
        declared=declared,
        effective=effective,
    )
    call.predictor = made
    if frame.recording:
        frame.unit.predictors.append(made)
    return PredictorValue(made)


def _wrapped(frame: Frame, call: Call, name: str) -> Value:
    argument = call.argument("module", 0)
    inner = UNKNOWN if argument is None else argument.value
    if not isinstance(inner, PredictorValue):
        return inner if isinstance(inner, InstanceValue) else UNKNOWN
    made = Predictor(
        anchor=call.anchor,
        relative=call.relative,
        api=inner.predictor.api,
        call=call,
        declared=inner.predictor.declared,
        effective=inner.predictor.effective,
        wrapper=name,
    )
    if frame.recording:
        frame.unit.predictors.append(made)
    return PredictorValue(made)


def _made_prediction(call: Call) -> Value:
    fields = {
        name: given_field(call, argument, Role.OUTPUT) for name, argument in call.keywords.items()
    }
    complete = _says_all(call)
    return PredictionValue(Outputs(fields, complete))


def _says_all(call: Call) -> bool:
    """Whether an example or prediction carries its keywords and no more."""
    return not call.open_ended and not call.positional and "base" not in call.keywords


def given_field(call: Call, argument: Argument, role: Role) -> SignatureField:
    """A keyword of `dspy.Prediction(...)` or `dspy.Example(...)` as the field that it declares."""
    return SignatureField(
        argument.name or "", role, "keyword", argument.anchor, argument.name_relative, call=call
    )


def _example(frame: Frame, call: Call) -> Value:
    made = Example(
        anchor=call.anchor,
        relative=call.relative,
        call=call,
        fields={name: given for name, given in call.keywords.items() if name != "base"},
        complete=_says_all(call),
    )
    if frame.recording:
        frame.unit.examples.append(made)
    return ExampleValue(made)


def _example_method(call: Call, target: ExampleValue, example: Example, method: str) -> Value:
    if method == "with_inputs":
        call.kind = "with_inputs"
        if example.anchor is call.anchor and example.inputs is None:
            example.inputs = call.arguments
            return target
        return ExampleValue(replace(example, inputs=call.arguments))
    call.kind = "method"
    return target if method == "copy" and not call.arguments else UNKNOWN


# ----------------------------------------------------------------- predictors and modules


def _prediction(frame: Frame, call: Call, predictor: Predictor) -> Value:
    signature = predictor.effective
    given = call.keywords.get("signature")
    if given is not None and predictor.api == "Predict":
        signature = signatures.from_argument(frame, call, given, "Predict")
    if signature is None:
        return UNKNOWN
    outputs = Outputs(
        {field.name: field for field in signature.outputs}, signature.complete, predictor
    )
    return _batched(call, PredictionValue(outputs))


def _batched(call: Call, result: Value) -> Value:
    return SequenceValue("list", None, result) if call.method == "batch" else result


def _module_result(frame: Frame, call: Call, definition: ClassDefinition) -> Value:
    return _batched(call, frame.analysis.forwarded(definition))


def _module_method(call: Call, target: Value, method: str) -> Value:
    call.kind = "method"
    return target if method in _SAME else UNKNOWN


def _construct(call: Call, definition: ClassDefinition) -> Value:
    call.kind, call.definition = "class", definition
    return InstanceValue(definition, call)


def _signature_method(frame: Frame, call: Call, target: Value) -> Value | None:
    base = signatures.of_value(target)
    if base is None:
        return None
    call.kind = "signature"
    call.receiver = SignatureValue(base)
    made = signatures.derive(frame, call, base)
    return UNKNOWN if made is None else SignatureValue(made)


def _instance_method(call: Call, target: ApiInstanceValue, method: str) -> Value:
    del target
    if method == "compile":
        student = call.argument("student", 0)
        return UNKNOWN if student is None else student.value
    return UNKNOWN


def _in_parallel(frame: Frame, call: Call) -> Value:
    """What `Parallel()([(program, example), …])` gives: the result of each program."""
    made = call.receiver.call if isinstance(call.receiver, ApiInstanceValue) else None
    if made is None or made.open_ended or "return_failed_examples" in made.keywords:
        return UNKNOWN  # it may give the failed ones beside
    pairs = call.argument("exec_pairs", 0)
    if pairs is None or not isinstance(pairs.value, SequenceValue):
        return UNKNOWN
    if pairs.value.items is None:
        return SequenceValue("list", None, _of_pair(frame, pairs.value.element))
    return SequenceValue("list", tuple(_of_pair(frame, pair) for pair in pairs.value.items))


def _of_pair(frame: Frame, pair: Value) -> Value:
    if not isinstance(pair, SequenceValue) or not pair.items:
        return UNKNOWN
    match pair.items[0]:
        case PredictorValue(predictor=predictor) if predictor.effective is not None:
            made = predictor.effective
            fields = {field.name: field for field in made.outputs}
            return PredictionValue(Outputs(fields, made.complete, predictor))
        case InstanceValue(definition=definition) if definition.kind == "module":
            return frame.analysis.forwarded(definition)
        case _:
            return UNKNOWN


# -------------------------------------------------------------------------------- others


def _prediction_method(frame: Frame, call: Call, target: PredictionValue, method: str) -> None:
    """`pred.get("answer")` uses a field."""
    call.kind = "method"
    given = call.positional
    if method != "get" or not given or not isinstance(given[0].value, StringValue):
        return
    if not frame.recording or given[0].value_kind != "string":
        return
    literal = given[0].value.literal
    name = literal.value
    frame.unit.uses.append(
        Use(
            anchor=frame.anchor,
            relative=frame.span(literal.source_span(Span(0, len(name)))),
            name=name,
            kind="get",
            outputs=target.outputs,
            example=None,
            field=target.outputs.fields.get(name),
            sure=name not in frame.guards,
            guarded=len(given) > 1 or bool(frame.guarded) or name in frame.guards,
        )
    )


def changed(call: Call, target: Value, method: str) -> Value | None:
    """What a list or dict is after a method that changes it; None for another method."""
    if isinstance(target, SequenceValue) and method in {"append", "extend", "insert"}:
        return _grown(call, target, method)
    if isinstance(target, SequenceValue) and method in {"sort", "reverse", "remove", "pop"}:
        return SequenceValue(target.kind, None, element(target))
    if isinstance(target, MappingValue) and method in {"update", "setdefault", "pop", "clear"}:
        return _updated(call, target, method)
    return None


def _grown(call: Call, target: SequenceValue, method: str) -> SequenceValue:
    """A list that has grown is known by its elements only."""
    known = [] if target.items == () else [element(target)]
    given = [argument.value for argument in call.positional[-1:]]
    if method == "extend":
        given = [element(v) if isinstance(v, SequenceValue) else UNKNOWN for v in given]
    return SequenceValue(target.kind, None, merge_all(known + given))


def _updated(call: Call, target: MappingValue, method: str) -> MappingValue:
    """A dict after `update({…})` or `pop("name")`; after anything else not all of it is known."""
    made = MappingValue(dict(target.items), target.complete, dict(target.places))
    first = call.positional[0].value if len(call.arguments) == 1 and call.positional else UNKNOWN
    if method == "update" and isinstance(first, MappingValue):
        made.items.update(first.items)
        made.places.update(first.places)
        made.complete = made.complete and first.complete
    elif method == "pop" and isinstance(first, StringValue):
        made.items.pop(first.literal.value, None)
        made.places.pop(first.literal.value, None)
    else:
        made.complete = False
    return made


def _note_roles(frame: Frame, call: Call) -> None:
    """What a call says of values that were made elsewhere: who judges, what is listened to."""
    _note_judging(frame, call)
    if call.kind == "api" and call.api in {"streamify", "StreamListener"}:
        note_listeners(frame, call)


def _note_judging(frame: Frame, call: Call) -> None:
    """A call that has a program's predictions judged by a function."""
    if call.kind == "api" and call.api in _WRAPPERS:
        judge, program, source = call.argument("reward_fn", 2), call.argument("module", 0), None
    elif call.kind == "method" and isinstance(call.receiver, ApiInstanceValue):
        source = call.receiver.call
        if source is None or call.method not in {"__call__", "compile"}:
            return
        judge = call.keywords.get("metric") or source.argument(
            "metric", _METRIC_AT.get(source.api or "", 0)
        )
        program = call.argument("program" if call.api == "Evaluate" else "student", 0)
    else:
        return
    function = None if judge is None else _judge(frame, judge.value)
    if function is None or program is None:
        return
    programs = [program.value]
    teacher = call.keywords.get("teacher")
    if teacher is not None and not is_none(teacher.value):
        # What is bootstrapped are the teacher's predictions.
        of_teacher = teacher.value
        if isinstance(of_teacher, SequenceValue):
            of_teacher = element(of_teacher)
        programs.append(of_teacher)
    for each in programs:
        frame.unit.judgings.append(
            Judging(
                anchor=frame.anchor,
                relative=call.relative,
                function=function,
                program=each,
                examples=tuple(_examples(call, source)),
                rewards=source is None,
            )
        )


def _judge(frame: Frame, value: Value) -> Function | None:
    """The function that is called where a value judges: also an object's or a module's."""
    match value:
        case FunctionValue(function=function):
            return function
        case InstanceValue(definition=definition):
            name = "forward" if definition.kind == "module" else "__call__"
            return frame.analysis.method(definition, name)
        case _:
            return None


def _examples(call: Call, source: Call | None) -> Iterator[Example]:
    for each in (call, source):
        for name in ("devset", "trainset", "valset"):
            given = None if each is None else each.keywords.get(name)
            for value in walk_values(given.value) if given is not None else ():
                if isinstance(value, ExampleValue):
                    yield value.example
