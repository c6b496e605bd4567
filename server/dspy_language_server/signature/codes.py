"""The rules of the signature language: code, name, default severity, one line for people.

`rules/catalog.py` takes them from here; each has a page in `rules/pages/`.
"""

from typing import NamedTuple

from dspy_language_server.signature.model import Severity


class Code(NamedTuple):
    """One rule of the signature language."""

    code: str
    name: str
    severity: Severity
    summary: str


_ERROR, _WARNING, _INFORMATION = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

CODES: dict[str, Code] = {
    row.code: row
    for row in (
        Code(
            "DSP101",
            "arrow",
            _ERROR,
            "A signature needs exactly one `->` between inputs and outputs.",
        ),
        Code("DSP102", "syntax", _ERROR, "One side of the signature is not a list of fields."),
        Code("DSP103", "overlap", _ERROR, "A field stands on both sides of the arrow."),
        Code("DSP104", "unknown-type", _ERROR, "DSPy knows no type of that name."),
        Code("DSP105", "unknown-attribute", _ERROR, "A module or class has no such type."),
        Code("DSP106", "not-a-type", _ERROR, "What is written after the colon is not a type."),
        Code("DSP107", "unsupported-type", _ERROR, "DSPy cannot read this expression as a type."),
        Code(
            "DSP108", "type-arguments", _ERROR, "A type is given arguments that it does not take."
        ),
        Code("DSP109", "no-schema", _ERROR, "Pydantic cannot build a schema for the type."),
        Code(
            "DSP110",
            "unreachable-type",
            _ERROR,
            "The type is in scope, but DSPy does not see it there.",
        ),
        Code(
            "DSP111", "reserved-name", _ERROR, "DSPy or pydantic keeps the field's name for itself."
        ),
        Code(
            "DSP112",
            "reserved-by-module",
            _ERROR,
            "The module that takes the signature reserves the name.",
        ),
        Code(
            "DSP113",
            "too-complex",
            _ERROR,
            "The signature is nested too deeply for Python's parser.",
        ),
        Code(
            "DSP114",
            "no-outputs-for-module",
            _ERROR,
            "The module needs a signature with an output field.",
        ),
        Code("DSP201", "dropped-field", _WARNING, "DSPy drops the field without a word."),
        Code("DSP202", "ignored-default", _WARNING, "A default in a signature string is ignored."),
        Code("DSP203", "duplicate-field", _WARNING, "A field is given twice; the last type wins."),
        Code("DSP204", "shadowing-name", _WARNING, "The field hides an attribute of Signature."),
        Code(
            "DSP205",
            "hidden-output",
            _WARNING,
            "The prediction's attribute of that name is a method.",
        ),
        Code(
            "DSP206",
            "swallowed-input",
            _WARNING,
            "The call keeps an argument of that name for itself.",
        ),
        Code(
            "DSP207", "no-outputs", _WARNING, "A signature without outputs fails when it is called."
        ),
        Code("DSP208", "silent-overlap", _WARNING, "A field on both sides is an output only."),
        Code("DSP209", "none-is-str", _WARNING, "DSPy reads the type `None` as `str`."),
        Code(
            "DSP210", "deferred-type", _WARNING, "A quoted type puts off all checks until the call."
        ),
        Code("DSP211", "shadowed-type", _WARNING, "DSPy takes a type of its own instead of yours."),
        Code("DSP212", "ignored-text", _WARNING, "Text after a closing parenthesis is ignored."),
        Code(
            "DSP213",
            "ignored-arguments",
            _WARNING,
            "Pydantic ignores the type's further arguments.",
        ),
        Code(
            "DSP214", "replaced-field", _WARNING, "The module replaces the field by one of its own."
        ),
    )
}
