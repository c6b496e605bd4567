"""Signatures from strings, dicts, classes and methods, and what an API adds to them."""

from __future__ import annotations

from dspy_language_server.program.frame import Frame
from dspy_language_server.program.model import (
    ApiInstanceValue,
    ApiValue,
    Argument,
    Call,
    ClassValue,
    ExampleValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    MappingValue,
    ModuleValue,
    PredictionValue,
    PredictorValue,
    SequenceValue,
    Signature,
    SignatureField,
    SignatureString,
    SignatureValue,
    StringValue,
    Value,
)
from dspy_language_server.program.scopes import FrameScope, GivenScope, binding
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Field, Role, Span
from dspy_language_server.signature.scope import Binding, BindingKind, OpenScope, Scope
from dspy_language_server.signature.typereader import read_source_type
from dspy_language_server.source.anchor import Anchor

FIELD_APIS = {"InputField": Role.INPUT, "OutputField": Role.OUTPUT}
METHODS = frozenset(
    [
        "append",
        "prepend",
        "insert",
        "delete",
        "with_updated_fields",
        "with_instructions",
        "append_instructions",
        "equals",
        "dump_state",
        "load_state",
    ]
)


def from_argument(frame: Frame, call: Call, argument: Argument, callee: str) -> Signature | None:
    """The signature that an argument is; None where it cannot be known."""
    value = argument.value
    if isinstance(value, StringValue):
        return from_string(frame, call, argument, callee)
    if isinstance(value, MappingValue) and callee in {"Signature", "make_signature"}:
        return _from_dict(frame, call, value)
    return of_value(value)


def of_value(value: Value) -> Signature | None:
    """The signature that a value is."""
    if isinstance(value, SignatureValue):
        return value.signature
    if isinstance(value, ClassValue):
        return value.definition.signature
    return None


# ------------------------------------------------------------------------------ strings


def from_string(frame: Frame, call: Call, argument: Argument, callee: str) -> Signature:
    """Reads a signature string, with names as they are bound at the call."""
    assert isinstance(argument.value, StringValue)
    value = argument.value
    custom = call.keywords.get("custom_types")
    names: frozenset[str] | None = None
    scope: Scope = FrameScope(frame)
    if custom is not None and custom.value_kind != "none":
        if isinstance(custom.value, MappingValue) and custom.value.complete:
            names = frozenset(custom.value.items)
            scope = GivenScope(scope, _given_types(frame, custom.value, scope))
        else:
            scope = OpenScope()
    # DSPy looks through the callers' frames only for a string that it gets by position.
    searches = callee != "Signature" or argument.name is None
    maker = callee if searches else "make_signature"
    reading = frame.analysis.read(value.literal.value, maker, scope, names)
    string = SignatureString(
        anchor=frame.anchor,
        relative=argument.value_relative,
        literal=value.literal,
        literal_anchor=value.anchor,
        callee=callee,
        call=call,
        reading=reading,
        scope=scope,
        custom_types=names,
    )
    fields = tuple(_string_field(field, string) for field in reading.fields)
    complete = reading.complete and reading.accepted is not False
    signature = Signature("string", fields, complete, string=string, call=call)
    signature.instructions = _text(call.argument("instructions", 1)) if callee in _MAKERS else None
    signature.name = _text(call.argument("signature_name", 2)) if callee in _MAKERS else None
    string.signature = signature
    call.string = string
    if frame.recording:
        frame.unit.strings.append(string)
    return signature


_MAKERS = frozenset({"Signature", "make_signature", "ensure_signature"})


def _given_types(frame: Frame, given: MappingValue, scope: Scope) -> dict[str, Binding]:
    """What `custom_types={...}` binds its names to."""
    found = {}
    for name, value in given.items.items():
        place = given.places.get(name)
        here = place is not None and place.anchor.uri == frame.anchor.uri
        if isinstance(value, ClassValue | ApiValue | ModuleValue | FunctionValue | ExternalValue):
            found[name] = binding(value)
        elif isinstance(value, InstanceValue | PredictorValue | PredictionValue | ExampleValue):
            found[name] = Binding(BindingKind.VALUE, "instance")
        elif here and place is not None:
            text = frame.analysis.text_of(place.anchor, place.value)
            found[name] = Binding(BindingKind.ALIAS, text=text, scope=scope)
        else:
            found[name] = binding(value)
    return found


def _text(argument: Argument | None) -> str | None:
    if argument is not None and isinstance(argument.value, StringValue):
        return argument.value.literal.value
    return None


