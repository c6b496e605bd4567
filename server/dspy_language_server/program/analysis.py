"""The analysis of one document: which stretch binds what, and what an edit makes stale.

Each stretch is read by itself, when it is asked for. What it needs from the module's other
stretches it looks up by name. So after an edit only the stretches that were changed, and those
that read a name bound there, are read again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from dspy_language_server.program import bodies, imports
from dspy_language_server.program.bodies import CLEAN
from dspy_language_server.program.definitions import FunctionSource
from dspy_language_server.program.flow import run
from dspy_language_server.program.frame import Frame
from dspy_language_server.program.model import (
    UNKNOWN,
    ApiValue,
    ClassDefinition,
    ClassValue,
    Function,
    FunctionValue,
    InstanceValue,
    MappingValue,
    ModuleValue,
    PredictorValue,
    SequenceValue,
    Unit,
    Value,
)
from dspy_language_server.program.summary import Summary, bound_name, summarize
from dspy_language_server.program.values import merge_all
from dspy_language_server.signature import reader
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Reading, Span
from dspy_language_server.signature.scope import Binding, Scope
from dspy_language_server.source import syntax as s
from dspy_language_server.source.anchor import Anchor
from dspy_language_server.source.common import common_prefix, common_suffix
from dspy_language_server.source.document import Document
from dspy_language_server.source.stretch import Stretch
from dspy_language_server.source.syntax_reader import read_stretch

_CHANGEABLE = (SequenceValue, MappingValue, InstanceValue, PredictorValue)
"""What an assignment to an item or an attribute makes another value of."""
_DEFINITIONS = (ClassValue, FunctionValue, ModuleValue, ApiValue)


class Host(Protocol):
    """What an analysis needs from the project around it."""

    dialect: Dialect
    active: list[object]
    """The functions whose bodies and the stretches which are being read, outermost first."""
    taint: int
    """The outermost of them that was met again; a large number when there is none."""
    readings: dict[tuple[str, str, frozenset[str] | None], list[KnownReading]]

    def module(self, importer: Analysis, name: str, level: int) -> Analysis | None:
        """The analysis of a module of the workspace."""

    def by_uri(self, uri: str) -> Analysis | None:
        """The analysis of a document."""

    def analyses(self) -> Iterable[Analysis]:
        """The analyses of all documents known so far."""

    def importers(self, uri: str) -> Iterable[Analysis]:
        """The analyses of the known documents that import a document, maybe through others."""


@dataclass(slots=True)
class KnownReading:
    """A reading, and the answers on names that it rests on."""

    answers: dict[str, Binding | None]
    reading: Reading


@dataclass(slots=True, eq=False, repr=False)
class Entry:
    """One stretch of the document, and what reading it gave."""

    stretch: Stretch
    body: s.Block
    summaries: list[Summary]
    binds: set[str]
    """Names that it binds, or whose list or dict it changes."""
    proper: set[str]
    """Names that it binds."""
    reads: set[str]
    mentions_dspy: bool
    imports: tuple[s.ImportedName, ...]
    """What its import statements import, wherever in it they stand."""
    plain_imports: dict[str, s.ImportedName]
    """The names that nothing else in it binds, and what they are without reading the rest."""
    unit: Unit | None = None
    exports: dict[str, Value] = field(default_factory=dict)
    reading: bool = False
    """It is being read right now."""
    units: tuple[Unit, ...] | None = None
    provisional: list[FunctionSource] = field(default_factory=list)
    """Functions that were read while names that they need were not known yet."""
    awaits: object = None
    """The outermost of what was being read already, and was met again when this was read."""

    @property
    def start(self) -> int:
        """Where the stretch begins."""
        return self.stretch.anchor.start


class _Noting:
    """A scope that remembers what it was asked."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.answers: dict[str, Binding | None] = {}

    def lookup(self, name: str) -> Binding | None:
        found = self._scope.lookup(name)
        self.answers[name] = found
        return found


