"""Reads expressions: what each is known to be, with a fact for every call, use and name on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from dspy_language_server.program import calls, members
from dspy_language_server.program.frame import Frame
from dspy_language_server.program.model import (
    UNKNOWN,
    Argument,
    Call,
    ClassValue,
    ConstantValue,
    ExternalValue,
    ForeignFieldValue,
    Function,
    FunctionValue,
    InstanceValue,
    KeyPlace,
    MappingValue,
    MethodValue,
    ModuleValue,
    NameUse,
    ObjectValue,
    Parameter,
    ParameterUse,
    ParameterValue,
    PredictionValue,
    Predictor,
    PredictorValue,
    SequenceValue,
    SignatureValue,
    StringValue,
    Use,
    Value,
    ValueKind,
)
from dspy_language_server.program.objects import value_of_field
from dspy_language_server.program.values import element, merge, merge_all
from dspy_language_server.signature.model import Span
from dspy_language_server.source import syntax as s
from dspy_language_server.source.anchor import Anchor
from dspy_language_server.source.literals import StringLiteral, dedented, joined

_FIELD_FUNCTIONS = frozenset({"pydantic.Field", "pydantic.fields.Field", "dataclasses.field"})
_NAMED = (PredictorValue, ClassValue, SignatureValue, InstanceValue)


def evaluate(frame: Frame, expression: s.Expression) -> Value:
    """What an expression is known to be."""
    reader = _READERS.get(type(expression))
    return UNKNOWN if reader is None else reader(frame, expression)


def _name(frame: Frame, e: s.Name) -> Value:
    value = frame.lookup(e.id)
    note_name(frame, Span(e.start, e.end), e.id, value)
    return value


def note_name(
    frame: Frame,
    span: Span,
    text: str,
    value: Value,
    *,
    binding: bool = False,
    receiver: Value = UNKNOWN,
) -> None:
    """Notes that a name stands for something of the model."""
    if frame.recording and (isinstance(value, _NAMED) or receiver.known):
        frame.unit.names.append(
            NameUse(
                anchor=frame.anchor,
                relative=frame.span(span),
                text=text,
                value=value,
                binding=binding,
                receiver=receiver,
            )
        )


def _attribute(frame: Frame, e: s.Attribute) -> Value:
    inherited = _of_super(frame, e)
    if inherited is not None:
        return inherited
    receiver = evaluate(frame, e.value)
    if isinstance(receiver, ParameterValue):
        return _note_parameter_use(frame, receiver, e.name, e.name_span, "attribute")
    if not receiver.known:
        return UNKNOWN
    if isinstance(receiver, ObjectValue):
        return _note_member(frame, receiver, e)
    if members.is_field(receiver, e.name):
        used = note_use(frame, receiver, e.name, e.name_span, "attribute")
        is_method = isinstance(receiver, PredictionValue) and e.name in members.EXAMPLE_METHODS
        return MethodValue(receiver, e.name) if is_method else used
    value = members.member(frame, receiver, e.name)
    if not isinstance(receiver, ModuleValue):
        note_name(frame, e.name_span, e.name, value, receiver=receiver)
    elif isinstance(value, _NAMED):
        note_name(frame, e.name_span, e.name, value)
    return value


def _of_super(frame: Frame, e: s.Attribute) -> Value | None:
    """`super().forward`: the base's method; what it gives may depend on the subclass."""
    call, own = e.value, frame
    if not isinstance(call, s.Call) or call.arguments or not isinstance(call.function, s.Name):
        return None
    if call.function.id != "super" or frame.find("super") is not None:
        return None
    while own.self_class is None and own.parent is not None:
        own = own.parent
    for base in own.self_class.bases if own.self_class is not None else ():
        if isinstance(base, ClassValue):
            method = frame.analysis.method(base.definition, e.name)
            if method is not None:
                return FunctionValue(method, bound=True, result=UNKNOWN)
    return None


def _note_member(frame: Frame, receiver: ObjectValue, e: s.Attribute) -> Value:
    """Notes that an attribute of what a field holds is read: `pred.contact.name`."""
    value = members.member(frame, receiver, e.name)
    if frame.recording:
        frame.unit.names.append(
            NameUse(
                anchor=frame.anchor,
                relative=frame.span(e.name_span),
                text=e.name,
                value=value,
                binding=False,
                receiver=receiver,
            )
        )
    return value


