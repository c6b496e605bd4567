"""Dict signatures, and the methods that make one signature of another."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import (
    ApiValue,
    Argument,
    Call,
    ClassValue,
    MappingValue,
    SequenceValue,
    SignatureValue,
    StringValue,
    TypeValue,
    Unit,
    Value,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentFix, Finding, Place
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Severity
from dspy_language_server.signature.values import BUILTIN_TYPES

DICT_FIELD = Rule(
    "DSP321",
    "dict-field-shape",
    Severity.ERROR,
    "A value of a dict signature is not a pair of type and field.",
)
DICT_TO_PREDICTOR = Rule(
    "DSP322",
    "dict-as-signature",
    Severity.ERROR,
    "A predictor takes no dict: it must go through dspy.Signature.",
)
UNKNOWN_UPDATE = Rule(
    "DSP323",
    "update-of-unknown-field",
    Severity.ERROR,
    "with_updated_fields names a field that the signature lacks.",
)
UNKNOWN_DELETE = Rule(
    "DSP324",
    "delete-of-unknown-field",
    Severity.WARNING,
    "delete names a field that the signature lacks; nothing happens.",
)
SIGNATURE_OF_SIGNATURE = Rule(
    "DSP325",
    "signature-of-signature",
    Severity.ERROR,
    "dspy.Signature takes a string or a dict, not a signature.",
)
ADDED_WITHOUT_FIELD = Rule(
    "DSP326",
    "added-without-field",
    Severity.ERROR,
    "append, prepend and insert need a called InputField or OutputField.",
)

INSTRUCTIONS_LOST = Rule(
    "DSP328",
    "instructions-for-signature",
    Severity.ERROR,
    "ensure_signature takes no instructions for a signature that is made already.",
)

FIELD_APIS = frozenset({"InputField", "OutputField"})
# Where the field and its name stand among the positional arguments.
ADDING = {"append": (0, 1), "prepend": (0, 1), "insert": (1, 2)}


def check_dicts(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """The values of `dspy.Signature({...})`, and dicts given to a predictor."""
    for call in unit.calls:
        if call.kind != "api" or call.api is None or not call.sure:
            continue
        api = surroundings.dialect.api(call.api)
        if api is None or api.takes != "string":
            continue
        argument = call.argument("signature", 0)
        if argument is None or argument.value_kind != "dict":
            continue
        if call.api in {"Signature", "make_signature"}:
            yield from _dict_fields(argument, surroundings)
        elif call.api != "ensure_signature":
            yield _dict_to_predictor(call, argument, surroundings)


def _dict_to_predictor(call: Call, argument: Argument, surroundings: Surroundings) -> Finding:
    spelled = edits.spelled(call, "Signature", surroundings)
    fix = edits.wrap(argument, f"{spelled}(", ")", f"Make it a `{spelled}`") if spelled else None
    return DICT_TO_PREDICTOR.at(
        edits.value_place(argument),
        f"`{call.api}` keeps the dict as it is and fails when it is called. "
        "Put it through `dspy.Signature({...})`.",
        fixes=(fix,),
    )


def _dict_fields(argument: Argument, surroundings: Surroundings) -> Iterator[Finding]:
    value = argument.value
    if not isinstance(value, MappingValue):
        return
    for name, field in value.items.items():
        why = _wrong_dict_field(field)
        place = value.places.get(name)
        if why is None and place is not None and argument.value_kind == "dict":
            text = surroundings.slice(place.anchor.absolute(place.value)).strip()
            if text in BUILTIN_TYPES and not surroundings.program.binds(text):
                why = "is a type alone"
        if why:
            yield DICT_FIELD.at(
                edits.value_place(argument),
                f"`{name}` {why}: DSPy raises ValueError. "
                f'Write `"{name}": (str, dspy.InputField())` or `dspy.OutputField()`.',
                data={"field": name},
            )


def _wrong_dict_field(value: Value) -> str | None:
    """What is wrong with a dict's value; None when it is right or not known."""
    if isinstance(value, SequenceValue):
        return _wrong_pair(value)
    if isinstance(value, ApiValue) and value.name in FIELD_APIS:
        return "is a field that is not called"
    if isinstance(value, StringValue):
        return "is a string"
    if isinstance(value, ClassValue | TypeValue):
        return "is a type alone"
    return None


def _wrong_pair(value: SequenceValue) -> str | None:
    if value.kind != "tuple":
        return f"is a {value.kind}, not a tuple"
    if value.items is None:
        return None
    if len(value.items) != 2:
        return f"has {len(value.items)} parts"
    type_, field = value.items
    if isinstance(type_, StringValue):
        return "has a string for a type"
    if isinstance(field, ApiValue) and field.name in FIELD_APIS:
        return "has a field that is not called"
    if isinstance(field, StringValue | ClassValue):
        return "has no field as its second part"
    return None


