"""What a row of the campaign has to say: its figures, and what did not hold."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Row:
    """One test of the campaign.

    Attributes:
        name: What was done.
        wanted: What is to hold, in a few words.
        figures: Name to value, in the order they are shown.
        series: A line per moment, where the row follows something over time.
        problems: Each thing that did not hold, in enough words to do it again.
    """

    name: str
    wanted: str = ""
    figures: dict[str, int | float | str] = field(default_factory=dict)
    series: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def count(self, figure: str, by: int = 1) -> None:
        """Add to a figure."""
        self.figures[figure] = int(self.figures.get(figure, 0)) + by

    def expect(self, holds: object, problem: str) -> None:
        """Note a problem unless something holds."""
        if not holds:
            self.problems.append(problem)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Note how long it took."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.figures["seconds"] = round(time.perf_counter() - began, 1)

    @property
    def verdict(self) -> str:
        """Whether it held."""
        count = len(self.problems)
        return "held" if not count else f"{count} problem{'s' if count > 1 else ''}"

    @property
    def said(self) -> str:
        """The figures in a line."""
        return ", ".join(
            f"{value:,} {name}" if isinstance(value, int) else f"{name} {value}"
            for name, value in self.figures.items()
        )

    def as_json(self) -> dict[str, Any]:
        """The row as it is kept; of problems only how many: their texts name a machine's folders."""
        kept = asdict(self)
        return {**kept, "problems": len(self.problems)}
