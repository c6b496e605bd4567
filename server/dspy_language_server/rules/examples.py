"""Examples: inputs that are not there, and examples that never say what their inputs are."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import (
    Call,
    Example,
    ExampleValue,
    SequenceValue,
    StringValue,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentFix, Finding, Place
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Severity

UNKNOWN_INPUT_NAME = Rule(
    "DSP601",
    "with-inputs-of-unknown-field",
    Severity.WARNING,
    "with_inputs names a field that the example lacks.",
)
INPUTS_IN_LIST = Rule(
    "DSP602", "with-inputs-of-a-list", Severity.ERROR, "with_inputs takes names, not a list."
)
UNKNOWN_EXAMPLE_FIELD = Rule(
    "DSP603", "unknown-example-field", Severity.ERROR, "The example has no such field."
)
INPUTS_NOT_SET = Rule(
    "DSP604",
    "example-without-inputs",
    Severity.ERROR,
    "An example is evaluated that does not say which fields are inputs.",
)
POSITIONAL_EXAMPLE = Rule(
    "DSP605",
    "positional-example",
    Severity.WARNING,
    "dspy.Example ignores a positional string.",
)


def check_with_inputs(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """The arguments of `with_inputs`."""
    for call in unit.calls:
        if call.kind != "with_inputs" or not call.sure:
            continue
        yield from _not_names(call, surroundings)
        if isinstance(call.receiver, ExampleValue) and call.receiver.example.complete:
            yield from _unknown_names(call, call.receiver.example)


def _not_names(call: Call, surroundings: Surroundings) -> Iterator[Finding]:
    for argument in call.positional:
        if argument.value_kind not in {"list", "set", "dict"}:
            continue
        place = edits.value_place(argument)
        text = surroundings.slice(argument.value_span)
        fix = edits.replace(place, text[1:-1].strip().rstrip(","), "Take the names out of it")
        yield INPUTS_IN_LIST.at(
            place,
            "`with_inputs` takes the names one by one: TypeError when the line runs. "
            'Write `with_inputs("question", "context")`.',
            fixes=(fix,) if argument.value_kind != "dict" else (),
        )


def _unknown_names(call: Call, example: Example) -> Iterator[Finding]:
    names = list(example.fields)
    for argument in call.positional:
        value = argument.value
        if not isinstance(value, StringValue) or value.literal.value in example.fields:
            continue
        name = value.literal.value
        meant = nearest(name, names)
        hint = f" Did you mean `{meant}`?" if meant else f" It has {listed(names)}."
        place = edits.value_place(argument)
        literal = argument.value_kind == "string"
        fix = edits.replace(place, f'"{meant}"', f"Write `{meant}`") if meant and literal else None
        yield UNKNOWN_INPUT_NAME.at(
            place,
            f"The example has no field `{name}`: it is never given to the program.{hint}",
            fixes=(fix,),
            data={"name": name, "nearest": meant},
        )


def check_uses(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`example.anwser`."""
    for use in unit.uses:
        example = use.example
        if example is None or use.outputs is not None or not example.complete:
            continue
        if not use.sure or use.guarded or use.stored or use.kind == "get":
            continue
        if not use.name or use.name in example.fields or use.name.startswith("_"):
            continue
        if use.kind == "attribute" and use.name in surroundings.dialect.prediction_attributes:
            continue
        meant = nearest(use.name, example.fields)
        hint = f" Did you mean `{meant}`?" if meant else f" It has {listed(example.fields)}."
        place = Place(use.anchor, use.relative)
        error = "AttributeError" if use.kind == "attribute" else "KeyError"
        fix = edits.replace(place, meant, f"Write `{meant}`") if meant else None
        yield UNKNOWN_EXAMPLE_FIELD.at(
            place,
            f"The example has no field `{use.name}`: {error} here.{hint}",
            fixes=(fix,),
            data={"name": use.name, "nearest": meant},
        )


def check_sets(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """Examples of a devset or a batch that never had `with_inputs`."""
    for call in unit.calls:
        if not call.sure:
            continue
        argument = None
        if call.kind == "api" and call.api == "Evaluate":
            argument = call.keywords.get("devset")
        elif call.kind in {"predictor", "module", "method"} and call.method == "batch":
            argument = call.argument("examples", 0)
        if argument is None or not isinstance(argument.value, SequenceValue):
            continue
        bare = [
            item.example
            for item in argument.value.items or ()
            if isinstance(item, ExampleValue)
            and item.example.inputs is None
            and item.example.complete
        ]
        if not bare:
            continue
        fixes = [_set_inputs(example) for example in bare]
        whole = DocumentFix(
            "Say which fields are inputs",
            tuple(edit for fix in fixes for edit in fix.edits),
            preferred=False,
        )
        yield INPUTS_NOT_SET.at(
            edits.value_place(argument),
            "These examples do not say which fields are inputs: DSPy raises ValueError for each. "
            "Write `.with_inputs(…)` behind `dspy.Example(…)`.",
            fixes=(whole,),
        )


def _set_inputs(example: Example) -> DocumentFix:
    name = next(iter(example.fields), "question")
    end = example.call.span.end
    place = Place(example.call.anchor, example.call.relative)
    edit = edits.insert(place, end, f'.with_inputs("{name}")')
    return DocumentFix("Say which fields are inputs", (edit,), preferred=False)


def check_positional(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """`dspy.Example("What is …?", answer="…")`."""
    for call in unit.calls:
        if call.kind != "api" or call.api != "Example" or not call.sure:
            continue
        for argument in call.positional[:1]:
            if argument.value_kind not in {"string", "list", "integer", "float", "tuple"}:
                continue
            yield POSITIONAL_EXAMPLE.at(
                edits.value_place(argument),
                "`dspy.Example` takes fields by keyword; this value is dropped in silence.",
            )


FAMILY = Family(
    "Examples",
    (
        UNKNOWN_INPUT_NAME,
        INPUTS_IN_LIST,
        UNKNOWN_EXAMPLE_FIELD,
        INPUTS_NOT_SET,
        POSITIONAL_EXAMPLE,
    ),
    (check_with_inputs, check_uses, check_sets, check_positional),
)