def note_use(
    frame: Frame,
    receiver: Value,
    name: str,
    span: Span,
    kind: str,
    *,
    guarded: bool = False,
    stored: bool = False,
    called: bool = False,
) -> Value:
    """Notes the use of a prediction's or example's field."""
    if frame.recording:
        outputs = receiver.outputs if isinstance(receiver, PredictionValue) else None
        example = getattr(receiver, "example", None)
        frame.unit.uses.append(
            Use(
                anchor=frame.anchor,
                relative=frame.span(span),
                name=name,
                kind="item" if kind == "item" else "get" if kind == "get" else "attribute",
                outputs=outputs,
                example=example,
                field=None if outputs is None else outputs.fields.get(name),
                sure=name not in frame.guards,
                guarded=guarded or bool(frame.guarded) or name in frame.guards,
                stored=stored,
                called=called,
            )
        )
    if isinstance(receiver, PredictionValue) and name not in frame.guards:
        if name == "completions" and name not in receiver.outputs.fields:
            # It has the same fields, each as a list, and is a list of predictions itself.
            return PredictionValue(replace(receiver.outputs, complete=False))
        return merge_all(map(value_of_field, receiver.outputs.declarations(name)))
    return UNKNOWN


def note_demo(
    frame: Frame, predictor: Predictor, name: str, relative: Span, anchor: Anchor
) -> None:
    """Notes that a demonstration names a predictor's field."""
    known = predictor.effective
    if frame.recording and known is not None:
        frame.unit.uses.append(
            Use(
                anchor=anchor,
                relative=relative,
                name=name,
                kind="item",
                outputs=None,
                example=None,
                field=known.field(name),
                sure=True,
                guarded=False,
                demo=predictor,
            )
        )


def _note_parameter_use(
    frame: Frame,
    parameter: ParameterValue,
    name: str,
    span: Span,
    kind: Literal["attribute", "item"],
) -> Value:
    if frame.recording:
        frame.unit.parameter_uses.append(
            ParameterUse(
                anchor=frame.anchor,
                relative=frame.span(span),
                name=name,
                kind=kind,
                parameter=parameter,
                guarded=bool(frame.guarded) or name in frame.guards,
            )
        )
    return UNKNOWN


def _call(frame: Frame, e: s.Call, *, awaited: bool = False) -> Value:
    if isinstance(e.function, s.Name) and e.function.id in calls.BUILTINS:
        return _builtin(frame, e)
    function = evaluate(frame, e.function)
    if isinstance(e.function, s.Attribute) and members.is_field_called(function, frame):
        frame.unit.uses[-1].called = True
    arguments = tuple(_argument(frame, a) for a in e.arguments)
    if not function.known:
        return UNKNOWN
    if isinstance(function, ExternalValue):
        return _external(function, e, arguments, frame)
    name = e.function.name_span if isinstance(e.function, s.Attribute) else e.function.span
    call = Call(
        anchor=frame.anchor,
        relative=frame.span(e),
        kind="api",
        callee_relative=frame.span(e.function),
        name_relative=frame.span(name),
        arguments_relative=frame.span(e.parentheses),
        arguments=arguments,
        sure=True,
        broken=e.broken,
        awaited=awaited,
    )
    result = calls.resolve(frame, call, function)
    if isinstance(function, MethodValue) and isinstance(e.function, s.Attribute):
        changed = calls.changed(call, function.receiver, function.name)
        if changed is not None:
            rebind(frame, e.function.value, changed)
    return result


def rebind(frame: Frame, target: s.Expression, value: Value) -> None:
    """A list or dict has changed: the name or attribute that holds it stands for the new one."""
    if isinstance(target, s.Name):
        frame.bind(target.id, value)
    elif isinstance(target, s.Attribute) and is_self(frame, target.value):
        frame.self_attributes[target.name] = value
    elif isinstance(target, s.Attribute):
        recording, frame.recording = frame.recording, False
        holder = evaluate(frame, target.value)
        frame.recording = recording
        if isinstance(holder, InstanceValue):
            assigned = {**holder.assigned, target.name: value}
            rebind(frame, target.value, replace(holder, assigned=assigned))


def is_self(frame: Frame, expression: s.Expression) -> bool:
    """Whether an expression is the instance that the current method belongs to."""
    if not isinstance(expression, s.Name) or frame.self_class is None:
        return False
    value = frame.env.get(expression.id)
    return isinstance(value, InstanceValue) and value.definition is frame.self_class


def _argument(frame: Frame, a: s.Argument) -> Argument:
    return Argument(
        a.kind,
        a.name,
        frame.anchor,
        frame.span(a.span),
        None if a.name_span is None else frame.span(a.name_span),
        frame.span(a.value),
        kind_of(a.value),
        evaluate(frame, a.value),
    )


