"""All rules, and the one function that applies them to a program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from dspy_language_server.program.model import Unit
from dspy_language_server.program.program import Program
from dspy_language_server.rules import (
    argument_kinds,
    budgets,
    calls,
    class_signatures,
    constructors,
    custom_types,
    derived_signatures,
    dspy_names,
    examples,
    field_arguments,
    field_constraints,
    field_names,
    optimizers,
    predictions,
    rationale,
    reserved_names,
    settings,
    signature_attributes,
    signature_methods,
    source_types,
    streaming,
    strings,
    suppressions,
    unused,
)
from dspy_language_server.rules.configuration import DEFAULT, Configuration
from dspy_language_server.rules.finding import Finding
from dspy_language_server.rules.memory import Memory
from dspy_language_server.rules.rule import Family, Rule, Surroundings
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Span

FAMILIES: tuple[Family, ...] = (
    strings.FAMILY,
    class_signatures.FAMILY,
    field_arguments.FAMILY,
    field_constraints.FAMILY,
    field_names.FAMILY,
    source_types.FAMILY,
    reserved_names.FAMILY,
    signature_methods.FAMILY,
    signature_attributes.FAMILY,
    derived_signatures.FAMILY,
    dspy_names.FAMILY,
    constructors.FAMILY,
    custom_types.FAMILY,
    rationale.FAMILY,
    argument_kinds.FAMILY,
    calls.FAMILY,
    predictions.FAMILY,
    unused.FAMILY,
    streaming.FAMILY,
    examples.FAMILY,
    optimizers.FAMILY,
    budgets.FAMILY,
    settings.FAMILY,
    suppressions.FAMILY,
)
RULES: tuple[Rule, ...] = tuple(
    sorted((rule for family in FAMILIES for rule in family.rules), key=lambda rule: rule.code)
)
CODES: frozenset[str] = frozenset(rule.code for rule in RULES)


def rule(code: str) -> Rule | None:
    """The rule of a code, or None."""
    return next((r for r in RULES if r.code == code), None)


@cache
def page(code: str) -> str | None:
    """The page that explains a code, in Markdown; None for a code that does not exist."""
    if code not in CODES:
        return None
    return _page(code).read_text("utf-8")


def what_dspy_does(code: str) -> str:
    """What DSPy does with such code, from the page of a code."""
    text = page(code) or ""
    return text.partition("## What DSPy does\n")[2].partition("\n## ")[0].strip()


def page_address(code: str) -> str:
    """The address of the page of a code: a file that comes with the server."""
    return _page(code).as_uri()


def _page(code: str) -> Path:
    return Path(__file__).parent / "pages" / f"{code}.md"


def check(
    program: Program, *, dialect: Dialect, configuration: Configuration = DEFAULT
) -> list[Finding]:
    """What is wrong with a program, in source order, minus what is switched off or silenced.

    What an edit did not concern keeps its findings from the last time.
    """
    memory = _memory(program, dialect)
    memory.update()
    found = predictions.without_stored(
        program, [*memory.findings, *memory.unused.findings(), *memory.judged.findings()]
    )
    silenced = suppressions.silence(program, memory.suppressing, found)
    return _in_order(_configured(silenced, configuration))


def _memory(program: Program, dialect: Dialect) -> Memory:
    """What is remembered of a program under the rules of a dspy release."""
    known = program.cache.get("rules")
    if isinstance(known, tuple) and known[0] == dialect:
        memory: Memory = known[1]
        return memory
    surroundings = Surroundings(program, dialect)

    def of_unit(unit: Unit) -> list[Finding]:
        return [
            finding
            for family in FAMILIES
            for check_unit in family.checks
            for finding in check_unit(unit, surroundings)
        ]

    memory = Memory(program, dialect, of_unit)
    program.cache["rules"] = (dialect, memory)
    return memory


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By place and code, each once: a string that is used twice has its problems twice."""
    by_place: dict[tuple[Span, str, str], Finding] = {}
    for finding in findings:
        by_place.setdefault((finding.span, finding.code, finding.message), finding)
    return [by_place[key] for key in sorted(by_place)]


def _configured(findings: Iterable[Finding], configuration: Configuration) -> Iterable[Finding]:
    if configuration.changes_nothing:
        yield from findings
        return
    for finding in findings:
        severity = configuration.severity_of(finding.code, finding.severity)
        if severity is not None and configuration.reports(finding.code):
            yield finding if severity is finding.severity else replace(finding, severity=severity)
