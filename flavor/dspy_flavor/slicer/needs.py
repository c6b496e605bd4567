"""Which units an object needs: from its name backwards, by what each unit reads and changes."""

import ast
import builtins

from .changes import Changes, aliases_of, changes_of, is_setting
from .effects import Kinds
from .names import bound_within
from .units import Unit

CHANGES = "changes"
"""How the reason of a statement begins that changes a value of the slice."""
_ALWAYS_THERE = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__package__",
                                            "__spec__", "__builtins__", "__annotations__"}  # fmt: skip


class Needs:
    """The slice of one object, as it grows."""

    def __init__(self, units: list[Unit], kinds: Kinds) -> None:
        self._units = units
        self._kinds = kinds
        self._changes: list[Changes] = [changes_of(unit, kinds) for unit in units]
        self._aliases = aliases_of(units)
        self._used = {n for u in units for n in (*u.eager_uses, *u.late_uses)}
        self.included: dict[Unit, str] = {}
        """Each unit of the slice, with the reason."""
        self.perhaps: dict[Unit, str] = {}
        """Those included only because they may change something."""
        self.unknown: dict[str, Unit | None] = {}
        """Names that nothing in the file binds, with a unit that reads them."""
        self._resolved: set[tuple[str, int]] = set()

    def need(self, name: str, *, settings: bool = True) -> None:
        """Include all that the object of a name needs."""
        self.target = name
        self._resolve(name, len(self._units), None, "defines")
        in_guard = any(self._in_guard(unit) for unit in self.included)
        for unit in self._units if settings else ():
            if self._in_guard(unit) and not in_guard:
                continue
            if is_setting(unit, self._kinds):
                self._include(unit, "sets DSPy, the environment or the module path")
            elif _is_import_for_effect(unit, self._used):
                self._include(unit, "is imported for what importing it does")
        while self._include_changes():
            pass

    def include_all(self) -> None:
        """Include the whole file but for the guard of a script that does not define the object."""
        in_guard = any(self._in_guard(unit) for unit in self.included)
        for unit in self._units:
            if in_guard or not (unit.main_guard or self._in_guard(unit)):
                self.included.setdefault(unit, "is in the file")

    @staticmethod
    def _in_guard(unit: Unit) -> bool:
        return any(parent.main_guard for parent in unit.parents())

    def _include(self, unit: Unit, reason: str) -> None:
        if unit in self.included:
            return
        self.included[unit] = reason
        if unit.parent is not None:
            self._include(unit.parent, "encloses what is needed")
        for name in sorted(unit.eager_uses):
            self._resolve(name, unit.index, unit, "is needed for")
        for name in sorted(unit.late_uses):
            self._resolve_late(name)

    def _resolve(self, name: str, before: int, reader: Unit | None, reason: str) -> None:
        """Include the definitions of a name that may hold just before a unit."""
        if (name, before) in self._resolved:
            return
        self._resolved.add((name, before))
        found = self.reaching(name, before)
        if not found and name not in _ALWAYS_THERE:
            later = [u for u in self._units if name in u.binds]
            if (
                not later
                and self._declared_global(name) is None
                and not (reader is not None and name in bound_within(reader.node))
            ):
                self.unknown.setdefault(name, reader)
            found = later if reader is not None and _is_definition(reader) else []
        for unit in found:
            self._include(unit, f"{reason} `{self.target if reader else name}`")

    def _resolve_late(self, name: str) -> None:
        """Include every definition of a name that a function body reads: it may run at any time."""
        if (name, -1) in self._resolved:
            return
        self._resolved.add((name, -1))
        for unit in self._units:
            if name in unit.binds:
                self._include(unit, f"is needed for `{self.target}`")

    def _declared_global(self, name: str) -> Unit | None:
        return next((u for u, c in zip(self._units, self._changes, strict=True) if name in c.surely),
                    None)  # fmt: skip

    def reaching(self, name: str, before: int) -> list[Unit]:
        """Return the units that may have bound a name last, seen from just before a unit."""
        found: list[Unit] = []
        for unit in reversed(self._units[:before]):
            if name in unit.binds:
                found.append(unit)
                if not unit.conditional:
                    break
        return found

    def _include_changes(self) -> bool:
        """Include what changes a value of the slice; return whether there was something new."""
        grew = False
        for unit, changes in zip(self._units, self._changes, strict=True):
            if unit in self.included:
                continue
            surely = self._kept(self._with_aliases(changes.surely), unit)
            perhaps = self._kept(self._with_aliases(changes.perhaps), unit)
            if surely:
                self._include(unit, f"{CHANGES} `{surely[0]}`")
            elif perhaps:
                reason = f"may change `{perhaps[0]}`: whether it does cannot be known from the text"
                self.perhaps[unit] = reason
                self._include(unit, reason)
            grew = grew or bool(surely or perhaps)
        return grew

    def _with_aliases(self, names: set[str]) -> list[str]:
        every = list(names)
        for name in every:
            source = self._aliases.get(name)
            if source is not None and source not in every:
                every.append(source)
        return sorted(every)

    def _kept(self, names: list[str], unit: Unit) -> list[str]:
        """Return the names whose value, as the unit finds it, is part of the slice."""
        return [
            name
            for name in names
            if any(u in self.included for u in self.reaching(name, unit.index))
            or (not self.reaching(name, unit.index) and (name, -1) in self._resolved)
        ]


def _is_definition(unit: Unit) -> bool:
    return isinstance(unit.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


def _is_import_for_effect(unit: Unit, used: set[str]) -> bool:
    node = unit.node
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__" or any(alias.name == "*" for alias in node.names)
    return (
        isinstance(node, ast.Import)
        and not any(name in used for name in unit.binds)
        and not unit.parents()
    )
