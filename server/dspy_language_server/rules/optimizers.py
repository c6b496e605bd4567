"""Metrics, `Evaluate` and optimizers: their parameters, and the parameters of the metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dspy_language_server.program.model import (
    ApiInstanceValue,
    Argument,
    Call,
    ConstantValue,
    Function,
    FunctionValue,
    Unit,
)
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentEdit, DocumentFix, Finding, Place, Related
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.parameters import parameters
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.dialect import Parameter
from dspy_language_server.signature.model import Severity, Span

UNKNOWN_PARAMETER = Rule(
    "DSP611", "unknown-optimizer-parameter", Severity.ERROR, "Not a parameter of this optimizer."
)
MISSING_PARAMETER = Rule(
    "DSP612", "missing-optimizer-parameter", Severity.ERROR, "The optimizer needs this parameter."
)
POSITIONAL_PARAMETER = Rule(
    "DSP613", "positional-optimizer-argument", Severity.ERROR, "This must be given by keyword."
)
METRIC_PARAMETERS = Rule(
    "DSP614", "metric-parameters", Severity.ERROR, "The metric takes other arguments than it gets."
)
GEPA_BUDGET = Rule(
    "DSP615", "gepa-budget", Severity.ERROR, "GEPA needs exactly one budget and a reflection LM."
)

# How many arguments the metric is called with, by position.
METRIC_ARGUMENTS = {
    "Evaluate": 2,
    "SIMBA": 2,
    "GEPA": 5,
    "BootstrapFewShot": 3,
    "BootstrapFewShotWithRandomSearch": 3,
    "BootstrapRS": 3,
    "MIPROv2": 3,
}
# These call it both ways: while bootstrapping with a trace, while evaluating without.
ALSO_TWO = frozenset({"BootstrapFewShotWithRandomSearch", "BootstrapRS", "MIPROv2"})
BUDGETS = ("auto", "max_full_evals", "max_metric_calls")


def check_parameters(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """Constructors, `compile`, and the call of an `Evaluate`."""
    release = surroundings.dialect.version
    for call in unit.calls:
        if not call.sure:
            continue
        if call.kind == "api" and call.api is not None:
            api, method = call.api, "__init__"
        elif call.kind == "method" and isinstance(call.receiver, ApiInstanceValue):
            api, method = call.receiver.api, call.method
        else:
            continue
        known = parameters(release, api, method)
        if known is not None and api not in {"Example", "Parallel"}:
            what = api if method == "__init__" else f"{api}.{method}"
            yield from _check(call, what, known)


def _check(call: Call, what: str, known: Sequence[Parameter]) -> Iterator[Finding]:
    if what == "Evaluate" and "return_outputs" in call.keywords:
        argument = call.keywords["return_outputs"]
        yield UNKNOWN_PARAMETER.at(
            edits.name_place(argument),
            "`Evaluate` no longer takes `return_outputs=` and raises ValueError: the outputs are "
            "always in `result.results`.",
            fixes=(edits.remove(call, argument),),
            data={"name": "return_outputs"},
        )
    names = [p.name for p in known if not p.kind.startswith("var_")]
    if not any(p.kind == "var_keyword" for p in known):
        yield from _unknown(call, what, names)
    if call.broken:
        return
    positional = [p for p in known if p.kind in {"positional_or_keyword", "positional_only"}]
    starred = any(a.kind == "*" for a in call.arguments)
    if not starred and not any(p.kind == "var_positional" for p in known):
        yield from _too_many(call, what, known, len(positional))
    if not call.open_ended:
        yield from _missing(call, what, known, positional)


def _unknown(call: Call, what: str, names: list[str]) -> Iterator[Finding]:
    for keyword, argument in call.keywords.items():
        if keyword in names:
            continue
        meant = nearest(keyword, [n for n in names if n not in call.keywords])
        hint = f" Did you mean `{meant}`?" if meant else f" It takes {listed(names)}."
        yield UNKNOWN_PARAMETER.at(
            edits.name_place(argument),
            f"`{what}` has no parameter `{keyword}`: TypeError when the line runs.{hint}",
            fixes=(edits.rename(argument, meant), edits.remove(call, argument, preferred=False)),
            data={"name": keyword, "nearest": meant},
        )


def _too_many(call: Call, what: str, known: Sequence[Parameter], count: int) -> Iterator[Finding]:
    keyword_only = [
        p.name for p in known if p.kind == "keyword_only" and p.name not in call.keywords
    ]
    # The required ones first: `compile(program, trainset)` means the trainset.
    required = [p.name for p in known if p.name in keyword_only and p.required]
    ordered = required + [name for name in keyword_only if name not in required]
    for index, argument in enumerate(call.positional[count:]):
        fix = None
        if index < len(ordered):
            edit = edits.insert(
                edits.value_place(argument), argument.value_span.start, f"{ordered[index]}="
            )
            fix = DocumentFix(
                f"Write `{ordered[index]}=`", (edit,), preferred=index < len(required)
            )
        yield POSITIONAL_PARAMETER.at(
            edits.place_of(argument),
            f"`{what}` takes {count or 'no'} positional argument{'s' if count != 1 else ''}: "
            "TypeError when the line runs. Give this one by keyword.",
            fixes=(fix,),
        )


def _missing(
    call: Call, what: str, known: Sequence[Parameter], positional: list[Parameter]
) -> Iterator[Finding]:
    extra = len(call.positional) - len(positional)
    required = [
        p
        for p in known
        if p.required
        and call.argument(p.name, positional.index(p) if p in positional else None) is None
    ]
    for parameter in required[max(extra, 0) :]:
        misspelt = nearest(
            parameter.name, [k for k in call.keywords if k not in {p.name for p in known}]
        )
        if misspelt:
            continue
        yield MISSING_PARAMETER.at(
            edits.callee_name(call),
            f"`{what}` needs `{parameter.name}=`: TypeError when the line runs.",
            data={"name": parameter.name},
        )


def check_gepa(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """GEPA asserts that one budget is set, and that something can reflect."""
    for call in unit.calls:
        if call.kind != "api" or call.api != "GEPA" or not call.sure:
            continue
        if call.broken or call.open_ended:
            continue
        given = [
            name for name in BUDGETS if name in call.keywords and not is_none(call.keywords[name])
        ]
        place = edits.callee_name(call)
        if len(given) != 1:
            said = listed(given) if given else "none"
            add = DocumentFix('Add `auto="light"`', (edits.addition(call, 'auto="light"'),), False)
            drop = tuple(edits.remove(call, call.keywords[n], preferred=False) for n in given[1:2])
            yield GEPA_BUDGET.at(
                place,
                "GEPA needs exactly one of `auto`, `max_full_evals` and `max_metric_calls` "
                f"({said} given): AssertionError when the line runs.",
                fixes=drop or (() if any(n in call.keywords for n in BUDGETS) else (add,)),
            )
        if not {"reflection_lm", "instruction_proposer"} & set(call.keywords):
            yield GEPA_BUDGET.at(
                place,
                "GEPA needs a `reflection_lm=` (or an `instruction_proposer=`): AssertionError "
                "when the line runs.",
            )


def is_none(argument: Argument) -> bool:
    """Whether `None` is written there."""
    return isinstance(argument.value, ConstantValue) and argument.value.value is None


def check_metrics(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """Can the metric be called as this optimizer calls it?"""
    for call in unit.calls:
        if call.kind != "api" or call.api not in METRIC_ARGUMENTS or not call.sure:
            continue
        position = None if call.api in {"Evaluate", "SIMBA"} else 0
        argument = call.argument("metric", position)
        if argument is None or not isinstance(argument.value, FunctionValue):
            continue
        if argument.value.partial:
            continue  # what is left of its parameters is not known here
        function = argument.value.function
        called = "the lambda" if function.source is None else f"`{function.name}`"
        count = METRIC_ARGUMENTS[call.api]
        counts = (2, count) if call.api in ALSO_TWO else (count,)
        wrong = [n for n in counts if not _accepts(function, n)]
        if not wrong or function.owner is not None:
            continue
        yield METRIC_PARAMETERS.at(
            edits.value_place(argument),
            f"`{call.api}` calls the metric with {wrong[0]} arguments "
            f"({', '.join(NAMES[: wrong[0]])}), and {called} takes {_takes(function)}.",
            related=(
                Related(
                    Place(function.anchor, function.name_relative),
                    f"{called[0].upper()}{called[1:]} is defined here.",
                ),
            ),
            fixes=(_widen(function, max(counts), surroundings),),
            data={"name": function.name},
        )


NAMES = ("example", "prediction", "trace", "pred_name", "pred_trace")


def _accepts(function: Function, count: int) -> bool:
    own = function.parameters
    if any(p.kind == "keyword" and p.required for p in own):
        return False
    positional = [p for p in own if p.kind == "positional"]
    required = sum(p.required for p in positional)
    return required <= count and (count <= len(positional) or any(p.kind == "args" for p in own))


def _takes(function: Function) -> str:
    positional = [p for p in function.parameters if p.kind == "positional"]
    required = sum(p.required for p in positional)
    if required == len(positional):
        return str(required)
    return f"{required} to {len(positional)}"


def _widen(function: Function, count: int, surroundings: Surroundings) -> DocumentFix | None:
    """Adds `trace=None` and the like behind the last positional parameter."""
    own = function.parameters
    positional = [p for p in own if p.kind == "positional"]
    if len(positional) != len(own) or not positional or len(positional) >= count:
        return None
    if function.anchor.uri != surroundings.program.uri or len(positional) < 2:
        return None
    last = positional[-1]
    if last.type_text is not None:
        return None
    end = last.name_span.end
    if last.default_text is not None:
        behind = surroundings.slice(Span(end, end + len(last.default_text) + 8))
        at = behind.find(last.default_text)
        if at < 0:
            return None
        end += at + len(last.default_text)
    new = "".join(f", {name}=None" for name in NAMES[len(positional) : count])
    edit = DocumentEdit(Place.of(last.anchor, Span(end, end)), new)
    called = "the lambda" if function.source is None else f"`{function.name}`"
    return DocumentFix(f"Let {called} take them", (edit,))


FAMILY = Family(
    "Metrics and optimizers",
    (UNKNOWN_PARAMETER, MISSING_PARAMETER, POSITIONAL_PARAMETER, METRIC_PARAMETERS, GEPA_BUDGET),
    (check_parameters, check_gepa, check_metrics),
)
