"""Reads a signature string as DSPy's runtime does: fields, types and problems, each with its span.

`read` is the one entry. It imports nothing that a string names, evaluates nothing, and never raises.
"""

from collections.abc import Collection, Mapping
from typing import Any

from dspy_language_server.signature import checks, fixes, tolerant
from dspy_language_server.signature.bindings import value_of
from dspy_language_server.signature.codes import CODES
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Field, Problem, Reading, Role, Span
from dspy_language_server.signature.scope import EMPTY, UNKNOWN, Binding, Scope
from dspy_language_server.signature.sides import Broken, Piece, Side, read_side
from dspy_language_server.signature.typereader import (
    TypeReading,
    annotation,
    read_string_type,
    sought,
)
from dspy_language_server.signature.unknowable import Unknowable
from dspy_language_server.signature.values import from_entry

CustomTypes = Mapping[str, Binding] | Collection[str] | None
_BARE = TypeReading("str")
_FINE = _BARE[1:-1]
"""A reading of which there is nothing to say, its type aside."""
FIXED = 30
"""The problems of one string that carry fixes: each fix is later checked against the whole literal,
so that a string of thousands of mistakes would take the square of its length."""


def read(
    text: str,
    *,
    dialect: Dialect,
    scope: Scope = EMPTY,
    callee: str = "Signature",
    custom_types: CustomTypes = None,
) -> Reading:
    """Reads a signature string.

    Args:
        text: The string's value.
        dialect: The release of dspy and the Python, from `dialect_for`.
        scope: What names are bound to where the string is used.
        callee: DSPy's name of what takes the string (`ChainOfThought`): its frames shadow names, its
            reserved names are checked.
        custom_types: The names given as `custom_types=`, with their bindings where these are known;
            None when the argument is absent.

    Returns:
        The reading; see `Reading`. A string of any size and content is answered in bounded time.
    """
    reading = _read(text, dialect, scope, callee, custom_types)
    if reading.problems:
        reading = fixes.tried(
            reading, lambda other: _read(other, dialect, scope, callee, custom_types)
        )
    if len(reading.problems) <= FIXED:
        return reading
    kept, rest = reading.problems[:FIXED], reading.problems[FIXED:]
    return reading._replace(problems=(*kept, *(p._replace(fixes=()) for p in rest)))


def _read(
    text: str, dialect: Dialect, scope: Scope, callee: str, custom_types: CustomTypes
) -> Reading:
    first = text.find("->")
    if first < 0 or text.find("->", first + 2) >= 0:
        return tolerant.read(text, dialect, scope, callee, first)
    try:
        left = read_side(text, 0, first, dialect)
        right = read_side(text, first + 2, len(text), dialect)
    except Broken as broken:
        return tolerant.read(text, dialect, scope, callee, first, broken)
    return _Reading(text, dialect, scope, callee, first).reading(left, right, custom_types)


