"""The arguments of `append`, `insert`, `delete`, `with_updated_fields` and their like."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import Unit
from dspy_language_server.rules import edits
from dspy_language_server.rules.constructors import (
    MISSING_PARAMETER,
    TOO_MANY_ARGUMENTS,
    UNKNOWN_PARAMETER,
)
from dspy_language_server.rules.finding import Finding
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.rule import Family, Surroundings

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


FAMILY = Family("Methods of signatures", (), (check_arguments,))