class Analysis:
    """What the names of one document mean."""

    def __init__(self, document: Document, host: Host, module_name: str = "__main__") -> None:
        self.document = document
        self.uri = document.uri
        self.host = host
        self.module_name = module_name
        self._entries: list[Entry] = []
        self._binders: dict[str, list[Entry]] = {}
        self._readers: dict[str, set[Entry]] = {}
        self._globals: dict[str, int] = {}
        self._stores: dict[str, int] = {}
        self._mentions: dict[str, int] = {}
        self._importing: dict[Entry, None] = {}
        """The entries that import anything, as an ordered set."""
        self._units: list[Unit] = []
        self._judging: dict[Unit, None] = {}
        """The units that have a function judge predictions, as an ordered set."""
        self._stretches: list[Stretch] = []
        self._stale: set[Entry] = set()
        self._dspy = 0
        self.update()

    @property
    def dialect(self) -> Dialect:
        """The rules of the dspy release."""
        return self.host.dialect

    # ------------------------------------------------------------------------- edits

    def update(self) -> set[str]:
        """Takes over the document's edits; returns the module-level names that may have changed."""
        stretches = self.document.stretches
        entries = self._entries
        known = self._stretches
        head = common_prefix(known, stretches)
        if head == len(known) == len(stretches):
            return set()
        tail = common_suffix(known, stretches, min(len(known), len(stretches)) - head)
        self._stretches = list(stretches)
        removed = entries[head : len(entries) - tail]
        added = [_entry(stretch) for stretch in stretches[head : len(stretches) - tail]]
        self._drop_units(removed)
        for entry in removed:
            self._forget(entry)
        for entry in added:
            self._note(entry)
        entries[head : len(entries) - tail] = added
        return self.invalidate(_changed(removed, added))

    def invalidate(self, names: Iterable[str]) -> set[str]:
        """Makes stale what reads one of these names, and what reads the names bound there."""
        stale = set(names)
        waiting = list(stale)
        everything = "*" in stale
        if everything:
            for entry in self._entries:
                self._clear(entry)
                stale |= entry.binds
            return stale
        while waiting:
            for entry in self._readers.get(waiting.pop(), ()):
                if entry.unit is None and entry.binds <= stale:
                    continue
                self._clear(entry)
                for name in entry.binds - stale:
                    stale.add(name)
                    waiting.append(name)
        return stale

    def invalidate_imports(self, names: set[str]) -> set[str]:
        """Another module's names changed: what is imported from there is stale here."""
        affected: set[str] = set()
        for entry in self._importing:
            for imported in entry.imports:
                if imported.name is None or imported.name == "*" or imported.name in names:
                    affected.add(bound_name(imported))
                    self._clear(entry)
        return self.invalidate(affected) if affected else set()

    def _clear(self, entry: Entry) -> None:
        self._drop_units([entry])
        entry.unit = None
        entry.units = None
        entry.exports = {}
        self._stale.add(entry)

    def _forget(self, entry: Entry) -> None:
        self._stale.discard(entry)
        self._dspy -= entry.mentions_dspy
        for name in entry.binds:
            self._binders[name].remove(entry)
            if not self._binders[name]:
                del self._binders[name]
        for name in entry.reads:
            self._readers[name].discard(entry)
            if not self._readers[name]:
                del self._readers[name]
        for summary in entry.summaries:
            for name in summary.globals:
                self._globals[name] -= 1
            for name in summary.stores:
                self._stores[name] -= 1
            for name in summary.mentions:
                self._mentions[name] -= 1
                if not self._mentions[name]:
                    del self._mentions[name]
        self._importing.pop(entry, None)

    def _note(self, entry: Entry) -> None:
        self._stale.add(entry)
        self._dspy += entry.mentions_dspy
        for name in entry.binds:
            self._binders.setdefault(name, []).append(entry)
        for name in entry.reads:
            self._readers.setdefault(name, set()).add(entry)
        for summary in entry.summaries:
            for name in summary.globals:
                self._globals[name] = self._globals.get(name, 0) + 1
            for name in summary.stores:
                self._stores[name] = self._stores.get(name, 0) + 1
            for name in summary.mentions:
                self._mentions[name] = self._mentions.get(name, 0) + 1
        if entry.imports:
            self._importing[entry] = None

    # ------------------------------------------------------------------------- names

    def find_global(self, name: str, moment: Anchor | None) -> Value | None:
        """What a module-level name stands for: before a moment, or in the end (None).

        Returns None for a name that is certainly not bound at module level.
        """
        binders = self._binders.get(name, ())
        if moment is not None:
            before = moment.start
            binders = [entry for entry in binders if entry.start < before]
        if not binders:
            return self._from_stars(name)
        if self._globals.get(name):
            return UNKNOWN
        if len(binders) == 1:
            return self._export(binders[0], name)
        ordered = self._telling(name, sorted(binders, key=_start))
        last = self._export(ordered[-1], name)
        if moment is not None or isinstance(last, _DEFINITIONS):
            return last
        proper = [entry for entry in ordered if name in entry.proper]
        if len(proper) <= 1:
            return last
        return merge_all([*(self._export(e, name) for e in proper[:-1]), last])

    def _telling(self, name: str, binders: list[Entry]) -> list[Entry]:
        """Which entries say what a name stands for: those that only change it, where that can be."""
        if name in binders[-1].proper:
            return binders
        proper = [entry for entry in binders if name in entry.proper]
        if not proper or isinstance(self._export(proper[-1], name), _CHANGEABLE):
            return binders
        return proper

    def _export(self, entry: Entry, name: str) -> Value:
        imported = entry.plain_imports.get(name)
        if imported is not None:
            return self.imported(imported)
        if entry.unit is None:
            # From top to bottom, so that a long chain of names is no deep recursion.
            for earlier in sorted(self._stale, key=_start):
                if earlier.start >= entry.start:
                    break
                if earlier.unit is None and not earlier.reading:
                    self._link_in_passing(earlier)
        self.link(entry)
        return entry.exports.get(name, UNKNOWN)

    def _link_in_passing(self, entry: Entry) -> None:
        """Reads a stretch that is not asked for; not for good where it needs what is being read.

        A call of a function that is being read gives nothing yet. It does when the stretch's own
        turn comes.
        """
        if entry.awaits is not None and entry.awaits in self.host.active:
            return
        self.link(entry)
        if entry.awaits is not None:
            entry.unit = None
            entry.exports = {}

    def _from_stars(self, name: str) -> Value | None:
        """What a star import may bind."""
        for entry in self._binders.get("*", ()):
            for imported in entry.imports:
                if imported.name == "*":
                    found = imports.star_member(self, imported, name)
                    if found is not None:
                        return found
        return None

    def exported(self, name: str) -> Value | None:
        """What another module gets for this name."""
        return self.find_global(name, None)

    def imported(self, imported: s.ImportedName) -> Value:
        """What an import binds."""
        return imports.imported_value(self, imported)

    def module_member(self, module: ModuleValue, name: str) -> Value:
        """What `module.name` is."""
        return imports.module_member(self, module, name)

    # ---------------------------------------------------------------------- reading

    def link(self, entry: Entry) -> Unit:
        """Reads a stretch's module-level code."""
        if entry.unit is not None:
            return entry.unit
        unit = Unit(entry.stretch.anchor, len(entry.stretch.text))
        host = self.host
        if entry.reading:  # It depends on itself, through a function it calls.
            host.taint = min(host.taint, host.active.index(entry))
            return unit
        entry.reading = True
        outer, host.taint = host.taint, CLEAN
        depth = len(host.active)
        host.active.append(entry)
        try:
            frame = Frame(self, unit, entry.stretch.anchor)
            self._preload(entry, frame)
            try:
                for placed, summary in zip(entry.body, entry.summaries, strict=True):
                    frame.guards = frozenset(summary.guards)
                    run(frame, (placed,), 0)
                    frame.dead = False
            except RecursionError:
                unit = Unit(entry.stretch.anchor, len(entry.stretch.text))
            entry.exports = {name: frame.env[name] for name in entry.binds if name in frame.env}
            entry.unit = unit
        finally:
            entry.reading = False
            host.active.pop()
            entry.awaits = host.active[host.taint] if host.taint < depth else None
            # What a function reads of the module does not depend on who made the module be read.
            host.taint = outer
            for source in entry.provisional:
                source.body = None
            entry.provisional.clear()
        return unit

    def _preload(self, entry: Entry, frame: Frame) -> None:
        """Names that are bound again under a condition keep what they were otherwise."""
        if any(statement.blocks() for _, statement in entry.body) or entry.binds - entry.proper:
            for name in entry.binds - {"*"}:
                if len(self._binders[name]) > 1:
                    found = self.find_global(name, entry.stretch.anchor)
                    if found is not None:
                        frame.env[name] = found

    def units(self) -> list[Unit]:
        """All units in source order, read where they are not yet."""
        if self._stale:
            units = self._units
            for entry in sorted(self._stale, key=_start):
                if entry.units is None:
                    entry.units = tuple(self._units_of(self.link(entry)))
                at = bisect_left(units, entry.start, key=_unit_start)
                units[at:at] = entry.units
                self._judging.update((unit, None) for unit in entry.units if unit.judgings)
            self._stale.clear()
        return self._units

    def _drop_units(self, entries: Iterable[Entry]) -> None:
        """Takes the units of entries out of the list; they are known by identity."""
        for entry in entries:
            if entry.units and entry not in self._stale:
                at = self._units.index(entry.units[0])
                del self._units[at : at + len(entry.units)]
                for unit in entry.units:
                    self._judging.pop(unit, None)

    def judging_units(self) -> list[Unit]:
        """The units that have a function judge predictions, in source order."""
        self.units()
        return sorted(self._judging, key=_unit_start)

    def module_units(self) -> list[Unit]:
        """The units of module-level code, without those of functions."""
        return [self.link(entry) for entry in self._entries]

    def units_at(self, offset: int) -> tuple[Unit, ...]:
        """The units of the stretch that holds an offset."""
        index = self.document.index_at(offset)
        if index >= len(self._entries):
            return ()
        entry = self._entries[index]
        if entry.units is None:
            entry.units = tuple(self._units_of(self.link(entry)))
        return entry.units

    def _units_of(self, unit: Unit) -> Iterator[Unit]:
        waiting = [unit]
        while waiting:
            current = waiting.pop()
            yield current
            waiting.extend(bodies.body(function).unit for function in reversed(current.functions))

    def read(
        self, value: str, callee: str, scope: Scope, custom_types: frozenset[str] | None
    ) -> Reading:
        """Reads a signature string, or takes over a reading that rests on the same names."""
        key = (value, callee, custom_types)
        known = self.host.readings.setdefault(key, [])
        for each in known:
            if all(scope.lookup(name) == answer for name, answer in each.answers.items()):
                return each.reading
        noting = _Noting(scope)
        reading = reader.read(
            value, dialect=self.dialect, scope=noting, callee=callee, custom_types=custom_types
        )
        if len(known) > 8:
            known.clear()
        known.append(KnownReading(noting.answers, reading))
        if len(self.host.readings) > 8192:
            self.host.readings.clear()
        return reading

    def text_of(self, anchor: Anchor, span: Span) -> str:
        """The text of a span."""
        return self.document.slice(anchor.absolute(span))

    # ----------------------------------------------------------------- functions, classes

    def returned(self, function: Function) -> Value:
        """What a function returns."""
        return bodies.returned(function)

    def attribute(self, definition: ClassDefinition, name: str) -> Value | None:
        """What `instance.name` is bound to, methods aside."""
        return bodies.instance(definition).get(name)

    def attributes(self, definition: ClassDefinition) -> dict[str, Value]:
        """What each `self.x` is bound to, inherited attributes included."""
        return bodies.instance(definition)

    def knows_bases(self, definition: ClassDefinition) -> bool:
        """Whether every base of a class is known."""
        return all(each.complete_bases for each in bodies.line(definition))

    def early_attribute(
        self, definition: ClassDefinition, name: str, reader_name: str
    ) -> Value | None:
        """What `self.name` is bound to while methods still assign to it."""
        return bodies.early_attribute(definition, name, reader_name)

    def class_attribute(self, definition: ClassDefinition, name: str) -> Value | None:
        """What the class's body binds, or a base's."""
        return bodies.class_attribute(definition, name)

    def method(self, definition: ClassDefinition, name: str) -> Function | None:
        """The method of that name, own or inherited."""
        return bodies.method(definition, name)

    def forwarded(self, definition: ClassDefinition) -> Value:
        """What calling an instance of a module gives."""
        return bodies.forwarded(definition)

    # ------------------------------------------------------------------------- others

    @property
    def names_dspy(self) -> bool:
        """Whether dspy is named in the text."""
        return self._dspy > 0

    @property
    def uses_dspy(self) -> bool:
        """Whether dspy is named, or a module of the workspace is imported that uses it."""
        if self._dspy:
            return True
        return any(other is not self and other.names_dspy for other in self.imported_analyses())

    def imported_analyses(self) -> Iterator[Analysis]:
        """The workspace's modules that are imported here."""
        for entry in tuple(self._importing):
            for imported in entry.imports:
                found = self.host.module(self, imported.module, imported.level)
                if found is not None:
                    yield found

    def mentions(self, name: str) -> bool:
        """Whether a name occurs as attribute, keyword, parameter or short string."""
        return name in self._mentions

    def stores(self, name: str) -> bool:
        """Whether anything here assigns to an attribute or item of that name, `self.name` aside."""
        return self._stores.get(name, 0) > 0

    def names(self) -> Iterator[str]:
        """The names that the module binds."""
        return iter(self._binders)

    def binds_before(self, name: str, offset: int) -> bool:
        """Whether a top-level statement before an offset binds a name."""
        return any(entry.start < offset for entry in self._binders.get(name, ()))


