"""DSPy's own names: those that no release has, and those that this release lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dspy_language_server.program.model import Call, ModuleValue, Unit
from dspy_language_server.rules import edits
from dspy_language_server.rules.finding import Finding
from dspy_language_server.rules.nearest import nearest
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.dialect import RELEASES, dialect_for
from dspy_language_server.signature.model import Severity

NOT_IN_RELEASE = Rule(
    "DSP405", "not-in-release", Severity.ERROR, "This release of dspy has no such name."
)
UNKNOWN_NAME = Rule("DSP411", "unknown-dspy-name", Severity.ERROR, "dspy has no such name.")


def check_names(unit: Unit, surroundings: Surroundings) -> Iterator[Finding]:
    """`dspy.ChainOfThougt(...)`, `dspy.RLM(...)` before DSPy 3.1."""
    names = _names(surroundings.dialect.version)
    for call in unit.calls:
        name = call.api
        if call.kind != "api" or name is None or not call.sure or not names or name in names:
            continue
        if name.startswith("_") or not _of_dspy_itself(call, surroundings):
            continue
        if _guarded(unit, surroundings):
            continue
        having = [release for release in RELEASES if name in _names(release)]
        yield (
            _other_release(call, name, having, surroundings)
            if having
            else _unknown(call, name, names)
        )


def _names(release: str) -> Mapping[str, str]:
    """The names of the module `dspy` in a release; empty when they are not known."""
    names = dialect_for(release).module("dspy")
    return names if isinstance(names, Mapping) else {}


def _of_dspy_itself(call: Call, surroundings: Surroundings) -> bool:
    """Whether it is written as an attribute of the module, `dspy.Name`."""
    prefix, dot, _ = surroundings.slice(call.callee_span).rpartition(".")
    value = surroundings.program.lookup(prefix) if dot and prefix.isidentifier() else None
    return isinstance(value, ModuleValue) and value.name == "dspy"


def _guarded(unit: Unit, surroundings: Surroundings) -> bool:
    """Whether the code around asks first: `hasattr(dspy, …)`, `except AttributeError`."""
    text = surroundings.slice(unit.span)
    return "hasattr(" in text or "AttributeError" in text


def _other_release(call: Call, name: str, having: list[str], surroundings: Surroundings) -> Finding:
    where = (
        f"It is in {having[0]} and later."
        if having[-1] == RELEASES[-1]
        else f"It was last in {having[-1]}."
    )
    return NOT_IN_RELEASE.at(
        edits.callee_name(call),
        f"dspy {surroundings.dialect.version} has no `{name}`: AttributeError when the line runs. "
        + where,
        data={"name": name},
    )


def _unknown(call: Call, name: str, names: Mapping[str, str]) -> Finding:
    meant = nearest(name, [n for n in names if not n.startswith("_")])
    hint = f" Did you mean `{meant}`?" if meant else ""
    place = edits.callee_name(call)
    fix = edits.replace(place, meant, f"Write `{meant}`") if meant else None
    return UNKNOWN_NAME.at(
        place,
        f"dspy has no `{name}`: AttributeError when the line runs.{hint}",
        fixes=(fix,),
        data={"name": name, "nearest": meant},
    )


FAMILY = Family("DSPy's names", (NOT_IN_RELEASE, UNKNOWN_NAME), (check_names,))
