"""The arguments of `append`, `insert`, `delete`, `with_updated_fields` and their like."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import (
    ApiInstanceValue,
    Argument,
    Call,
    ConstantValue,
    SignatureValue,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.constructors import (
    MISSING_PARAMETER,
    TOO_MANY_ARGUMENTS,
    UNKNOWN_PARAMETER,
)
from dspy_language_server.rules.finding import DocumentFix, Finding
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Role, Severity

INSERT_INDEX = Rule(
    "DSP329", "insert-index", Severity.ERROR, "insert is given a place that the side does not have."
)

# The parameters of each method, with how many must be given.
PARAMETERS: dict[str, tuple[tuple[str, ...], int]] = {
    "append": (("name", "field", "type_"), 2),
    "prepend": (("name", "field", "type_"), 2),
    "insert": (("index", "name", "field", "type_"), 3),
    "delete": (("name",), 1),
    "with_instructions": (("instructions",), 1),
    "append_instructions": (("instructions",), 1),
    "with_updated_fields": (("name", "type_"), 1),
}


def check_arguments(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """Do the arguments fit the method's parameters?"""
    for call in unit.calls:
        if call.kind != "signature" or not call.sure or call.broken or call.open_ended:
            continue
        if call.method not in PARAMETERS:
            continue
        names, required = PARAMETERS[call.method]
        for argument in call.positional[len(names) :]:
            yield TOO_MANY_ARGUMENTS.at(
                edits.place_of(argument),
                f"`{call.method}` takes {len(names)} arguments: TypeError when the line runs.",
            )
        for keyword, argument in call.keywords.items():
            if keyword not in names and call.method != "with_updated_fields":
                meant = nearest(keyword, names)
                hint = f" Did you mean `{meant}`?" if meant else f" It takes {listed(names)}."
                fix = edits.rename(argument, None if meant in call.keywords else meant)
                yield UNKNOWN_PARAMETER.at(
                    edits.name_place(argument),
                    f"`{call.method}` has no parameter `{keyword}`: TypeError when the line runs.{hint}",
                    fixes=(fix,),
                    data={"name": keyword, "nearest": meant},
                )
        for position, name in enumerate(names[:required]):
            if call.argument(name, position) is None:
                yield MISSING_PARAMETER.at(
                    edits.callee_name(call),
                    f"`{call.method}` needs `{name}`: TypeError when the line runs.",
                    data={"name": name},
                )


_SIDES = {"InputField": Role.INPUT, "OutputField": Role.OUTPUT}


def check_index(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`insert(99, …)`: where is the field put?"""
    for call in unit.calls:
        if call.kind != "signature" or call.method != "insert" or not call.sure or call.broken:
            continue
        argument = call.argument("index", 0)
        if argument is None:
            continue
        place = edits.value_place(argument)
        fix: DocumentFix | None = edits.replace(place, "-1", "Write `-1`: at the end")
        number = _number(argument, surroundings)
        if number is None:
            if argument.value_kind in {"string", "float", "none", "list", "tuple", "dict", "set"}:
                yield INSERT_INDEX.at(
                    place,
                    "`insert` wants a whole number here: TypeError when the line runs. `0` is the "
                    "beginning of the side, `-1` its end.",
                    fixes=(fix,),
                )
            continue
        count = _length(call)
        if count is not None and not -count - 1 <= number <= count:
            yield INSERT_INDEX.at(
                place,
                f"The side has {count} field{'' if count == 1 else 's'}, and DSPy raises ValueError "
                f"for the index {number}: write 0 to {count}, or `-1` for its end.",
                fixes=(fix,),
                data={"count": count},
            )


def _number(argument: Argument, surroundings: Surroundings) -> int | None:
    value = argument.value
    if isinstance(value, ConstantValue):
        return value.value if isinstance(value.value, int) else None
    text = surroundings.slice(argument.value_span).replace(" ", "")
    return int(text) if text.startswith("-") and text[1:].isdecimal() else None


def _length(call: Call) -> int | None:
    """How many fields the side has that `insert` puts its field on; None where that is not known."""
    field = call.argument("field", 2)
    if field is None or not isinstance(call.receiver, SignatureValue):
        return None
    signature = call.receiver.signature
    api = field.value.api if isinstance(field.value, ApiInstanceValue) else ""
    if api not in _SIDES or not signature.complete:
        return None
    return sum(each.role is _SIDES[api] for each in signature.fields)


FAMILY = Family("Methods of signatures", (INSERT_INDEX,), (check_arguments, check_index))