def kind_of(e: s.Expression) -> ValueKind:
    """The syntactic kind of a value."""
    match e:
        case s.String(literal=literal):
            return "string" if literal is not None else "other"
        case s.Constant(kind=kind):
            return "other" if kind == "other" else kind
        case s.Display(kind=kind):
            return kind
        case s.Dictionary():
            return "dict"
        case s.Comprehension(kind="list"):
            return "list"
        case s.Comprehension(kind="set"):
            return "set"
        case s.Comprehension(kind="dict"):
            return "dict"
        case _:
            return "other"


def _builtin(frame: Frame, e: s.Call) -> Value:
    """A builtin whose result or whose guard matters."""
    assert isinstance(e.function, s.Name)
    values = [evaluate(frame, a.value) for a in e.arguments]
    name = e.function.id
    if frame.find(name) is not None or not values:
        return UNKNOWN
    first = values[0]
    if name == "setattr" and len(values) == 3 and isinstance(first, InstanceValue):
        return _setattr(frame, e, values[2])
    if name == "getattr" and len(values) >= 2:
        return _getattr(frame, e, first)
    if name in {"list", "tuple", "sorted", "reversed", "iter", "set"}:
        return first if isinstance(first, SequenceValue) else UNKNOWN
    if name == "next":
        return element(first) if isinstance(first, SequenceValue) else UNKNOWN
    if name == "enumerate" and isinstance(first, SequenceValue):
        return SequenceValue("list", None, SequenceValue("tuple", (UNKNOWN, element(first))))
    if name == "zip":
        parts = tuple(element(v) if isinstance(v, SequenceValue) else UNKNOWN for v in values)
        return SequenceValue("list", None, SequenceValue("tuple", parts))
    return UNKNOWN


def _setattr(frame: Frame, e: s.Call, value: Value) -> Value:
    """`setattr(program, "step", …)` is an assignment; of another name any attribute may be meant."""
    target, given = e.arguments[0].value, e.arguments[1].value
    if isinstance(given, s.String) and given.literal is not None:
        name = s.Attribute(e.start, e.end, target, given.literal.value, given.span)
        rebind(frame, name, value)
    elif not is_self(frame, target):
        rebind(frame, target, UNKNOWN)
    return UNKNOWN


def _getattr(frame: Frame, e: s.Call, first: Value) -> Value:
    given = e.arguments[1].value
    if not isinstance(given, s.String) or given.literal is None:
        return UNKNOWN
    name = given.literal.value
    if members.is_field(first, name):
        span = given.literal.source_span(Span(0, len(name)))
        return note_use(frame, first, name, span, "attribute", guarded=len(e.arguments) > 2)
    return members.member(frame, first, name)


def _external(
    function: ExternalValue, e: s.Call, arguments: tuple[Argument, ...], frame: Frame
) -> Value:
    """A function of another library that hands on what it gets."""
    spelled = f"{function.module}.{function.name}"
    first = arguments[0].value if arguments else UNKNOWN
    if spelled in {"textwrap.dedent", "inspect.cleandoc"} and isinstance(first, StringValue):
        if spelled == "textwrap.dedent":
            shifted = first.literal
            return StringValue(dedented(shifted, shifted.span), first.anchor)
        return UNKNOWN
    if spelled in {"copy.deepcopy", "copy.copy", "asyncio.run", "typing.cast"}:
        return arguments[-1].value if spelled == "typing.cast" and arguments else first
    if spelled == "functools.partial" and isinstance(first, FunctionValue):
        only_keywords = all(a.kind == "keyword" for a in arguments[1:])
        return replace(first, partial=True) if only_keywords else UNKNOWN
    if spelled == "asyncio.gather":
        if any(a.kind != "positional" for a in arguments):
            return SequenceValue("tuple", None)
        return SequenceValue("tuple", tuple(a.value for a in arguments))
    if spelled in _FIELD_FUNCTIONS:
        keywords = frozenset(a.name for a in arguments if a.name is not None)
        complete = all(a.kind in {"positional", "keyword"} for a in arguments)
        return ForeignFieldValue(spelled, keywords, complete)
    del e, frame
    return UNKNOWN


