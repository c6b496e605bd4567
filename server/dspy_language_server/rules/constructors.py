"""Constructors of predictors: parameters that are unknown, missing or lost."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import (
    Argument,
    Call,
    StringValue,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.derived_signatures import is_signature
from dspy_language_server.rules.finding import DocumentEdit, DocumentFix, Finding
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.dialect import Api
from dspy_language_server.signature.model import Severity

UNKNOWN_PARAMETER = Rule(
    "DSP401", "unknown-parameter", Severity.ERROR, "The constructor has no such parameter."
)
MISSING_PARAMETER = Rule(
    "DSP402", "missing-parameter", Severity.ERROR, "The constructor needs this parameter."
)
LOST_PARAMETER = Rule(
    "DSP403",
    "lost-parameter",
    Severity.WARNING,
    "The constructor passes this keyword to the LM and does nothing else with it.",
)
POSITIONAL_INSTRUCTIONS = Rule(
    "DSP406",
    "positional-instructions",
    Severity.ERROR,
    "The second positional argument is not the instructions.",
)
TOO_MANY_ARGUMENTS = Rule(
    "DSP410", "too-many-arguments", Severity.ERROR, "More positional arguments than parameters."
)

# Keywords that people mean for DSPy and that `**config` hands to the LM instead.
LOST = {
    "instructions": "the signature's instructions stay as they were",
    "instruction": "the signature's instructions stay as they were",
    "demos": "no few-shot example is used",
    "examples": "no few-shot example is used",
    "lm": "the configured LM is used; call `.set_lm(lm)` on the predictor",
    "tools": "no tool is used; `dspy.ReAct` takes tools",
    "max_iters": "nothing is repeated",
    "adapter": "the configured adapter is used",
    "signature_name": "the signature keeps its name",
    "custom_types": "the types are not looked up in it; pass it to `dspy.Signature`",
    "activated": "it has no effect since DSPy 2.5",
    "rationale_type": "it has no effect since DSPy 2.5",
    "hint": "the LM gets no hint",
}
INSTRUCTIONS = {"instructions", "instruction"}
# Names of one release that have another in the next, in both directions.
RENAMED = {
    "max_iterations": "max_iters",
    "max_iters": "max_iterations",
    "interpreter": "interpreter_factory",
    "interpreter_factory": "interpreter",
    "max_hops": "max_iters",
    "num_iters": "max_iters",
    "rationale_type": "rationale_field",
    "max_steps": "max_iters",
}


def check_parameters(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """Every constructor of a predictor against this release's parameters."""
    for call in unit.calls:
        if call.kind != "api" or call.api is None or not call.sure:
            continue
        api = surroundings.dialect.api(call.api)
        if api is None:
            continue
        yield from _unknown(call, api, surroundings)
        if not call.broken and not call.open_ended:
            yield from _missing(call, api)
            yield from _too_many(call, api)


def _unknown(call: Call, api: Api, surroundings: Surroundings) -> Iterator[Finding]:
    names = [p.name for p in api.parameters if not p.kind.startswith("var_")]
    for keyword, argument in call.keywords.items():
        if keyword in names:
            continue
        if api.swallows_keywords:
            yield from _lost(call, api, keyword, argument, surroundings)
            continue
        renamed = RENAMED.get(keyword)
        meant = renamed if renamed in names else nearest(keyword, names)
        fixes: list[DocumentFix | None] = []
        if keyword in INSTRUCTIONS:
            fixes.append(_instructions_fix(call, argument, surroundings))
        fixes.append(edits.rename(argument, meant if meant not in call.keywords else None))
        fixes.append(edits.remove(call, argument, preferred=False))
        hint = f" Did you mean `{meant}`?" if meant else f" It takes {listed(names)}."
        yield UNKNOWN_PARAMETER.at(
            edits.name_place(argument),
            f"`{api.name}` of dspy {surroundings.dialect.version} has no parameter `{keyword}`: "
            f"TypeError when the line runs.{hint}",
            fixes=fixes,
            data={"name": keyword, "nearest": meant},
        )


