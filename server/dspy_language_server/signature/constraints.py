"""Which keywords of pydantic's `Field(…)` a type inside `Annotated[…]` accepts."""

import types
import typing
from typing import Any

from dspy_language_server.signature.unknowable import Unknowable

_NUMERIC = frozenset({"gt", "ge", "lt", "le", "multiple_of"})
_LENGTH = frozenset({"min_length", "max_length"})
_REMOVED = {
    "const": "Literal",
    "regex": "pattern",
    "unique_items": "set",
}
_PLAIN = frozenset(
    {
        "default", "title", "description", "examples", "deprecated", "exclude", "repr", "frozen", "alias",
        "validate_default", "init", "kw_only",
    }
)  # fmt: skip
_NOT_MODELLED = frozenset(
    {
        "default_factory", "alias_priority", "validation_alias", "serialization_alias",
        "field_title_generator", "exclude_if", "discriminator", "json_schema_extra", "init_var", "pattern",
        "strict", "coerce_numbers_to_str", "allow_inf_nan", "max_digits", "decimal_places", "union_mode",
        "fail_fast", "min_items", "max_items", "include", "allow_mutation", "final",
    }
)  # fmt: skip


def check_keywords(keywords: dict[str, Any]) -> str | None:
    """Why pydantic's `Field` raises on these keywords, or None."""
    for name, instead in _REMOVED.items():
        if name in keywords:
            return f"pydantic removed `{name}` from Field; use `{instead}`"
    if "default" in keywords and "default_factory" in keywords:
        return "Field takes `default` or `default_factory`, not both"
    if "alias" in keywords and not isinstance(keywords["alias"], str | None):
        return "an alias must be a string"
    return None


def check_constraints(source: Any, keywords: dict[str, Any]) -> str | None:
    """Why pydantic cannot apply the keywords to the type, or None.

    Raises:
        Unknowable: That is not modelled.
    """
    arguments = typing.get_args(source)
    if typing.get_origin(source) in (typing.Union, types.UnionType) and type(None) in arguments:
        rest = [a for a in arguments if a is not type(None)]
        if len(rest) == 1:
            return check_constraints(rest[0], keywords)
    for name, value in keywords.items():
        if value is None or name in _PLAIN:
            continue
        if name in _NOT_MODELLED:
            raise Unknowable
        if name not in _NUMERIC and name not in _LENGTH:
            continue  # an unknown keyword ends up in the JSON schema
        if not _fits(source, name, value):
            return f"`{name}={value!r}` does not fit {getattr(source, '__name__', source)}"
    return None


def _fits(source: Any, name: str, value: Any) -> bool:
    base = typing.get_origin(source) or source
    if name in _LENGTH and base in (str, bytes, list, tuple, set, frozenset, dict):
        if isinstance(value, bool | float):
            raise Unknowable
        return isinstance(value, int) and value >= 0
    if name in _NUMERIC and base in (int, float):
        if isinstance(value, bool | str | bytes) or (base is int and isinstance(value, float)):
            raise Unknowable
        return isinstance(value, int | float)
    return True  # pydantic checks it after validation, whatever the type
