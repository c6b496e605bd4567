"""The answers of the signature language, as plain data: fields, problems, fixes, readings.

Every span is a half-open pair of code-point offsets into the *value* of the string that was read.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

NO_DATA: Mapping[str, Any] = MappingProxyType({})


class Span(NamedTuple):
    """A half-open range of code points."""

    start: int
    end: int

    def shifted(self, by: int) -> "Span":
        """The same range, `by` code points further on."""
        return Span(self.start + by, self.end + by)

    def touches(self, offset: int) -> bool:
        """Whether a caret at `offset` stands in the range or at one of its ends."""
        return self.start <= offset <= self.end


class Severity(str, Enum):
    """How much a problem matters, in LSP's words."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    HINT = "hint"


class Role(str, Enum):
    """The side of the arrow that a field stands on."""

    INPUT = "input"
    OUTPUT = "output"


class Edit(NamedTuple):
    """A replacement in the string's value."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A rewrite that DSPy accepts: a title for people, and edits that do not overlap."""

    title: str
    edits: tuple[Edit, ...]

    def apply(self, text: str) -> str:
        """`text` with the edits made."""
        for span, new in sorted(self.edits, reverse=True):
            text = text[: span.start] + new + text[span.end :]
        return text


class Field(NamedTuple):
    """One field of a signature.

    Attributes:
        name: The name as DSPy sees it (identifiers are NFKC-normalised).
        role: Input or output.
        name_span: Where the name stands; for a name given twice, its last place.
        type_text: The annotation as written, or None without one.
        type_span: Where the annotation stands.
        resolved: The type as the runtime spells it (`str`, `list[str]`, `typing.Optional[int]`,
            `dspy.adapters.types.image.Image`), or None when it cannot be known or is rejected.
        default_span: Where an (ignored) default stands, `=` excluded.
    """

    name: str
    role: Role
    name_span: Span
    type_text: str | None = None
    type_span: Span | None = None
    resolved: str | None = "str"
    default_span: Span | None = None


class Problem(NamedTuple):
    """Something that DSPy rejects (error) or accepts and mishandles (warning).

    Attributes:
        code: `DSP1xx` or `DSP2xx`, see `codes.py`.
        message: One or two sentences for people.
        span: Where it stands in the string's value.
        severity: The severity that the code has by default.
        data: Facts for features, e.g. `{"field": "answer", "name": "Foo"}`.
        fixes: Rewrites that DSPy accepts, the best one first.
    """

    code: str
    message: str
    span: Span
    severity: Severity = Severity.ERROR
    data: Mapping[str, Any] = NO_DATA
    fixes: tuple[Fix, ...] = ()


class Reading(NamedTuple):
    """What DSPy makes of a signature string.

    Attributes:
        text: The string's value.
        inputs: The input fields, in DSPy's order.
        outputs: The output fields, in DSPy's order.
        arrow: Where `->` stands; None without exactly one.
        problems: Errors and warnings, by position.
        accepted: Whether DSPy accepts the string; None when that cannot be known statically.
        complete: Whether the fields are DSPy's own (True), or those of a tolerant reading of a
            string that DSPy cannot parse, most often because it is being typed (False).
    """

    text: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    arrow: Span | None = None
    problems: tuple[Problem, ...] = ()
    accepted: bool | None = True
    complete: bool = True

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, inputs first, as `Signature.fields` has them."""
        return self.inputs + self.outputs

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        for field in self.fields:
            if field.name == name:
                return field
        return None

    def field_at(self, offset: int) -> Field | None:
        """The field whose name or annotation is at `offset`, or None."""
        for field in self.fields:
            if field.name_span.touches(offset) or (
                field.type_span is not None and field.type_span.touches(offset)
            ):
                return field
        return None