def _unit_start(unit: Unit) -> int:
    return unit.anchor.start


def _start(entry: Entry) -> int:
    return entry.start


def _entry(stretch: Stretch) -> Entry:
    body = read_stretch(stretch).body
    summaries = [summarize(statement) for _, statement in body]
    proper: set[str] = set()
    reads: set[str] = set()
    grows: set[str] = set()
    for summary in summaries:
        proper |= summary.binds
        reads |= summary.reads
        grows |= summary.grows
    imported = tuple(name for _, statement in body for name in _imported_names(statement))
    dspy = "dspy" in stretch.text
    binds = proper | grows
    return Entry(stretch, body, summaries, binds, proper, reads, dspy, imported, _plain(body))


def _plain(body: s.Block) -> dict[str, s.ImportedName]:
    """What the names are that only import statements of a block itself bind."""
    found: dict[str, s.ImportedName] = {}
    otherwise: set[str] = set()
    for _, statement in body:
        if isinstance(statement, s.Import):
            found.update((bound_name(imported), imported) for imported in statement.names)
            continue
        summary = summarize(statement)
        otherwise |= summary.binds | summary.grows | summary.globals
        if isinstance(statement, s.Evaluate) and statement.kind == "delete":
            otherwise |= summary.reads
    return {name: each for name, each in found.items() if name not in otherwise and name != "*"}


def _imported_names(statement: s.Statement) -> Iterator[s.ImportedName]:
    """The names of all imports in a statement."""
    if isinstance(statement, s.Import):
        yield from statement.names
        return
    for block in statement.blocks():
        for _, inner in block:
            yield from _imported_names(inner)


def _changed(removed: list[Entry], added: list[Entry]) -> set[str]:
    """The names whose binding is not the same import as before."""
    before = _plain_imports(removed)
    after = _plain_imports(added)
    names: set[str] = set()
    for entry in (*removed, *added):
        names |= entry.binds
        for summary in entry.summaries:
            names |= summary.globals
    return {name for name in names if name not in before or before.get(name) is not after.get(name)}


def _plain_imports(entries: list[Entry]) -> dict[str, object]:
    """For each name that only an import statement binds: that statement."""
    found: dict[str, object] = {}
    twice: set[str] = set()
    for entry in entries:
        for (_, statement), summary in zip(entry.body, entry.summaries, strict=True):
            for name in summary.binds | summary.grows:
                if name in found or not isinstance(statement, s.Import):
                    twice.add(name)
                found[name] = statement
    return {name: statement for name, statement in found.items() if name not in twice}
