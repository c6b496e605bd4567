"""ChainOfThought's own field: `rationale_field` is a called OutputField, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import (
    ApiInstanceValue,
    ApiValue,
    Argument,
    ClassValue,
    ConstantValue,
    ForeignFieldValue,
    FunctionValue,
    MappingValue,
    SequenceValue,
    StringValue,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentFix, Finding
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Severity
from dspy_language_server.signature.values import BUILTIN_TYPES

RATIONALE = Rule(
    "DSP414",
    "rationale-field",
    Severity.ERROR,
    "`rationale_field` of ChainOfThought is not an OutputField, or makes its type be ignored.",
)
_TRUTHY_KINDS = frozenset({"integer", "float", "boolean", "string"})


def check_rationale(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """What is given for the reasoning of `dspy.ChainOfThought`."""
    for call in unit.calls:
        if call.kind != "api" or call.api != "ChainOfThought" or not call.sure or call.broken:
            continue
        field = call.argument("rationale_field", 1)
        if field is None or (field.name is None and field.value_kind == "string"):
            continue  # Instructions in its place: DSP406 says so.
        yield from _field(field, surroundings)
        type_ = call.argument("rationale_field_type", 2)
        is_field = isinstance(field.value, ApiInstanceValue)
        if type_ is not None and type_.value_kind != "none" and is_field:
            yield RATIONALE.at(
                edits.name_place(type_),
                "DSPy ignores the type where `rationale_field` is given: `reasoning` is a `str`. "
                "Leave `rationale_field` out, or give the type to the signature: `-> reasoning: …`.",
                severity=Severity.WARNING,
                fixes=(edits.remove(call, type_, preferred=False),),
            )


def _field(argument: Argument, surroundings: Surroundings) -> Iterator[Finding]:
    place = edits.value_place(argument)
    value = argument.value
    fix: DocumentFix | None = None
    if isinstance(value, ApiInstanceValue):
        if value.api != "InputField" or value.call is None:
            return
        if value.call.span == argument.value_span:
            fix = edits.replace(edits.callee_name(value.call), "OutputField", "Make it an output")
        yield RATIONALE.at(
            place,
            "An InputField makes `reasoning` an input: the LM is not asked to reason. Write "
            "`dspy.OutputField(…)`.",
            severity=Severity.WARNING,
            fixes=(fix,),
        )
        return
    if isinstance(value, ApiValue) and value.name in {"InputField", "OutputField"}:
        fix = DocumentFix("Call it: `()`", (edits.insert(place, place.span.end, "()"),))
        what = "a field that is not called"
    elif isinstance(value, ForeignFieldValue):
        what = "a field of another library, which says neither input nor output"
    elif isinstance(value, StringValue | ConstantValue) or argument.value_kind in _TRUTHY_KINDS:
        given = value.literal.value if isinstance(value, StringValue) else None
        truth = given if isinstance(value, StringValue) else getattr(value, "value", None)
        if not truth:
            return  # Something false is as good as None.
        spelled = edits.spelled_anywhere("OutputField", surroundings)
        if argument.value_kind == "string" and spelled is not None:
            fix = edits.wrap(argument, f"{spelled}(desc=", ")", "Make it the description")
        what = "a plain value"
    elif isinstance(value, MappingValue | SequenceValue):
        if not value.items:
            return
        what = "a plain value"
    elif isinstance(value, ClassValue | FunctionValue) or _is_builtin_type(argument, surroundings):
        what = "a type or a function"
    else:
        return
    yield RATIONALE.at(
        place,
        f"`rationale_field` takes `dspy.OutputField(…)`, and this is {what}: it raises when the "
        "line runs. For another type of reasoning write `rationale_field_type=…`.",
        fixes=(fix,),
    )


def _is_builtin_type(argument: Argument, surroundings: Surroundings) -> bool:
    text = surroundings.slice(argument.value_span)
    return text in BUILTIN_TYPES and not surroundings.program.binds(text)


FAMILY = Family("ChainOfThought's reasoning", (RATIONALE,), (check_rationale,))