def _subscript(frame: Frame, e: s.Subscript) -> Value:
    receiver = evaluate(frame, e.value)
    for index in e.indices:
        evaluate(frame, index)
    if len(e.indices) != 1:
        return UNKNOWN
    index = e.indices[0]
    key = index.literal.value if isinstance(index, s.String) and index.literal else None
    if key is not None and members.has_items(receiver):
        assert isinstance(index, s.String)
        assert index.literal is not None
        span = index.literal.source_span(Span(0, len(key)))
        return note_use(frame, receiver, key, span, "item")
    if isinstance(receiver, ParameterValue) and key is not None:
        assert isinstance(index, s.String)
        assert index.literal is not None
        span = index.literal.source_span(Span(0, len(key)))
        return _note_parameter_use(frame, receiver, key, span, "item")
    if isinstance(receiver, MappingValue):
        if key is not None:
            return receiver.items.get(key, UNKNOWN)
        return merge_all(receiver.items.values()) if receiver.complete else UNKNOWN
    if isinstance(receiver, SequenceValue):
        return _item(receiver, index)
    return receiver if isinstance(receiver, PredictionValue) and key is None else UNKNOWN


def _item(receiver: SequenceValue, index: s.Expression) -> Value:
    if receiver.items is not None and isinstance(index, s.Constant) and index.kind == "integer":
        try:
            number = int(index.text.replace("_", ""), 0)
        except ValueError:
            return UNKNOWN
        return receiver.items[number] if number < len(receiver.items) else UNKNOWN
    if isinstance(index, s.Other):  # A slice keeps what the elements are.
        return SequenceValue(receiver.kind, None, element(receiver))
    return element(receiver)


def _string(frame: Frame, e: s.String) -> Value:
    for inner in e.inner:
        evaluate(frame, inner)
    if e.literal is None:
        return UNKNOWN
    return StringValue(e.literal, frame.statement_anchor())


def _constant(frame: Frame, e: s.Constant) -> Value:
    del frame
    if e.kind == "none":
        return ConstantValue(None)
    if e.kind == "boolean":
        return ConstantValue(e.text == "True")
    try:
        if e.kind == "integer":
            return ConstantValue(int(e.text.replace("_", ""), 0))
        if e.kind == "float":
            return ConstantValue(float(e.text.replace("_", "")))
    except ValueError:
        pass
    return UNKNOWN


def _display(frame: Frame, e: s.Display) -> Value:
    values: list[Value] = []
    starred = False
    for item in e.items:
        if isinstance(item, s.Starred):
            starred = True
            inner = evaluate(frame, item.value)
            values.append(element(inner) if isinstance(inner, SequenceValue) else UNKNOWN)
        else:
            values.append(evaluate(frame, item))
    if starred:
        return SequenceValue(e.kind, None, merge_all(values))
    return SequenceValue(e.kind, tuple(values))


def _dictionary(frame: Frame, e: s.Dictionary) -> Value:
    made = MappingValue({}, complete=True)
    for key, item in e.items:
        value = evaluate(frame, item)
        if key is not None:
            evaluate(frame, key)
        if isinstance(key, s.String) and key.literal is not None:
            name = key.literal.value
            made.items[name] = value
            made.places[name] = key_place(frame, key.literal, item)
        elif key is None and isinstance(value, MappingValue):
            made.items.update(value.items)
            made.places.update(value.places)
            made.complete = made.complete and value.complete
        else:
            made.complete = False
    return made


def key_place(frame: Frame, key: StringLiteral, item: s.Expression) -> KeyPlace:
    """Where a key of a dict and its value are written."""
    type_ = item.items[0] if isinstance(item, s.Display) and len(item.items) > 1 else None
    return KeyPlace(
        frame.anchor,
        frame.span(key.source_span(Span(0, len(key.value)))),
        frame.span(item),
        None if type_ is None else frame.span(type_),
    )


def _await(frame: Frame, e: s.Await) -> Value:
    if isinstance(e.value, s.Call):
        return _call(frame, e.value, awaited=True)
    return evaluate(frame, e.value)


def _binary(frame: Frame, e: s.Binary) -> Value:
    left, right = evaluate(frame, e.left), evaluate(frame, e.right)
    if e.operator == "+":
        if (
            isinstance(left, StringValue)
            and isinstance(right, StringValue)
            and left.anchor is right.anchor
        ):
            span = Span(
                min(left.literal.span.start, right.literal.span.start),
                max(left.literal.span.end, right.literal.span.end),
            )
            return StringValue(joined([left.literal, right.literal], span), left.anchor)
        if isinstance(left, SequenceValue) and isinstance(right, SequenceValue):
            if left.items is not None and right.items is not None:
                return SequenceValue(left.kind, left.items + right.items)
            return SequenceValue(left.kind, None, merge(element(left), element(right)))
    return UNKNOWN


