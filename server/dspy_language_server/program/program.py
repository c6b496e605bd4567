"""The program of one document: its units, and the one answer to "what is under this offset?"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dspy_language_server.program import bodies, loggable
from dspy_language_server.program.analysis import Analysis
from dspy_language_server.program.context import context_at
from dspy_language_server.program.model import (
    UNKNOWN,
    Call,
    ClassDefinition,
    Context,
    Loggable,
    Outputs,
    Parameter,
    PredictionValue,
    Predictor,
    Signature,
    SignatureString,
    Unit,
    Value,
)
from dspy_language_server.program.surrounding import is_global_at, withs_at
from dspy_language_server.signature.model import Span
from dspy_language_server.source.document import Document


class Program:
    """What a document means to DSPy, kept up to date as it is edited.

    `units` are in source order; a unit that an edit did not concern is the same object as
    before, with the same facts (their `span` follows the text), so a consumer may keep what it
    derived from one in `unit.cache`.
    """

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.uri: str = analysis.uri
        self.document: Document = analysis.document
        self.cache: dict[str, Any] = {}
        """For consumers: what they keep about the whole document from one question to the next."""

    @property
    def units(self) -> Sequence[Unit]:
        """All units in source order."""
        return self.analysis.units()

    def units_at(self, offset: int) -> Sequence[Unit]:
        """The units of the top-level statement that holds an offset."""
        return self.analysis.units_at(offset)

    @property
    def uses_dspy(self) -> bool:
        """Whether the document names dspy at all (directly or through the workspace)."""
        return self.analysis.uses_dspy

    def strings(self) -> Iterator[SignatureString]:
        """Every signature string, in source order."""
        for unit in self.units:
            yield from unit.strings

    def calls(self) -> Iterator[Call]:
        """Every call whose target is known."""
        for unit in self.units:
            yield from unit.calls

    def predictors(self) -> Iterator[Predictor]:
        """Every predictor that is constructed."""
        for unit in self.units:
            yield from unit.predictors

    def classes(self) -> Iterator[ClassDefinition]:
        """Every class, whatever its kind."""
        for unit in self.units:
            yield from unit.classes

    def at(self, offset: int) -> Context:
        """What is under this offset (code points)."""
        return context_at(self.analysis, offset)

    def withs_at(self, offset: int) -> list[Span]:
        """The heads of the `with` statements whose bodies hold a place, outermost first."""
        return withs_at(self.analysis, offset)

    def is_global_at(self, offset: int) -> bool:
        """Whether what is bound at a place is bound for the whole module."""
        return is_global_at(self.analysis, offset)

    @property
    def loggables(self) -> list[Loggable]:
        """What "Log `X` to MLflow" can be offered for, in source order."""
        return loggable.loggables(self.analysis)

    def loggable_at(self, offset: int) -> Loggable | None:
        """The loggable that is meant at an offset: the class around it, or the variable on it."""
        return loggable.loggable_at(self.analysis, offset)

    def lookup(self, name: str) -> Value:
        """What a module-level name is bound to at the end of the module."""
        return self.analysis.find_global(name, None) or UNKNOWN

    def importers(self) -> Iterator[Analysis]:
        """The analyses of the known documents that import this one, maybe through others."""
        yield from self.analysis.host.importers(self.uri)

    def binds(self, name: str) -> bool:
        """Whether the module binds a name, or may bind it by a star import."""
        return self.analysis.find_global(name, None) is not None

    @property
    def judges_for_others(self) -> bool:
        """Whether it has functions of other documents judge its programs."""
        return any(
            judging.function.uri != self.uri
            for unit in self.analysis.judging_units()
            for judging in unit.judgings
        )

    def names(self) -> Iterator[str]:
        """The names that the module binds."""
        return self.analysis.names()

    def stores(self, name: str) -> bool:
        """Whether this document, or one that it imports, assigns to an attribute of that name."""
        return self.analysis.stores(name) or any(
            other.stores(name) for other in self.analysis.imported_analyses()
        )

    def binds_before(self, name: str, offset: int) -> bool:
        """Whether a top-level statement before an offset binds a name."""
        return self.analysis.binds_before(name, offset)

    def mentions(self, name: str) -> bool:
        """Whether the name occurs as attribute, keyword, name or in a short string anywhere."""
        return self.analysis.mentions(name)

    # ------------------------------------------------------------ questions about classes

    def module_parameters(self, definition: ClassDefinition) -> tuple[Parameter, ...] | None:
        """What a call of a custom module takes: its forward's parameters (None: not known)."""
        function = bodies.method(definition, "forward") or bodies.method(definition, "aforward")
        if function is None or not self.analysis.knows_bases(definition):
            return None
        return function.parameters

    def constructor_parameters(self, definition: ClassDefinition) -> tuple[Parameter, ...] | None:
        """What constructing a class takes, `__init__` inherited or own (None: not known)."""
        return loggable.constructor_parameters(definition)

    def attributes(self, definition: ClassDefinition) -> dict[str, Value]:
        """What `self.x` is bound to in a class, inherited attributes included."""
        return bodies.instance(definition)

    def outputs(self, definition: ClassDefinition) -> Outputs | None:
        """The fields of the prediction that a custom module's forward returns, where known."""
        value = bodies.forwarded(definition)
        return value.outputs if isinstance(value, PredictionValue) else None

    def predictor_inputs(self, predictor: Predictor) -> Signature | None:
        """The signature that a predictor's calls must satisfy."""
        return predictor.effective