def check_methods(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """`append`, `delete`, `with_updated_fields` and their like."""
    for call in unit.calls:
        if call.kind != "signature" or not call.sure or call.broken:
            continue
        if call.method in ADDING:
            yield from _adding(call)
        elif call.method in {"delete", "with_updated_fields"}:
            yield from _naming(call)


def _adding(call: Call) -> Iterator[Finding]:
    argument = call.argument("field", ADDING[call.method][1])
    if argument is None:
        return
    value = argument.value
    if isinstance(value, ApiValue) and value.name in FIELD_APIS:
        place = edits.value_place(argument)
        fix = DocumentFix("Call it: `()`", (edits.insert(place, place.span.end, "()"),))
        yield ADDED_WITHOUT_FIELD.at(
            place,
            f"`{value.name}` is not called: DSPy raises AttributeError. Write `()` behind it.",
            fixes=(fix,),
        )
    elif isinstance(value, StringValue | ClassValue):
        yield ADDED_WITHOUT_FIELD.at(
            edits.value_place(argument),
            f"`{call.method}` needs a field here, `dspy.InputField()` or `dspy.OutputField()`; "
            "the type comes after it.",
        )


def _naming(call: Call) -> Iterator[Finding]:
    if not isinstance(call.receiver, SignatureValue):
        return
    signature = call.receiver.signature
    argument = call.argument("name", 0)
    if argument is None or not isinstance(argument.value, StringValue) or not signature.complete:
        return
    name = argument.value.literal.value
    names = [field.name for field in signature.fields]
    if name in names:
        return
    meant = nearest(name, names)
    hint = f" Did you mean `{meant}`?" if meant else f" It has {listed(names)}."
    place = edits.value_place(argument)
    # A name bound elsewhere is not rewritten here.
    literal = argument.value_kind == "string"
    fix = edits.replace(place, f'"{meant}"', f"Write `{meant}`") if meant and literal else None
    if call.method == "delete":
        yield UNKNOWN_DELETE.at(
            place,
            f"The signature has no field `{name}`: `delete` does nothing.{hint}",
            fixes=(fix,),
            data={"name": name, "nearest": meant},
        )
    else:
        yield UNKNOWN_UPDATE.at(
            place,
            f"The signature has no field `{name}`: DSPy raises KeyError.{hint}",
            fixes=(fix,),
            data={"name": name, "nearest": meant},
        )


def check_signature_of_signature(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`dspy.Signature(MySignature, "instructions")`."""
    for call in unit.calls:
        if call.kind != "api" or call.api != "Signature" or not call.sure:
            continue
        argument = call.argument("signature", 0)
        if argument is None or argument.value_kind == "string":
            continue
        value = argument.value
        if not is_signature(value):
            continue
        instructions = call.argument("instructions", 1)
        text = surroundings.slice(argument.value_span)
        fix = None
        if len(call.arguments) == 1:
            fix = edits.replace(_whole(call), text, f"Write `{text}` alone")
        elif len(call.arguments) == 2 and instructions is not None:
            fix = _instructed(call, text, instructions, surroundings)
        yield SIGNATURE_OF_SIGNATURE.at(
            edits.value_place(argument),
            "`dspy.Signature` takes a string or a dict; for a signature it raises. "
            f"Write `{text}` or `{text}.with_instructions(…)`.",
            fixes=(fix,),
        )


def check_ensured(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`ensure_signature(MySignature, "instructions")`."""
    for call in unit.calls:
        if call.kind != "api" or call.api != "ensure_signature" or not call.sure:
            continue
        argument = call.argument("signature", 0)
        instructions = call.argument("instructions", 1)
        if argument is None or instructions is None or instructions.value_kind == "none":
            continue
        if argument.value_kind == "string" or not is_signature(argument.value):
            continue
        text = surroundings.slice(argument.value_span)
        fix = None
        if len(call.arguments) == 2:
            fix = _instructed(call, text, instructions, surroundings)
        yield INSTRUCTIONS_LOST.at(
            edits.value_place(instructions),
            "A signature that is made already takes no instructions here: DSPy raises ValueError. "
            f"Write `{text}.with_instructions(…)`.",
            fixes=(fix,),
        )


def _instructed(
    call: Call, signature: str, instructions: Argument, surroundings: Surroundings
) -> DocumentFix:
    given = surroundings.slice(instructions.value_span)
    new = f"{signature}.with_instructions({given})"
    return edits.replace(_whole(call), new, "Use `with_instructions`")


def _whole(call: Call) -> Place:
    return Place(call.anchor, call.relative)


def is_signature(value: Value) -> bool:
    """Whether a value is certainly a signature: made by DSPy, or a class of the workspace."""
    if isinstance(value, SignatureValue):
        return True
    return isinstance(value, ClassValue) and value.definition.kind == "signature"


FAMILY = Family(
    "Dict signatures and derived ones",
    (
        DICT_FIELD,
        DICT_TO_PREDICTOR,
        UNKNOWN_UPDATE,
        UNKNOWN_DELETE,
        SIGNATURE_OF_SIGNATURE,
        ADDED_WITHOUT_FIELD,
        INSTRUCTIONS_LOST,
    ),
    (check_dicts, check_methods, check_signature_of_signature, check_ensured),
)
