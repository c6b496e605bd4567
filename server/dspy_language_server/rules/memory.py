"""What the rules remember of a document, so that a key costs what it changes.

Most units and stretches of a document have nothing to say: no finding, no metric, no suppression
comment. The memory is told what came and what left since the last look, and keeps those that do.
"""

from __future__ import annotations

from collections.abc import Callable

from dspy_language_server.program.model import Unit
from dspy_language_server.program.program import Program
from dspy_language_server.rules.finding import Finding
from dspy_language_server.rules.predictions import JudgedUses
from dspy_language_server.rules.suppressions import may_suppress
from dspy_language_server.rules.unused import UnusedOutputs
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.source.common import Followed
from dspy_language_server.source.stretch import Stretch


class Memory:
    """The parts of one document that rules have to look at.

    Args:
        program: The document.
        dialect: The rules of the dspy release.
        check: Finds what is wrong with one unit.
    """

    def __init__(
        self, program: Program, dialect: Dialect, check: Callable[[Unit], list[Finding]]
    ) -> None:
        self._program = program
        self._check = check
        self._units: Followed[Unit] = Followed()
        self._stretches: Followed[Stretch] = Followed()
        self._findings: dict[Unit, list[Finding]] = {}
        self._suppressing: dict[Stretch, None] = {}
        self.unused = UnusedOutputs(program)
        """Which outputs nothing reads."""
        self.judged = JudgedUses(program, dialect)
        """Which outputs metrics read that are not there."""

    def update(self) -> None:
        """Takes over what has changed."""
        left, came = self._units.changes(self._program.units)
        for unit in left:
            self._findings.pop(unit, None)
            self.judged.remove(unit)
            self.unused.remove(unit)
        for unit in came:
            found = self._check(unit)
            if found:
                self._findings[unit] = found
            self.judged.add(unit)
            self.unused.add(unit)
        gone, new = self._stretches.changes(self._program.document.stretches)
        for stretch in gone:
            self._suppressing.pop(stretch, None)
        for stretch in new:
            if may_suppress(stretch):
                self._suppressing[stretch] = None

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with each unit by itself, in source order."""
        found = self._findings
        return [finding for unit in sorted(found, key=_start) for finding in found[unit]]

    @property
    def suppressing(self) -> list[Stretch]:
        """The stretches that may hold a suppression comment, in source order."""
        return sorted(self._suppressing, key=_start)


def _start(part: Unit | Stretch) -> int:
    return part.anchor.start
