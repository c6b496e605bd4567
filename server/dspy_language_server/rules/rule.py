"""What a rule is: a code, a name, a severity, and a pure function from a unit's facts to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from dspy_language_server.program.model import Unit
from dspy_language_server.program.program import Program
from dspy_language_server.rules.finding import DocumentFix, Finding, Place, Related
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import NO_DATA, Severity, Span


class Surroundings(NamedTuple):
    """What a rule may ask beside the unit it looks at."""

    program: Program
    dialect: Dialect

    def slice(self, span: Span) -> str:
        """The document's text of a span."""
        return self.program.document.slice(span)

    def release(self, major: int, minor: int) -> bool:
        """Whether the environment's dspy is that release or a newer one."""
        numbers = tuple(int(part) for part in self.dialect.version.split(".")[:2])
        return numbers >= (major, minor)


class Rule(NamedTuple):
    """One thing that can be wrong.

    Attributes:
        code: `DSP` and three digits; never changes its meaning.
        name: A short name in kebab case, for people.
        severity: The severity unless a finding or the configuration says otherwise.
        summary: One sentence.
    """

    code: str
    name: str
    severity: Severity
    summary: str

    def at(
        self,
        place: Place,
        message: str,
        *,
        severity: Severity | None = None,
        related: Iterable[Related] = (),
        fixes: Iterable[DocumentFix | None] = (),
        data: Mapping[str, Any] = NO_DATA,
    ) -> Finding:
        """A finding of this rule."""
        return Finding(
            code=self.code,
            severity=severity or self.severity,
            message=message,
            place=place,
            related=tuple(related),
            fixes=tuple(fix for fix in fixes if fix is not None),
            data=data,
        )


Check = Callable[[Unit, Surroundings], Iterable[Finding]]
"""Looks at one unit; may yield findings of several rules of its family."""


class Family(NamedTuple):
    """Rules that are about the same thing, and the functions that find them."""

    title: str
    rules: tuple[Rule, ...]
    checks: tuple[Check, ...] = ()
