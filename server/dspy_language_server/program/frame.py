"""The names that are visible while a stretch of code is read, and where its facts go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dspy_language_server.program.model import (
    UNKNOWN,
    ClassDefinition,
    Unit,
    Value,
)
from dspy_language_server.program.values import merge
from dspy_language_server.signature.model import Span
from dspy_language_server.source import syntax as s
from dspy_language_server.source.anchor import Anchor

if TYPE_CHECKING:
    from dspy_language_server.program.analysis import Analysis


@dataclass(slots=True, eq=False, repr=False)
class Frame:
    """A scope while its code is read from top to bottom."""

    analysis: Analysis
    unit: Unit
    moment: Anchor | None
    """For code at module level: the start of the stretch, which sees what is bound before it.
    None within functions, which see the module as it is in the end."""
    parent: Frame | None = None
    """The enclosing function's frame (class bodies are passed over, as Python does)."""
    is_class: bool = False
    qualname: str = ""
    env: dict[str, Value] = field(default_factory=dict)
    local_names: frozenset[str] | None = None
    """In a function: all names that it binds."""
    self_class: ClassDefinition | None = None
    self_attributes: dict[str, Value] = field(default_factory=dict)
    returned: list[Value] = field(default_factory=list)
    guards: frozenset[str] = frozenset()
    """Names of fields that this code tests for or assigns to."""
    guarded: int = 0
    """How many `try` blocks around the current statement catch a missing attribute."""
    sees_instance: bool = True
    """Whether `self` is complete: not in methods that assign to it."""
    recording: bool = True
    base: int = 0
    """Where the current statement begins, counted from the unit's anchor."""
    dead: bool = False
    """Nothing behind a `return` or `raise` is reached."""

    _statement: Anchor | None = None

    def begin(self, base: int) -> None:
        """A statement begins."""
        self.base = base
        self._statement = None

    def statement_anchor(self) -> Anchor:
        """What the offsets within the current statement count from."""
        if self.base == 0:
            return self.unit.anchor
        if self._statement is None:
            self._statement = Anchor(self.unit.anchor.uri, self.base, self.unit.anchor)
        return self._statement

    @property
    def anchor(self) -> Anchor:
        """What the unit's offsets count from."""
        return self.unit.anchor

    def span(self, span: Span | s.Expression) -> Span:
        """A place in the current statement, counted from the anchor."""
        if isinstance(span, s.Expression):
            return Span(span.start + self.base, span.end + self.base)
        return Span(span[0] + self.base, span[1] + self.base)

    def lookup(self, name: str) -> Value:
        """What a name stands for here; UNKNOWN also for one that is not bound."""
        return self.find(name) or UNKNOWN

    def find(self, name: str) -> Value | None:
        """What a name stands for here; None for one that is certainly not bound."""
        frame: Frame | None = self
        while frame is not None:
            found = frame.env.get(name)
            if found is not None:
                return found
            if frame.local_names is not None and name in frame.local_names:
                return UNKNOWN
            if frame.parent is None:
                break
            frame = frame.parent
        moment = None if frame is None else frame.moment
        return self.analysis.find_global(name, moment)

    def bind(self, name: str, value: Value) -> None:
        """Binds a name here."""
        self.env[name] = value

    # ----------------------------------------------------------------------- branches

    def fork(self) -> tuple[dict[str, Value], dict[str, Value], bool]:
        """The state to return to for another branch."""
        return dict(self.env), dict(self.self_attributes), self.dead

    def restore(self, state: tuple[dict[str, Value], dict[str, Value], bool]) -> None:
        """Goes back to a state."""
        self.env = dict(state[0])
        self.self_attributes = dict(state[1])
        self.dead = state[2]

    def join(self, states: list[tuple[dict[str, Value], dict[str, Value], bool]]) -> None:
        """Goes on behind branches: what they agree on is known."""
        alive = [state for state in states if not state[2]]
        if not alive:
            self.dead = True
            alive = states
        else:
            self.dead = False
        self.env = _joined([state[0] for state in alive])
        self.self_attributes = _joined([state[1] for state in alive])


def _joined(envs: list[dict[str, Value]]) -> dict[str, Value]:
    first, *others = envs
    if not others:
        return dict(first)
    result = dict(first)
    for env in others:
        for name, value in env.items():
            known = result.get(name)
            result[name] = value if known is None else merge(known, value)
    return result
