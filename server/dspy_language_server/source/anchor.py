"""Where a stretch of source begins: what offsets count from, so that an edit moves them all at once."""

from __future__ import annotations

from dspy_language_server.signature.model import Span


class Anchor:
    """The start of a top-level statement, or of a function within one.

    A document moves the anchors of the statements behind an edit; whatever counts from an anchor
    moves along without being touched.
    """

    __slots__ = ("_parent", "offset", "uri")

    def __init__(self, uri: str, offset: int, parent: Anchor | None = None) -> None:
        self.uri = uri
        self._parent = parent
        self.offset = offset
        """Counted from the parent's start, or the document's."""

    @property
    def start(self) -> int:
        """The offset in the document, now."""
        return self.offset if self._parent is None else self._parent.start + self.offset

    def absolute(self, span: Span) -> Span:
        """A span that counts from here, as a span of the document."""
        start = self.start
        return Span(span[0] + start, span[1] + start)

    def relative(self, span: Span) -> Span:
        """A span of the document, counted from here."""
        start = self.start
        return Span(span[0] - start, span[1] - start)

    def __repr__(self) -> str:
        return f"Anchor({self.uri!r}, {self.start})"
