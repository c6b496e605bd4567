"""What a file's definitions tell of a prompt: its program, its types. They are run only once a person agreed."""

import contextlib
import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dspy_flavor.slicer import CHANGES, Plan, PlanError, plan

from .build import build, make_plan, run_plan
from .job import Channel, JobError
from .places import place
from .typenames import types_among

_MARK = "_dspy_companion_types"


class Agreed:
    """The definitions of a file, as far as a person agreed that they are run.

    A definition that depends on more than definitions (a call of a language model, a file that is
    written) is not run for a preview.

    Attributes:
        notes: What could not be told, and why.
        unread: What running would tell, where the person has not agreed.
    """

    def __init__(self, params: dict[str, Any], channel: Channel) -> None:
        self._params, self._channel = params, channel
        self._subject: dict[str, Any] | None = params.get("subject")
        self._is_agreed = bool(params["settings"].get("confirmed"))
        self.notes: list[str] = []
        self.unread: list[str] = []

    @property
    def _file(self) -> str:
        return Path(self._subject["path"]).name if self._subject is not None else ""

    def predictors(self) -> list[tuple[str, Any]]:
        """Return the predictors of the program itself; none where it cannot be built for this."""
        target = self._params.get("target")
        if target is None or self._subject is None:
            return []
        made = self._plan_of_program(target["name"])
        if made is None:
            return []
        if not self._is_agreed:
            self._look_for_changes(made)
            return []
        try:
            with _no_imports_by_signatures():
                program = build(made, self._params, self._channel)
        except JobError as error:
            self.notes.append(f"{error} What was read of the text is shown.")
            return []
        return _part(list(program.named_predictors()), target.get("attribute"))

    def _plan_of_program(self, name: str) -> Plan | None:
        """Return how the program is built: a class by its only instance, where there is one."""
        assert self._subject is not None
        made = self._planned(name)
        if made is not None and made.kind == "class":
            instances = {c.name for c in made.candidates if c.class_name == name}
            if len(instances) == 1:
                made = self._planned(instances.pop())
        if made is None:
            return None
        if made.error is not None:
            self.notes.append(f"{made.error['message']} What was read of the text is shown.")
            return None
        if made.confirm:
            where, reason = place(self._params, made.confirm[0].line), made.confirm[0].reason
            self.notes.append(
                f"{where} {reason}: it is not run for a preview, so what it does to the prompt is"
                " not shown."
            )
            return None
        return made

    def _planned(self, name: str) -> Plan | None:
        assert self._subject is not None
        subject = {**self._subject, "name": name, "line": None}
        try:
            return make_plan({**self._params, "subject": subject}, refuse=False)
        except JobError:
            self.notes.append(f"{self._file} is not complete Python yet.")
            return None

    def _look_for_changes(self, made: Plan) -> None:
        """Note the lines that may give the program examples, instructions or another model."""
        for statement in made.run:
            if statement.reason.startswith(CHANGES):
                where = place(self._params, statement.line).partition(", ")[2]
                self.unread.append(f"what {where} does to it")
                self.notes.append(f"What {where} does is not shown: {statement.text}")
        if not self._params["signatures"]:
            self.unread.append(f"how `{made.chosen}` is made")

    def types(self, wanted: set[str]) -> dict[str, Any]:
        """Run the file's definitions of some names; return the types among them."""
        if self._subject is None or not wanted or not self._is_agreed:
            return {}
        made = self._plan_of_names(wanted)
        said = ": its types are shown as str."
        if made is None:
            self.notes.append(f"{self._file} is not complete Python yet{said}")
            return {}
        if made.confirm:
            where, reason = place(self._params, made.confirm[0].line), made.confirm[0].reason
            self.notes.append(f"{where} {reason}{said}")
            return {}
        try:
            with _no_imports_by_signatures():
                found = vars(run_plan(made, self._params, self._channel))
        except JobError as error:
            self.notes.append(f"{error} Its types are shown as str.")
            return {}
        return types_among(found, wanted)

    def _plan_of_names(self, wanted: set[str]) -> Plan | None:
        """Plan all names at once, so that each definition is run once."""
        assert self._subject is not None
        names = ", ".join(repr(name) for name in sorted(wanted))
        needed = f"\n{_MARK} = [name for name in ({names},) if name in globals()]\n"
        cells = self._subject.get("cells")
        try:
            return plan(
                "" if cells is not None else f"{self._subject.get('text') or ''}{needed}",
                _MARK,
                path=self._subject["path"],
                cells=None if cells is None else [*cells, needed],
            )
        except PlanError:
            return None


def _part(predictors: list[tuple[str, Any]], attribute: str | None) -> list[tuple[str, Any]]:
    """Return the predictors of one attribute; all of them for None, or where it has none."""
    if attribute is None:
        return predictors
    begins = (f"{attribute}.", f"{attribute}[")
    return [each for each in predictors if each[0] == attribute or each[0].startswith(begins)]


@contextlib.contextmanager
def _no_imports_by_signatures() -> Iterator[None]:
    """Let no module be imported only because the text of a signature names it.

    DSPy imports a module for a type that it does not know. A preview follows every key, so what
    is half typed would be imported; modules that the file itself imports are there already.
    """
    module: Any = importlib.import_module("dspy.signatures.signature")
    if not hasattr(module, "importlib"):
        yield
        return

    def import_module(name: str, package: str | None = None) -> types.ModuleType:
        if name in sys.modules or name.partition(".")[0] in sys.stdlib_module_names:
            return importlib.import_module(name, package)
        raise ImportError(f"No module {name!r} is imported by the file.")

    kept = module.importlib
    module.importlib = types.SimpleNamespace(import_module=import_module)
    try:
        yield
    finally:
        module.importlib = kept
