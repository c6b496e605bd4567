"""The code that builds a program, when it is known: what an editor or the command line logs."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ProgramSource:
    """A slice of a user's file that builds one object.

    Passed as `program_source=` to `log_model` or `save_model` with
    `serialization_format="source"`: the slice itself becomes the model's code, instead of code
    that is derived from the object in memory.
    """

    code: str
    """Module text that is complete by itself: run from top to bottom, it builds the object."""
    name: str
    """The object's global name in `code`: a program, or a `dspy.Module` class without arguments."""
    path: str | None = None
    """The user's file, for messages; nothing is read from it."""
    firstlines: Mapping[int, int] = field(default_factory=dict)
    """Where statements come from: line in `code` (from 1) to line in the user's file."""
