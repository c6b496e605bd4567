"""Streaming: listeners that wait for a field which no predictor of the program yields."""

from __future__ import annotations

from collections.abc import Iterator

from dspy_language_server.program.model import Unit, Use
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import Finding, Place
from dspy_language_server.rules.nearest import listed, nearest
from dspy_language_server.rules.origins import field_definition
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.model import Severity

LISTENER_FIELD = Rule(
    "DSP511",
    "stream-listener-field",
    Severity.ERROR,
    "The listener waits for a field that it cannot find.",
)


def check_listeners(unit: Unit, _: Surroundings) -> Iterator[Finding]:
    """`StreamListener(signature_field_name="anwser")`."""
    for use in unit.uses:
        if use.listener is None or use.outputs is None or not use.sure or use.guarded:
            continue
        if not use.name:
            continue  # it is being typed
        if use.ambiguous:
            yield _not_unique(use)
        elif use.outputs.complete and use.name not in use.outputs.fields:
            yield _unknown(use)


def _not_unique(use: Use) -> Finding:
    return LISTENER_FIELD.at(
        Place(use.anchor, use.relative),
        f"More than one predictor of the program yields `{use.name}`: `streamify` raises "
        "ValueError. Say which one is meant by `predict=`.",
        related=[note for field in use.fields for note in field_definition(field)],
        data={"name": use.name},
    )


def _unknown(use: Use) -> Finding:
    assert use.outputs is not None
    names = list(use.outputs.fields)
    meant = nearest(use.name, names)
    hint = f" Did you mean `{meant}`?" if meant else f" There is {listed(names)}."
    place = Place(use.anchor, use.relative)
    fix = edits.replace(place, meant, f"Write `{meant}`") if meant else None
    whose = "The predictor has" if use.listener == "predictor" else "No predictor has"
    what = (
        f"{whose} no output `{use.name}`: the listener never hears anything."
        if use.listener == "predictor"
        else f"{whose} an output `{use.name}`: `streamify` raises TypeError."
    )
    return LISTENER_FIELD.at(
        place,
        what + hint,
        severity=Severity.WARNING if use.listener == "predictor" else None,
        fixes=(fix,),
        data={"name": use.name, "nearest": meant},
    )


FAMILY = Family("Streaming", (LISTENER_FIELD,), (check_listeners,))