class _Reading:
    """Puts the two sides of one string together."""

    def __init__(self, text: str, dialect: Dialect, scope: Scope, callee: str, arrow: int) -> None:
        self.text = text
        self.dialect = dialect
        self.scope = scope
        self.callee = callee
        self.arrow = Span(arrow, arrow + 2)
        self.problems: list[Problem] = []
        self.accepted: bool | None = True
        self.types: list[tuple[Piece, TypeReading, Role]] = []
        self.winners: dict[tuple[Role, str], Piece] = {}
        self.gone: set[str] = set()
        self.sought = True

    def reading(self, left: Side, right: Side, custom_types: CustomTypes) -> Reading:
        custom = self.custom_values(left, right, custom_types)
        inputs = self.side(left, Role.INPUT, custom)
        outputs = self.side(right, Role.OUTPUT, custom)
        self.settle(left, right)
        if not inputs.keys().isdisjoint(outputs):
            self.problems.extend(checks.overlap(inputs, outputs, self.text, self.dialect, left))
            # DSPy keeps one dictionary: the output takes the input's place in it.
            both = {name: outputs[name] for name in inputs if name in outputs}
            inputs = {name: field for name, field in inputs.items() if name not in outputs}
            outputs = {**both, **outputs}
        fields = (tuple(inputs.values()), tuple(outputs.values()))
        if self.gone:
            # What `ClassVar` takes out of the fields may have most names without a leading underscore.
            refused = self.dialect.rejected_class_variables
            unnamed = {n for n in self.gone if not n.startswith("_") and n not in refused}
            fields = _without(unnamed, fields)
        self.problems.extend(
            checks.names(*fields, self.text, self.arrow, self.dialect, self.callee)
        )
        kept = _without(self.gone | self.dialect.dropped_names, fields)
        if any(CODES[problem.code].severity.value == "error" for problem in self.problems):
            self.accepted = False
        if self.problems:
            self.problems = fixes.everywhere(self.problems, (left, right))
        problems = tuple(checks.to_the_end(self.problems, self.text)) if self.problems else ()
        return Reading(self.text, kept[0], kept[1], self.arrow, problems, self.accepted)

    def custom_values(
        self, left: Side, right: Side, custom_types: CustomTypes
    ) -> dict[str, Any] | None:
        """The values that DSPy puts before the builtins: found in frames, or given."""
        if custom_types is not None:
            return {
                name: _value(custom_types[name], self.dialect)
                if isinstance(custom_types, Mapping)
                else _value(self.scope.lookup(name) or UNKNOWN, self.dialect)
                for name in custom_types
            } or None
        if self.callee == "make_signature":
            return None  # only dspy.Signature looks through the callers' frames, for a positional string
        texts = [p.type_text for side in (left, right) for p in side.pieces if p.type_text]
        self.sought = any(annotation(text, self.dialect).sought for text in texts)
        if not self.sought and not (
            '"' in self.text or "'" in self.text or "=" in self.text or "#" in self.text
        ):
            return None
        return found_in_frames(self.text, self.dialect, self.scope, self.callee)

    def side(self, side: Side, role: Role, custom: dict[str, Any] | None) -> dict[str, Field]:
        fields: dict[str, Field] = {}
        defaults = []
        for piece in side.pieces:
            if piece.default_span is not None and piece.dropped in {"", "positional-only"}:
                defaults.append(checks.default(piece, self.text))
            if piece.dropped:
                self.problems.append(checks.dropped(piece, self.text))
                continue
            reading = _BARE
            if piece.type_text is not None:
                reading = read_string_type(piece.type_text, self.dialect, custom)
                self.types.append((piece, reading, role))
            if piece.name in fields:
                earlier = self.winners[role, piece.name]
                self.problems.append(checks.duplicate(piece, earlier, self.text))
            self.winners[role, piece.name] = piece
            fields[piece.name] = Field(
                piece.name, role, piece.name_span, piece.type_text, piece.type_span,
                reading.resolved, piece.default_span,
            )  # fmt: skip
        if defaults:
            self.problems.extend(checks.defaults(defaults))
        return fields

    def settle(self, left: Side, right: Side) -> None:
        """Judges the types together: a quoted unknown name puts off what pydantic would say to the others."""
        for side in (left, right):
            if side.ignored:
                self.problems.append(checks.ignored_text(side.ignored))
        if not self.sought and all(reading[1:-1] == _FINE for _, reading, _ in self.types):
            return
        winners = {id(piece) for piece in self.winners.values()}
        for name in {name for _, name in self.winners}:
            if (Role.INPUT, name) in self.winners and (Role.OUTPUT, name) in self.winners:
                winners.discard(id(self.winners[Role.INPUT, name]))
        nameless = self.dialect.dropped_names
        deferred = any(
            r.deferred and piece.name not in nameless
            for piece, r, _ in self.types
            if id(piece) in winners
        )
        for piece, reading, _ in self.types:
            last = id(piece) in winners and piece.name not in nameless
            if reading.accepted is None and self.accepted and (last or not reading.late):
                self.accepted = None
            vanishes = reading.final and piece.name in self.dialect.dropped_finals
            if last and (reading.dropped or vanishes):
                self.gone.add(piece.name)
                self.problems.extend(checks.class_variable(piece, self.dialect))
            if reading.deferred and last:
                self.problems.append(checks.deferred(piece, reading.deferred))
            # DSPy looks at every field that wins; what pydantic says concerns those that it keeps.
            judged = id(piece) in winners if reading.by_dspy else last
            hidden = (reading.by_pydantic and deferred) or (reading.late and not judged)
            if reading.problem and not hidden:
                found = reading.problem
                self.problems.append(
                    checks.type_problem(piece, found, self.dialect, self.scope, self.callee)
                )
            for warning in reading.warnings:
                self.problems.append(checks.type_warning(piece, warning))
            self.problems.extend(checks.shadowed(piece, self.dialect, self.scope, self.callee))


Sides = tuple[tuple[Field, ...], tuple[Field, ...]]


def _without(names: Collection[str], fields: Sides) -> Sides:
    inputs, outputs = fields
    return (
        tuple([field for field in inputs if field.name not in names]),
        tuple([field for field in outputs if field.name not in names]),
    )


def _value(binding: Binding, dialect: Dialect) -> Any:
    try:
        return value_of(binding, dialect)
    except Unknowable as unknowable:
        return unknowable


def found_in_frames(
    text: str, dialect: Dialect, scope: Scope, callee: str
) -> dict[str, Any] | None:
    """What DSPy's search through the callers' frames finds for a string; None when it finds nothing."""
    found: dict[str, Any] = {}
    frames = dialect.frames(callee)
    for dotted in sought(text, dialect):
        base = dotted.partition(".")[0]
        if base in found:
            continue
        entry = frames.get(base)
        if entry is not None:
            try:
                found[base] = from_entry(entry, dialect)
            except Unknowable as unknowable:
                found[base] = unknowable
            continue
        binding = scope.lookup(base)
        if binding is not None:
            found[base] = _value(binding, dialect)
    return found or None
