"""Makes a plan: reads the text, chooses the object, and says what is run, skipped and asked."""

import ast
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .choose import Choice, choose
from .cut import cut
from .effects import effects_of
from .model import Plan, PlanError, Statement, within_cell
from .names import dotted, origins_of
from .needs import Needs
from .notebook import join_cells
from .objects import Objects, objects_of
from .units import Unit, units_of

_UNKNOWABLE = frozenset({"exec", "eval", "globals", "__import__", "vars", "runpy.run_path"})
_EXPERIMENT = "experiment_name"
_WHOLE_FILE = 'Run the whole file instead with execute = "file" if something is missing.'


def plan(
    text: str,
    name: str | None = None,
    *,
    path: str,
    cells: Sequence[str] | None = None,
    cell: int | None = None,
    line: int | None = None,
    execute: str = "slice",
    constructor_arguments: Mapping[str, Any] | None = None,
) -> Plan:
    """Say which statements build an object. Nothing is run.

    Args:
        text: The file's text; not read for a notebook.
        name: The object's global name; None to choose by `line`, or the only one.
        path: The file's path, for messages.
        cells: The sources of a notebook's code cells.
        cell: The chosen cell's index in `cells`: the cells after it are left out.
        line: The caret's line, from 1; in a notebook within the cell.
        execute: `slice` for what the object needs, `file` for everything.
        constructor_arguments: Values for a class's constructor.

    Returns:
        A plan. Where a choice is missing its `error` says which, and `code` is empty.

    Raises:
        PlanError: If the text is not Python, or holds no such object.
    """
    blanked: list[Statement] = []
    starts: list[int] | None = None
    if cells is not None:
        text, starts, blanked = join_cells(cells, cell)
        if line is not None and cell is not None and cell < len(starts):
            line += starts[cell] - 1
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ").lstrip("\ufeff")
    units = units_of(parse(text, path))
    origins = origins_of(ast.Module([u.node for u in units if isinstance(u.node, ast.stmt)], []))
    objects = objects_of(units, origins)
    bound = {n for unit in units for n in unit.binds}
    choice = choose(objects, bound, name, line, constructor_arguments, path)
    lines = text.split("\n")
    if choice.error is not None:
        return replace(_unfinished(choice, objects), starts=starts)
    needs = Needs(units, objects.kinds)
    needs.need(choice.name)
    if execute == "file":
        needs.include_all()
    made = _Made(units, objects, needs, lines, choice, whole=execute == "file")
    if starts is not None:
        made.starts = starts
    return replace(made.plan(text, blanked, constructor_arguments), starts=starts)


