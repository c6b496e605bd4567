"""A finding, as plain data: what is wrong, where, what else to look at, and how to put it right.

Places are kept as an anchor and a span that counts from it, like the program's facts: a finding
stays right while text before it is edited, so the findings of an untouched unit are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dspy_language_server.signature.model import NO_DATA, Severity, Span
from dspy_language_server.source.anchor import Anchor
from dspy_language_server.source.letters import visible


class Place(NamedTuple):
    """A span that moves with the source around it."""

    anchor: Anchor
    relative: Span

    @classmethod
    def of(cls, anchor: Anchor, span: Span) -> Place:
        """The place of a span of the document as it is now."""
        return cls(anchor, anchor.relative(span))

    @property
    def uri(self) -> str:
        """The document."""
        return self.anchor.uri

    @property
    def span(self) -> Span:
        """The span in the document, now."""
        return self.anchor.absolute(self.relative)


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains the finding, most often a field's definition."""

    place: Place
    message: str

    def __post_init__(self) -> None:
        """As a finding's message."""
        object.__setattr__(self, "message", visible(self.message))

    @property
    def span(self) -> Span:
        """The span in its document, now."""
        return self.place.span

    @property
    def uri(self) -> str:
        """The document of that place."""
        return self.place.uri


class DocumentEdit(NamedTuple):
    """A replacement in a document."""

    place: Place
    text: str

    @property
    def span(self) -> Span:
        """What is replaced, now."""
        return self.place.span

    @property
    def uri(self) -> str:
        """The document that is edited."""
        return self.place.uri


class DocumentFix(NamedTuple):
    """A rewrite that puts the finding right: a title for people, and edits that do not overlap.

    Attributes:
        title: What the rewrite does.
        edits: The edits; all are made, or none.
        preferred: Whether "fix all" may make it without asking.
    """

    title: str
    edits: tuple[DocumentEdit, ...]
    preferred: bool = True

    def apply(self, uri: str, text: str) -> str:
        """A document's text with the edits that concern it made."""
        own = [edit for edit in self.edits if edit.uri == uri]
        for edit in sorted(own, key=lambda e: e.span, reverse=True):
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        return text


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that DSPy rejects (error), mishandles (warning), or that could be better.

    Attributes:
        code: `DSP` and three digits.
        severity: As configured, else the rule's own.
        message: One or two sentences for people: what DSPy will do, what to write instead.
        place: Where it stands.
        related: Other places that explain it.
        fixes: Rewrites, the best one first.
        data: Facts for features, e.g. `{"name": "qestion", "nearest": "question"}`.
    """

    code: str
    severity: Severity
    message: str
    place: Place
    related: tuple[Related, ...] = ()
    fixes: tuple[DocumentFix, ...] = ()
    data: Mapping[str, Any] = field(default_factory=lambda: NO_DATA)

    def __post_init__(self) -> None:
        """Messages quote the user's text: a terminal must not obey it, nor an editor turn it round."""
        object.__setattr__(self, "message", visible(self.message))

    @property
    def span(self) -> Span:
        """The span in the document, now."""
        return self.place.span

    @property
    def uri(self) -> str:
        """The document."""
        return self.place.uri
