"""Which keywords of pydantic's `Field(…)` a type inside `Annotated[…]` accepts.

The rules are those of pydantic 2.14 (`_known_annotated_metadata.py`, and the validation of core schemas), measured
on every pair of a type and a keyword that is listed here.
"""

import collections
import collections.abc
import datetime  # noqa: ICN001 - spelled as users spell it
import decimal
import re
import types
import typing
import uuid
from typing import Any

from dspy_language_server.signature.unknowable import Unknowable

_NUMERIC = frozenset({"gt", "ge", "lt", "le", "multiple_of"})
_LENGTH = frozenset({"min_length", "max_length"})
NUMBERS = _NUMERIC | _LENGTH
"""Keywords whose values are numbers."""
LIMITS = NUMBERS | {"pattern", "strict"}
"""Keywords that must fit the type."""
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
        "field_title_generator", "exclude_if", "discriminator", "json_schema_extra", "init_var",
        "coerce_numbers_to_str", "allow_inf_nan", "max_digits", "decimal_places", "union_mode",
        "fail_fast", "min_items", "max_items", "include", "allow_mutation", "final",
    }
)  # fmt: skip
_HAVE_A_LENGTH = frozenset(
    {
        str, bytes, list, tuple, set, frozenset, dict, collections.abc.Mapping, collections.abc.MutableMapping,
        collections.abc.Iterable, collections.deque, collections.Counter, collections.OrderedDict,
    }
)  # fmt: skip
# Pydantic compares these with limits of their own kind, made from what is given.
_ORDERED = frozenset(
    {
        datetime.date, datetime.datetime, datetime.time, datetime.timedelta, decimal.Decimal,
    }
)  # fmt: skip
_CAN_BE_STRICT = frozenset(
    {
        int, float, str, bool, bytes, complex, list, dict, set, frozenset, tuple, uuid.UUID, *_ORDERED,
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
        # An unknown keyword ends up in the JSON schema.
        if not _fits(typing.get_origin(source) or source, name, value):
            return f"`{name}={value!r}` does not fit {getattr(source, '__name__', source)}"
    return None


def _fits(base: Any, name: str, value: Any) -> bool:
    if name in _LENGTH and base in _HAVE_A_LENGTH:
        return isinstance(value, int) and 0 <= value < 2**63
    if name in _NUMERIC and (base in (int, float) or base in _ORDERED):
        return _is_limit(base, name, value)
    if name == "strict":
        if base not in _CAN_BE_STRICT:
            raise Unknowable
        return isinstance(value, bool)
    if name == "pattern":
        if isinstance(value, str) and _is_no_regex(value):
            return False
        if isinstance(value, str) and not _is_common_regex(value):
            raise Unknowable  # Rust's regular expressions are not Python's
        return isinstance(value, str)
    if not isinstance(value, int | float | str):
        raise Unknowable
    return True  # pydantic checks it after validation, whatever the type


def _is_limit(base: Any, name: str, value: Any) -> bool:
    if name == "multiple_of" and base not in (int, float, decimal.Decimal):
        if base is datetime.timedelta:
            raise Unknowable
        return True
    if isinstance(value, str) and base in (int, float, decimal.Decimal):
        return _is_number(base, name, value)
    if isinstance(value, str | bytes):
        raise Unknowable  # pydantic reads them as dates or times where it can
    if base in _ORDERED and base is not decimal.Decimal:
        return _is_moment(base, value)
    if not isinstance(value, int | float) or (base is decimal.Decimal and isinstance(value, bool)):
        return False
    if base is int and isinstance(value, float) and not (value.is_integer() and abs(value) < 2**63):
        return False
    return name != "multiple_of" or value > 0


def _is_number(base: Any, name: str, text: str) -> bool:
    """Whether pydantic makes a limit of numbers from a text."""
    if base is float:
        return False
    try:
        number = decimal.Decimal(text)
    except decimal.InvalidOperation:
        return False
    plain = re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII) is not None
    if not plain and (base is int or not number.is_finite()):
        if base is int and number.is_finite() and number != number.to_integral_value():
            return False
        raise Unknowable
    return name != "multiple_of" or number > 0


def _is_moment(base: Any, value: Any) -> bool:
    """Whether pydantic makes a limit of dates or times from a number: seconds, to it."""
    if not isinstance(value, int | float) or base is datetime.date:
        return False
    if isinstance(value, bool):
        return base is datetime.timedelta
    if base is datetime.time:
        return 0 <= value < 86_400
    if abs(value) > 10_000_000_000:
        raise Unknowable  # from somewhere here on they are milliseconds, or too much
    return True


_COMMON_REGEX = re.compile(
    r"""(?: [\w \-@:/,;%=<>!'"~#]        # itself
          | \\[dwsDWSbB.\-+*?()\[\]{}|^$\\/ntr]
          | [.^$|)]
          | \((?!\?)                     # a plain group
          | \[\^?(?:[\w .@:/,;%=+*?()$|!'"#{}<>] | (?<=\w)-(?=\w) | -(?=\]) | \\[dwsDWS.\-\[\]\\/+*?^$|ntr])+\]
          | (?<![*+?({|^])[*+?]\??       # repeated
          | (?<![*+?({|^])\{\d{1,3}(?:,\d{0,3})?\}
        )*""",
    re.VERBOSE | re.ASCII,
)  # fmt: skip


def _is_no_regex(text: str) -> bool:
    """Whether Rust certainly refuses it: brackets that do not close, or what it has not (`(?=…)`, a backreference)."""
    if len(text) > 200 or "(?x" in text:
        return False
    depth = index = 0
    while index < len(text):
        character = text[index]
        if character == "\\":
            if index + 1 == len(text) or text[index + 1] in "123456789":
                return True
            index += 1
        elif character == "[":
            index = _class_end(text, index)
            if index < 0 or index == len(text):
                return index == len(text)
        elif character == "(":
            if text.startswith(("(?=", "(?!", "(?<=", "(?<!"), index):
                return True
            depth += 1
        elif character == ")":
            depth -= 1
            if depth < 0:
                return True
        index += 1
    return depth > 0 or text.startswith(("*", "+", "?"))


def _class_end(text: str, start: int) -> int:
    """Where a character class closes; the text's length where it never does, -1 for a nested one."""
    index = start + 2 + text.startswith("^", start + 1)
    if text.startswith(("[", "\\"), index - 1):
        return -1
    while index < len(text) and text[index] != "]":
        if text[index] == "[":
            return -1
        index += 1 + (text[index] == "\\")
    return min(index, len(text))


def _is_common_regex(text: str) -> bool:
    """Whether it means the same to Rust and Python beyond doubt, and compiles in both."""
    if len(text) > 200 or not _COMMON_REGEX.fullmatch(text):
        return False
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