def parse(text: str, path: str) -> ast.Module:
    """Parse a text, or say on which line it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        message = f"{path}, line {error.lineno}: the file is not complete Python ({error.msg})."
        raise PlanError("syntax", message, error.lineno) from None
    except (ValueError, RecursionError, MemoryError) as error:
        message = f"{path} cannot be read as Python: {str(error) or 'it is nested too deeply'}."
        raise PlanError("syntax", message) from None


def _unfinished(choice: Choice, objects: Objects) -> Plan:
    return Plan(
        name=choice.name,
        kind=choice.kind,
        line=choice.line,
        code="",
        candidates=objects.candidates,
        class_name=choice.class_name,
        required=choice.required,
        chosen=choice.name,
        error=choice.error,
    )


class _Made:
    """A plan in the making: units and reasons become statements and text."""

    def __init__(
        self,
        units: list[Unit],
        objects: Objects,
        needs: Needs,
        lines: list[str],
        choice: Choice,
        *,
        whole: bool,
    ) -> None:
        self._units, self._objects, self._needs = units, objects, needs
        self._lines, self._choice, self._whole = lines, choice, whole
        self.starts: list[int] = []
        """For a notebook: where its cells begin."""

    def plan(
        self, text: str, blanked: list[Statement], arguments: Mapping[str, Any] | None
    ) -> Plan:
        choice, included = self._choice, self._needs.included
        opened = [unit for unit in included if self._is_opened(unit)]
        plan = Plan(
            name=choice.name,
            kind=choice.kind,
            line=choice.line,
            code=cut(text, self._units, included, opened),
            skipped=list(blanked),
            candidates=self._objects.candidates,
            class_name=choice.class_name,
            required=choice.required,
            chosen=choice.name,
        )
        for unit in self._units:
            self._report(unit, plan, opened)
        plan.skipped.sort(key=lambda statement: statement.line)
        plan.notes = self._notes()
        plan.experiment = self._experiment()
        if arguments is not None and choice.kind == "class":
            self._construct(plan, arguments)
        return plan

    def _experiment(self) -> str | None:
        """Return what the file gives to `mlflow.set_experiment`: the statement itself is not run."""
        found = None
        for unit in self._units:
            for call in ast.walk(unit.node) if not unit.is_head else ():
                if not isinstance(call, ast.Call):
                    continue
                if dotted(call.func, self._objects.kinds.origins) != "mlflow.set_experiment":
                    continue
                given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == _EXPERIMENT)]
                if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
                    found = given[0].value
        return found

    def _construct(self, plan: Plan, arguments: Mapping[str, Any]) -> None:
        """Add the statement that makes the instance; its arguments are plain values."""
        taken = {name for unit in self._units for name in unit.binds}
        variable = next(n for n in ("program", "dspy_program", "logged_program") if n not in taken)
        given = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        plan.code = f"{plan.code.rstrip()}\n\n{variable} = {plan.name}({given})\n"
        plan.name, plan.kind = variable, "variable"

    def _is_opened(self, unit: Unit) -> bool:
        """Whether the head is replaced: the guard of a script, or a run of the user's own."""
        if unit.main_guard:
            return True
        node = unit.node
        return isinstance(node, (ast.With, ast.AsyncWith)) and all(
            isinstance(item.context_expr, ast.Call)
            and dotted(item.context_expr.func, self._objects.kinds.origins).startswith("mlflow.")
            for item in node.items
        )

    def _report(self, unit: Unit, plan: Plan, opened: list[Unit]) -> None:
        reason = self._needs.included.get(unit)
        if reason is None:
            is_outermost = unit.parent is None or unit.parent in self._needs.included
            if is_outermost and not _says_nothing(unit):
                plan.skipped.append(self._statement(unit, self._why_skipped(unit)))
            return
        if unit.is_head and unit in opened:
            return
        plan.run.append(self._statement(unit, reason))
        effects = self._effects(unit)
        if effects and not self._whole:
            line, what = effects[0]
            where = "" if unit.line <= line <= unit.end_line else f" (line {line})"
            text = f"{what}{where}, and `{self._choice.name}` depends on it"
            plan.confirm.append(self._statement(unit, text))
        elif unit in self._needs.perhaps and not self._whole:
            plan.confirm.append(self._statement(unit, self._needs.perhaps[unit]))

    def _effects(self, unit: Unit) -> list[tuple[int, str]]:
        node = unit.node
        parts: list[ast.AST] = [node]
        if unit.is_head:
            parts = [node.test] if isinstance(node, ast.If) else list(getattr(node, "items", []))
        return effects_of(parts, self._objects.kinds)

    def _why_skipped(self, unit: Unit) -> str:
        if unit.main_guard:
            return "runs only when the file is run as a script"
        inner = [u for u in self._units if u is unit or unit in u.parents()]
        effects = [effect for u in inner for effect in self._effects(u)]
        if effects:
            return effects[0][1]
        if isinstance(unit.node, (ast.Import, ast.ImportFrom)):
            return f"imports nothing that `{self._choice.name}` uses"
        return f"`{self._choice.name}` does not need it"

    def _statement(self, unit: Unit, reason: str) -> Statement:
        text = self._lines[unit.line - 1].strip() if unit.line <= len(self._lines) else ""
        return Statement(unit.line, unit.end_line, text[:200], reason)

    def _notes(self) -> list[str]:
        notes = []
        stars = False
        for unit in self._needs.included:
            node = unit.node
            if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
                stars = True
                module = "." * node.level + (node.module or "")
                notes.append(
                    f"{self._place(unit)}: which names `from {module} import *` brings cannot be known"
                    f" from the text. {_WHOLE_FILE}"
                )
        for name, reader in sorted(self._needs.unknown.items()):
            if not stars and reader is not None:
                notes.append(f"{self._place(reader)}: nothing in the file defines `{name}`.")
        notes.extend(self._unknowable())
        return notes

    def _place(self, unit: Unit) -> str:
        if not self.starts:
            return f"Line {unit.line}"
        cell, line = within_cell(self.starts, unit.line)
        return f"Code cell {cell}, line {line}"

    def _unknowable(self) -> list[str]:
        notes = []
        for unit in self._units:
            if isinstance(unit.node, (ast.FunctionDef, ast.ClassDef)) or unit.is_head:
                continue
            for child in ast.walk(unit.node):
                called = (
                    dotted(child.func, self._objects.kinds.origins)
                    if isinstance(child, ast.Call)
                    else ""
                )
                if called in _UNKNOWABLE and unit not in self._needs.included:
                    notes.append(
                        f"{self._place(unit)}: what `{called}` defines cannot be known from the text."
                        f" {_WHOLE_FILE}"
                    )
        return notes


def _says_nothing(unit: Unit) -> bool:
    node = unit.node
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
