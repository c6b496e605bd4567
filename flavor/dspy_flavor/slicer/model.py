"""What a plan says: what is run, what is skipped, what a person is asked first."""

from dataclasses import asdict, dataclass, field
from typing import Any


class PlanError(Exception):
    """A file or a choice of which no plan can be made; the message is for people.

    Attributes:
        code: `syntax`, `not-found`, `no-object`.
        line: The line that is meant, from 1, or None.
    """

    def __init__(self, code: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.line = line


@dataclass(frozen=True)
class Statement:
    """A statement of the user's file and why it is treated as it is."""

    line: int
    """Its first line, from 1; in a notebook, in the joined text of the cells."""
    end_line: int
    text: str
    """Its first line's text."""
    reason: str
    """Why it is run, skipped or to be confirmed, as a sentence's end: "defines `CoT`"."""


@dataclass(frozen=True)
class Candidate:
    """An object that can be logged."""

    name: str
    kind: str
    """`module` (a class), `program` or `predictor` (variables)."""
    line: int
    end_line: int
    class_name: str | None = None
    """For a variable: the class that it is an instance of, where the file says so."""
    parameters: tuple[str, ...] = ()
    """For a class: its constructor's parameters."""
    required: tuple[str, ...] = ()
    """For a class: those without a default."""


@dataclass
class Plan:
    """How one object is built from a file."""

    name: str
    """The object's global name in `code`."""
    kind: str
    """`class` (it is instantiated) or `variable`."""
    line: int
    """Where the object is defined."""
    code: str
    """The slice: the user's text with everything else blanked, so that lines keep their numbers."""
    run: list[Statement] = field(default_factory=list)
    """Every statement of the slice, those to be confirmed included."""
    skipped: list[Statement] = field(default_factory=list)
    confirm: list[Statement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What cannot be known from the text."""
    candidates: list[Candidate] = field(default_factory=list)
    class_name: str | None = None
    required: tuple[str, ...] = ()
    """For a class: constructor parameters without a value."""
    chosen: str = ""
    """The object as the file calls it; `name` is another where an instance is made of a class."""
    experiment: str | None = None
    """The MLflow experiment that the file itself chooses, by a literal name."""
    starts: list[int] | None = None
    """For a notebook: the first line of each code cell in `code`."""
    error: dict[str, Any] | None = None
    """A choice that is missing: {code, message}; `choose-object` or `constructor-arguments`."""

    def as_json(self) -> dict[str, Any]:
        """Return the plan as it is sent to an editor: in a notebook, lines count within their cell."""
        told = asdict(self)
        starts = told.pop("starts")
        for part in ("run", "skipped", "confirm", "candidates") if starts else ():
            for each in told[part]:
                each["cell"], each["line"] = within_cell(starts, each["line"])
                each["end_line"] -= starts[each["cell"] - 1] - 1
        return told


def within_cell(starts: list[int], line: int) -> tuple[int, int]:
    """Return the cell of a line of the joined text, and the line within it; all from 1."""
    cell = max(1, sum(start <= line for start in starts))
    return cell, line - starts[cell - 1] + 1
