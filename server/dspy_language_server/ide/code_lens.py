"""What can be done with a program, over its first line: log it, run it, see what was logged of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dspy_language_server.program.program import Program
from dspy_language_server.signature.model import Span


class LoggedVersion(NamedTuple):
    """The last logged version of a program.

    Attributes:
        run_id: The run that logged it.
        label: What people call it: the registered version, else the run's name in quotes.
        when: When it was logged, as it is shown.
        changed: Whether the code is another now; None where that cannot be told.
    """

    run_id: str
    label: str
    when: str
    changed: bool | None


class Lens(NamedTuple):
    """A command over a span; `name` is the class's or variable's."""

    span: Span
    title: str
    command: str
    name: str
    arguments: Mapping[str, str] = MappingProxyType({})


def code_lenses(program: Program, logged: Mapping[str, LoggedVersion] | None = None) -> list[Lens]:
    """The lenses of a document, in source order.

    Args:
        program: The document.
        logged: The last logged version by name, as far as it is known.
    """
    lenses = []
    for loggable in program.loggables:
        span, name = loggable.name_span, loggable.name
        lenses.append(Lens(span, "Log to MLflow", "dspy.log", name))
        lenses.append(Lens(span, "Run", "dspy.run", name))
        version = (logged or {}).get(name)
        if version is not None:
            lenses.append(Lens(span, _title(version), "dspy.diffLogged", name))
            lenses.append(Lens(span, "Open", "dspy.openRun", name, {"run_id": version.run_id}))
    return lenses


def _title(version: LoggedVersion) -> str:
    """`Logged as "bold-crab" 25 Nov 2026, 18:40, changed since`."""
    state = {True: ", changed since", False: ", unchanged", None: ""}[version.changed]
    return f"Logged as {version.label} {version.when}{state}"
