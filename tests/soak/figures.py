"""What a row of the campaign has to say: its figures, and what did not hold."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Row:
    """One test of the campaign.

    Attributes:
        name: What was done.
        figures: Name to value, in the order they are shown.
        problems: Each thing that did not hold, in enough words to do it again.
    """

    name: str
    figures: dict[str, int | float | str] = field(default_factory=dict)
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

    def __str__(self) -> str:
        said = ", ".join(f"{value:,} {name}" if isinstance(value, int) else f"{name} {value}"
                         for name, value in self.figures.items())  # fmt: skip
        return f"{self.name}: {said}; {len(self.problems)} problems"