def _string_field(field: Field, string: SignatureString) -> SignatureField:
    source = string.literal.source_span
    return SignatureField(
        field.name,
        field.role,
        "string",
        string.literal_anchor,
        source(field.name_span),
        field.type_text,
        None if field.type_span is None else source(field.type_span),
        field.resolved,
        reading=field,
        scope=string.scope,
    )


# -------------------------------------------------------------------------------- dicts


def _from_dict(frame: Frame, call: Call, value: MappingValue) -> Signature:
    fields: list[SignatureField] = []
    complete = value.complete
    for name, item in value.items.items():
        place = value.places.get(name)
        anchor = frame.anchor if place is None else place.anchor
        made = field_of_value(name, item, anchor, None if place is None else place.key)
        if made is None:
            complete = False
            continue
        made.origin = "dict"
        made.value_relative = None if place is None else place.value
        if anchor.uri == frame.anchor.uri and made.declaration == "field":
            made.type_relative = None if place is None else place.type
            if made.type_relative is not None:
                made.type_text = frame.analysis.text_of(anchor, made.type_relative)
            if made.type_relative is not None or isinstance(item, ApiInstanceValue):
                judge(frame, made)
        complete = complete and made.declaration == "field"
        fields.append(made)
    instructions = _text(call.argument("instructions", 1))
    name_ = _text(call.argument("signature_name", 2))
    return Signature(
        "dict", ordered(fields), complete, name=name_, instructions=instructions, call=call
    )


def judge(frame: Frame, field: SignatureField) -> None:
    """Works out the type that DSPy is given for a field; without one it is `str`."""
    field.resolved = "str"
    if field.type_text is not None:
        dialect = frame.analysis.dialect
        field.scope = FrameScope(frame)
        field.type_reading = read_source_type(field.type_text, dialect, field.scope, given=True)
        field.resolved = field.type_reading.resolved


def field_of_value(
    name: str, value: Value, anchor: Anchor, name_relative: Span | None
) -> SignatureField | None:
    """The field that a dict's value declares: `(type, Field())`, or `Field()` alone."""
    made = SignatureField(name, Role.INPUT, "dict", anchor, name_relative)
    parts: tuple[Value, ...] = (value,)
    if isinstance(value, SequenceValue) and value.items is not None:
        parts = value.items
    for part in parts:
        if isinstance(part, ApiInstanceValue) and part.api in FIELD_APIS:
            made.role = FIELD_APIS[part.api]
            made.declaration = "field"
            describe(made, part.call)
            return made
        if isinstance(part, ApiValue) and part.name in FIELD_APIS:
            made.role = FIELD_APIS[part.name]
            made.declaration = "uncalled"
            return made
    if not value.known or any(not part.known for part in parts[1:]):
        return None
    made.declaration = "bare" if isinstance(value, ClassValue) else "value"
    return made


def describe(field: SignatureField, call: Call | None) -> None:
    """Takes over what the Field call says."""
    field.call = call
    if call is not None:
        field.description = _text(call.keywords.get("desc")) or _text(
            call.keywords.get("description")
        )


def ordered(fields: list[SignatureField]) -> tuple[SignatureField, ...]:
    """Inputs first, as `Signature.fields` has them."""
    inputs = [field for field in fields if field.role is Role.INPUT]
    return (*inputs, *(field for field in fields if field.role is Role.OUTPUT))


# ------------------------------------------------------------------------------ methods


def derive(frame: Frame, call: Call, base: Signature) -> Signature | None:
    """What a method makes of a signature; None for a method that makes none."""
    method = call.method
    fields = list(base.fields)
    complete = base.complete and not call.open_ended
    instructions = base.instructions
    if method in {"append", "prepend", "insert"}:
        complete = _add(frame, call, fields, method) and complete
    elif method == "delete":
        name = _text(call.argument("name", 0))
        complete = complete and name is not None
        fields = [field for field in fields if field.name != name]
    elif method == "with_instructions":
        instructions = _text(call.argument("instructions", 0))
    elif method == "append_instructions":
        instructions = None
    elif method == "with_updated_fields":
        complete = complete and _update(frame, call, fields)
    else:
        return None
    return Signature(
        "derived",
        tuple(fields),
        complete,
        name=base.name,
        instructions=instructions,
        definition=base.definition,
        call=call,
        base=base,
    )


