"""The program of one document: its units, and the one answer to "what is under this offset?"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dspy_language_server.program.model import (
    Call,
    ClassDefinition,
    Context,
    Loggable,
    Outputs,
    Parameter,
    Predictor,
    Signature,
    SignatureString,
    Unit,
    Value,
)
from dspy_language_server.source.document import Document


class Program:
    """What a document means to DSPy, kept up to date as it is edited.

    `units` are in source order; a unit that an edit did not concern is the same object as
    before, with the same facts (their `span` follows the text), so a consumer may keep what it
    derived from one in `unit.cache`.
    """

    uri: str
    document: Document

    @property
    def units(self) -> Sequence[Unit]:
        """All units in source order."""
        raise NotImplementedError

    @property
    def uses_dspy(self) -> bool:
        """Whether the document names dspy at all (directly or through the workspace)."""
        raise NotImplementedError

    def strings(self) -> Iterator[SignatureString]:
        """Every signature string, in source order."""
        raise NotImplementedError

    def calls(self) -> Iterator[Call]:
        """Every call whose target is known."""
        raise NotImplementedError

    def predictors(self) -> Iterator[Predictor]:
        """Every predictor that is constructed."""
        raise NotImplementedError

    def classes(self) -> Iterator[ClassDefinition]:
        """Every class, whatever its kind."""
        raise NotImplementedError

    def at(self, offset: int) -> Context:
        """What is under this offset (code points)."""
        raise NotImplementedError

    @property
    def loggables(self) -> list[Loggable]:
        """What "Log `X` to MLflow" can be offered for, in source order."""
        raise NotImplementedError

    def loggable_at(self, offset: int) -> Loggable | None:
        """The loggable that is meant at an offset: the class around it, or the variable on it."""
        raise NotImplementedError

    def lookup(self, name: str) -> Value:
        """What a module-level name is bound to at the end of the module."""
        raise NotImplementedError

    def mentions(self, name: str) -> bool:
        """Whether the name occurs as attribute, keyword, name or in a short string anywhere."""
        raise NotImplementedError

    # ------------------------------------------------------------ questions about classes

    def module_parameters(self, definition: ClassDefinition) -> tuple[Parameter, ...] | None:
        """What a call of a custom module takes: its forward's parameters (None: not known)."""
        raise NotImplementedError

    def constructor_parameters(self, definition: ClassDefinition) -> tuple[Parameter, ...] | None:
        """What constructing a class takes, `__init__` inherited or own (None: not known)."""
        raise NotImplementedError

    def attributes(self, definition: ClassDefinition) -> dict[str, Value]:
        """What `self.x` is bound to in a class, inherited attributes included."""
        raise NotImplementedError

    def outputs(self, definition: ClassDefinition) -> Outputs | None:
        """The fields of the prediction that a custom module's forward returns, where known."""
        raise NotImplementedError

    def predictor_inputs(self, predictor: Predictor) -> Signature | None:
        """The signature that a predictor's calls must satisfy."""
        raise NotImplementedError