def _lost(
    call: Call, api: Api, keyword: str, argument: Argument, surroundings: Surroundings
) -> Iterator[Finding]:
    if keyword not in LOST:
        return
    fix = None
    if keyword in INSTRUCTIONS:
        fix = _instructions_fix(call, argument, surroundings)
    yield LOST_PARAMETER.at(
        edits.name_place(argument),
        f"`{api.name}` hands `{keyword}=` to the LM as a setting and does nothing else with it: "
        f"{LOST[keyword]}.",
        fixes=(fix, edits.remove(call, argument, preferred=False)),
        data={"name": keyword},
    )


def _instructions_fix(
    call: Call, instructions: Argument, surroundings: Surroundings
) -> DocumentFix | None:
    """Gives the instructions to the signature, where DSPy reads them."""
    signature = call.argument("signature", 0)
    if signature is None or signature is instructions:
        return None
    given = surroundings.slice(instructions.value_span)
    removal = edits.removal(call, instructions)
    place = edits.value_place(signature)
    if signature.value_kind == "string":
        spelled = edits.spelled(call, "Signature", surroundings)
        if spelled is None:
            return None
        new: tuple[DocumentEdit, ...] = (
            edits.insert(place, place.span.start, f"{spelled}("),
            edits.insert(place, place.span.end, f", {given})"),
        )
    elif is_signature(signature.value):
        new = (edits.insert(place, place.span.end, f".with_instructions({given})"),)
    else:
        return None
    return DocumentFix("Give the instructions to the signature", (*new, removal))


def _missing(call: Call, api: Api) -> Iterator[Finding]:
    for position, parameter in enumerate(api.parameters):
        if not parameter.required or parameter.kind.startswith("var_"):
            continue
        where = None if parameter.kind == "keyword_only" else position
        if call.argument(parameter.name, where) is not None:
            continue
        fix = None
        if parameter.name == "tools":
            edit = edits.addition(call, "tools=[]")
            fix = DocumentFix("Add `tools=[]`", (edit,), preferred=False)
        yield MISSING_PARAMETER.at(
            edits.callee_name(call),
            f"`{api.name}` needs `{parameter.name}=`: TypeError when the line runs.",
            fixes=(fix,),
            data={"name": parameter.name},
        )


def _too_many(call: Call, api: Api) -> Iterator[Finding]:
    if any(p.kind == "var_positional" for p in api.parameters):
        return
    count = sum(1 for p in api.parameters if p.kind in {"positional_or_keyword", "positional_only"})
    if any(a.kind == "*" for a in call.arguments):
        return
    for parameter in api.parameters[: len(call.positional)]:
        given = call.keywords.get(parameter.name)
        if given is not None and parameter.kind == "positional_or_keyword":
            yield TOO_MANY_ARGUMENTS.at(
                edits.place_of(given),
                f"`{parameter.name}` is given twice, by position and by keyword: TypeError when the "
                "line runs.",
                fixes=(edits.remove(call, given, preferred=False),),
                data={"name": parameter.name},
            )
    for argument in call.positional[count:]:
        yield TOO_MANY_ARGUMENTS.at(
            edits.place_of(argument),
            f"`{api.name}` takes {count} positional arguments: TypeError when the line runs.",
        )


def check_positional_instructions(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`dspy.Predict("q -> a", "Be brief.")`: the second argument is callbacks, or a field."""
    for call in unit.calls:
        if call.kind != "api" or call.api not in {"Predict", "ChainOfThought"} or not call.sure:
            continue
        given = call.positional
        if len(given) < 2 or any(a.kind == "*" for a in call.arguments):
            continue
        argument = given[1]
        if argument.value_kind != "string" and not isinstance(argument.value, StringValue):
            continue
        what = "callbacks" if call.api == "Predict" else "a field for the reasoning"
        when = "at the first call" if call.api == "Predict" else "when the line runs"
        yield POSITIONAL_INSTRUCTIONS.at(
            edits.value_place(argument),
            f"`{call.api}` takes {what} here, not instructions, and raises {when}. "
            "Instructions belong to the signature.",
            fixes=(_instructions_fix(call, argument, surroundings),),
        )


FAMILY = Family(
    "Constructors",
    (
        UNKNOWN_PARAMETER,
        MISSING_PARAMETER,
        LOST_PARAMETER,
        POSITIONAL_INSTRUCTIONS,
        TOO_MANY_ARGUMENTS,
    ),
    (check_parameters, check_positional_instructions),
)