def _add(frame: Frame, call: Call, fields: list[SignatureField], method: str) -> bool:
    """Adds the field of `append`, `prepend` or `insert`; whether it is known."""
    first = 1 if method == "insert" else 0
    name = call.argument("name", first)
    given = call.argument("field", first + 1)
    type_ = call.argument("type_", first + 2)
    text = _text(name)
    if text is None or name is None or given is None:
        return False
    made = field_of_value(text, given.value, frame.anchor, string_content(name))
    if made is None or made.declaration != "field":
        return False
    made.origin = "method"
    if type_ is not None:
        made.type_relative = type_.value_relative
        made.type_text = frame.analysis.text_of(frame.anchor, type_.value_relative)
    judge(frame, made)
    fields[:] = [field for field in fields if field.name != text]
    side = [index for index, field in enumerate(fields) if field.role is made.role]
    if method == "append":
        at = side[-1] + 1 if side else (len(fields) if made.role is Role.OUTPUT else 0)
    elif method == "prepend" or not side:
        at = side[0] if side else (len(fields) if made.role is Role.OUTPUT else 0)
    else:
        at = _insertion(call, side)
    fields.insert(at, made)
    return True


def _insertion(call: Call, side: list[int]) -> int:
    index = call.argument("index", 0)
    number = getattr(index.value, "value", None) if index is not None else None
    if not isinstance(number, int):
        return side[-1] + 1
    if number < 0:
        number += len(side) + 1
    number = min(max(number, 0), len(side))
    return side[0] + number


def string_content(argument: Argument) -> Span:
    """The name inside an argument's quotes."""
    value = argument.value
    if isinstance(value, StringValue) and argument.value_kind == "string":
        content = value.literal.source_span(Span(0, len(value.literal.value)))
        return content.shifted(argument.value_relative.start - value.literal.span.start)
    return argument.value_relative


def _update(frame: Frame, call: Call, fields: list[SignatureField]) -> bool:
    name = _text(call.argument("name", 0))
    type_ = call.argument("type_", 1)
    if name is None:
        return False
    for index, field in enumerate(fields):
        if field.name == name:
            made = SignatureField(
                name,
                field.role,
                field.origin,
                field.anchor,
                field.name_relative,
                field.type_text if type_ is None else None,
                None if type_ is not None else field.type_relative,
                None if type_ is not None else field.resolved,
                _text(call.keywords.get("desc")) or field.description,
                field.reading if type_ is None else None,
                field.call,
            )
            if type_ is not None and type_.value_kind != "none":
                made.type_text = frame.analysis.text_of(frame.anchor, type_.value_relative)
                judge(frame, made)
            fields[index] = made
            return True
    return False


# ------------------------------------------------------------------------------ effective


def retype_reasoning(frame: Frame, call: Call, effective: Signature) -> None:
    """`rationale_field_type=` of a ChainOfThought, which counts where `rationale_field` is not given."""
    type_ = call.argument("rationale_field_type", 2)
    field = call.argument("rationale_field", 1)
    if type_ is None or (field is not None and field.value_kind != "none"):
        return
    made = SignatureField("reasoning", Role.OUTPUT, "method", None, None)
    if type_.value_kind != "none":
        made.type_relative = type_.value_relative
        made.type_text = frame.analysis.text_of(frame.anchor, type_.value_relative)
    judge(frame, made)
    effective.fields = tuple(made if f.name == "reasoning" else f for f in effective.fields)


def effective(declared: Signature, api: str, dialect: Dialect) -> Signature:
    """A signature as a predictor's calls and predictions see it: with what its API adds."""
    known = dialect.api(api)
    if known is None or known.results is None:
        return declared
    names = [name for name, _ in known.results]
    types = dict(known.results)
    split = names.index("answer") if "answer" in names else len(names)
    replaced = known.replaced
    inputs = [field for field in declared.inputs if field.name not in replaced]
    own = {field.name: field for field in declared.outputs}

    def added(name: str) -> SignatureField:
        found = own.get(name)
        if found is not None:
            return found
        type_ = types[name]
        return SignatureField(name, Role.OUTPUT, "added", None, None, type_, None, type_, None)

    before = [added(name) for name in names[:split]]
    after = [added(name) for name in names[split + 1 :]]
    taken = {field.name for field in (*before, *after)}
    middle = [field for field in declared.outputs if field.name not in taken]
    return Signature(
        declared.kind,
        (*inputs, *before, *middle, *after),
        declared.complete,
        name=declared.name,
        instructions=declared.instructions,
        string=declared.string,
        definition=declared.definition,
        call=declared.call,
        base=declared,
    )
