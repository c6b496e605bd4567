"""The findings of a program that a person's configuration lets through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dspy_language_server.program.program import Program
from dspy_language_server.rules import catalog
from dspy_language_server.rules.finding import Finding
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Severity


@dataclass(frozen=True)
class Selection:
    """Which findings are wanted.

    Attributes:
        select: Codes or their beginnings (`DSP1`); empty: all.
        ignore: Codes or their beginnings that are dropped; the longer match wins over `select`.
        severity: A severity for a code or beginning, in place of the rule's; `off` drops it.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)

    def admits(self, code: str) -> bool:
        """Whether findings of a code are wanted."""
        wanted = _longest(code, self.select) if self.select else 0
        dropped = _longest(code, self.ignore)
        return wanted is not None and (dropped is None or dropped < wanted)

    def judge(self, finding: Finding) -> Finding | None:
        """The finding as configured, or None."""
        if not self.admits(finding.code):
            return None
        key = _best(finding.code, self.severity)
        if key is None:
            return finding
        level = self.severity[key]
        return None if level == "off" else replace(finding, severity=Severity(level))


ALL = Selection()


def diagnostics(program: Program, dialect: Dialect, selection: Selection = ALL) -> list[Finding]:
    """All findings of a program in source order, as configured."""
    found = catalog.check(program, dialect)
    if selection == ALL:
        return found
    judged = (selection.judge(finding) for finding in found)
    return [finding for finding in judged if finding is not None]


def _best(code: str, keys: Iterable[str]) -> str | None:
    return max((key for key in keys if key and code.startswith(key)), key=len, default=None)


def _longest(code: str, keys: Iterable[str]) -> int | None:
    best = _best(code, keys)
    return None if best is None else len(best)
