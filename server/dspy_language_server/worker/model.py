"""What a job is about, under which settings it runs, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Progress = Callable[[str], None]
"""Called with the name of each step as it begins."""


class WorkerError(Exception):
    """A job that did not end well; the message is for people.

    Attributes:
        code: What kind of failure it is, for programs: `choose-object`, `constructor-arguments`,
            `confirm`, `refused`, `program` (user code raised), `ended` (user code ended the
            process), `time-limit`, `memory-limit`, `busy`, `store`, `interpreter`,
            `missing-package`, `worker`, `not-found`.
        message: One message: what happened, where, what to do.
        detail: What a client may use beside the message: `candidates`, `parameters`, `confirm`
            (line, text, reason), `line`, `path`, `output`.
    """

    def __init__(self, code: str, message: str, detail: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail: dict[str, Any] = dict(detail or {})


@dataclass(frozen=True)
class Subject:
    """The text that a job is about, as the editor shows it, and what in it is meant.

    Attributes:
        path: The file's absolute path; it need not exist.
        text: The editor's text; for a notebook it is not read.
        name: The chosen object's global name; None to choose by `line`, or the only one.
        line: The caret's line, from 1; in a notebook within the cell.
        cells: The sources of a notebook's code cells, in order; None for a Python file.
        cell: The index of the caret's cell in `cells`: cells after it are left out.
        unsaved: Paths of other files whose edits the editor has not saved.
    """

    path: str
    text: str
    name: str | None = None
    line: int | None = None
    cells: tuple[str, ...] | None = None
    cell: int | None = None
    unsaved: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobSettings:
    """The settings that hold for one job.

    Attributes:
        root: The workspace's folder: the job's working directory; empty for the file's own.
        tracking_uri: The setting `dspy.mlflow.trackingUri`; empty for MLflow's own choice.
        mlflow_timeout: Seconds until an unreachable tracking server is given up.
        time_limit: Seconds until the job is ended.
        memory_limit: Megabytes that the job may take beside what is preloaded; 0 for no limit.
        execute: `slice` to run what the object needs, `file` to run the whole file.
        confirmed: The person agreed to run what is to be confirmed.
        constructor_arguments: Arguments for a class that needs some.
    """

    root: str
    tracking_uri: str = ""
    mlflow_timeout: float = 20
    time_limit: float = 120
    memory_limit: int = 0
    execute: str = "slice"
    confirmed: bool = False
    constructor_arguments: Mapping[str, Any] | None = None


def as_message(subject: Subject | None, settings: JobSettings) -> dict[str, Any]:
    """Return the parameters that every job has, as they are sent."""
    told = asdict(settings)
    if not settings.root:
        # A file outside of every workspace: its folder is where it would be run from.
        folder = Path(subject.path).parent if subject is not None else Path()
        told["root"] = str(folder.absolute())
    return {"subject": None if subject is None else asdict(subject), "settings": told}