def _boolean(frame: Frame, e: s.Boolean) -> Value:
    values = [evaluate(frame, operand) for operand in e.operands]
    return merge_all(values) if e.operator == "or" else UNKNOWN


def _every(frame: Frame, e: s.Expression) -> Value:
    for inner in e.children():
        evaluate(frame, inner)
    return UNKNOWN


def _conditional(frame: Frame, e: s.Conditional) -> Value:
    evaluate(frame, e.test)
    return merge(evaluate(frame, e.body), evaluate(frame, e.other))


def _lambda(frame: Frame, e: s.Lambda) -> Value:
    for parameter in e.parameters:
        if parameter.default is not None:
            evaluate(frame, parameter.default)
    function = Function(
        anchor=frame.anchor,
        relative=frame.span(e),
        name="<lambda>",
        name_relative=frame.span(Span(e.start, e.start + len("lambda"))),
        parameters=tuple(parameter_of(p, frame.anchor, frame.base) for p in e.parameters),
    )
    names: dict[str, Value] = {
        p.name: ParameterValue(function, index) if p.kind == "positional" else UNKNOWN
        for index, p in enumerate(e.parameters)
    }
    result = _scoped(frame, names, lambda: evaluate(frame, e.body))
    return FunctionValue(function, result=result)


def parameter_of(given: s.Parameter, anchor: Anchor, start: int) -> Parameter:
    """A parameter of a function or lambda whose statement begins at `start`."""
    return Parameter(
        given.name,
        given.kind,
        given.default is None and given.kind in {"positional", "keyword"},
        anchor,
        given.name_span.shifted(start),
        given.annotation_text,
        given.default_text,
    )


def _scoped(frame: Frame, names: dict[str, Value], read: Callable[[], Value]) -> Value:
    """Reads with some names bound as in a scope of their own."""
    saved = {name: frame.env.get(name) for name in names}
    frame.env.update(names)
    try:
        return read()
    finally:
        for name, value in saved.items():
            if value is None:
                frame.env.pop(name, None)
            else:
                frame.env[name] = value


def _comprehension(frame: Frame, e: s.Comprehension) -> Value:
    saved = dict(frame.env)
    try:
        for clause in e.clauses:
            value = evaluate(frame, clause.value)
            if clause.target is not None:
                item = element(value) if isinstance(value, SequenceValue) else UNKNOWN
                bind_pattern(frame, clause.target, item)
        found = evaluate(frame, e.element)
        if e.value is not None:
            evaluate(frame, e.value)
            return UNKNOWN
    finally:
        frame.env = saved
    return SequenceValue("set" if e.kind == "set" else "list", None, found)


def bind_pattern(frame: Frame, target: s.Expression, value: Value) -> None:
    """Binds names to the parts of a value; attributes and items are left to the caller."""
    if isinstance(target, s.Name):
        frame.bind(target.id, value)
        note_name(frame, target.span, target.id, value, binding=True)
    elif isinstance(target, s.Display):
        items = value.items if isinstance(value, SequenceValue) else None
        plain = not any(isinstance(item, s.Starred) for item in target.items)
        for index, item in enumerate(target.items):
            part: Value = UNKNOWN
            if items is not None and plain and len(items) == len(target.items):
                part = items[index]
            elif items is None and isinstance(value, SequenceValue) and plain:
                part = value.element
            bind_pattern(frame, item, part)
    elif isinstance(target, s.Starred):
        bind_pattern(frame, target.value, UNKNOWN)


def _starred(frame: Frame, e: s.Starred) -> Value:
    evaluate(frame, e.value)
    return UNKNOWN


def _walrus(frame: Frame, e: s.Walrus) -> Value:
    value = evaluate(frame, e.value)
    bind_pattern(frame, e.target, value)
    return value


def _plain_call(frame: Frame, e: s.Call) -> Value:
    return _call(frame, e)


_READERS: dict[type[s.Expression], Callable[[Frame, Any], Value]] = {
    s.Name: _name,
    s.Attribute: _attribute,
    s.Call: _plain_call,
    s.Subscript: _subscript,
    s.String: _string,
    s.Constant: _constant,
    s.Display: _display,
    s.Dictionary: _dictionary,
    s.Await: _await,
    s.Binary: _binary,
    s.Boolean: _boolean,
    s.Compare: _every,
    s.Other: _every,
    s.Conditional: _conditional,
    s.Lambda: _lambda,
    s.Comprehension: _comprehension,
    s.Starred: _starred,
    s.Walrus: _walrus,
}
