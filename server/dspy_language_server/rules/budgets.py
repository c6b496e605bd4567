"""How much an optimizer may try: presets that do not exist, and budgets that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import Argument, Call, ConstantValue, StringValue, Unit
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import DocumentFix, Finding
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.optimizers import is_none
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Severity

PRESET = Rule("DSP616", "optimizer-preset", Severity.ERROR, "The optimizer has no such preset.")
BUDGET = Rule(
    "DSP617", "mipro-budget", Severity.ERROR, "MIPROv2 takes a preset or numbers, not both."
)

# `AUTO_RUN_SETTINGS` and the Literal annotations in dspy/teleprompt/mipro_optimizer_v2.py and
# dspy/teleprompt/gepa/gepa.py; position: where the constructor takes it without its keyword.
PRESETS = {
    ("MIPROv2", "auto"): ("light", "medium", "heavy"),
    ("GEPA", "auto"): ("light", "medium", "heavy"),
    ("GEPA", "candidate_selection_strategy"): ("pareto", "current_best"),
}
RAISES = {"MIPROv2": "ValueError when the line runs", "GEPA": "`compile` raises"}


def check_presets(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """`dspy.MIPROv2(metric=metric, auto="fast")`."""
    for call in unit.calls:
        if call.kind != "api" or not call.sure:
            continue
        for (api, keyword), presets in PRESETS.items():
            argument = call.keywords.get(keyword) if call.api == api else None
            written = _text(argument)
            if argument is None or written is None or written in presets:
                continue
            meant = nearest(written, presets)
            hint = f" Did you mean `{meant}`?" if meant else f" It has {listed(presets)}."
            place = edits.value_place(argument)
            fixes = tuple(
                edits.replace(place, f'"{name}"', f'Write `"{name}"`', preferred=name == meant)
                for name in sorted(presets, key=lambda name: name != meant)
            )
            yield PRESET.at(
                place,
                f"`{api}` has no `{keyword}` named `{written}`: {RAISES[api]}.{hint}",
                fixes=fixes,
                data={"name": written, "nearest": meant},
            )


def _text(argument: Argument | None) -> str | None:
    """The string that is written there, or that a name stands for."""
    if argument is None:
        return None
    value = argument.value
    if isinstance(value, StringValue):
        return value.literal.value
    if isinstance(value, ConstantValue) and isinstance(value.value, str):
        return value.value
    return None


def check_mipro(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """`auto` is "light" unless it is None, and then MIPROv2 refuses a number of candidates."""
    for call in unit.calls:
        if call.kind != "api" or call.api != "MIPROv2" or not call.sure:
            continue
        if call.broken or call.open_ended:
            continue
        candidates = call.keywords.get("num_candidates")
        if candidates is None or is_none(candidates) or not _preset(call):
            continue
        auto = call.keywords.get("auto")
        numbers = (
            edits.replace(edits.value_place(auto), "None", "Write `auto=None`", preferred=False)
            if auto is not None
            else DocumentFix(
                "Add `auto=None`", (edits.addition(call, "auto=None"),), preferred=False
            )
        )
        why = "" if auto is not None else ' (`auto` is "light" unless it is None)'
        yield BUDGET.at(
            edits.name_place(candidates),
            f"MIPROv2 takes a preset or numbers, and this gives both{why}: `compile` raises "
            "ValueError. With `auto=None`, give `num_candidates` here and `num_trials` to `compile`.",
            fixes=(edits.remove(call, candidates), numbers),
        )


def _preset(call: Call) -> bool:
    """Whether a preset holds for sure: the default, or a written one."""
    auto = call.keywords.get("auto")
    return len(call.positional) < 7 if auto is None else _text(auto) is not None


FAMILY = Family("Budgets", (PRESET, BUDGET), (check_presets, check_mipro))
