"""Names that decide what is kept: which hold credentials, and which hold data."""

from typing import Any

from .credentials import is_sensitive

DATA_ATTRIBUTES = frozenset(
    [
        "args",
        "arg_types",
        "arg_desc",
        "demos",
        "traces",
        "train",
        "fields",
        "model_fields",
        "json_schema_extra",
    ]
)
"""Attributes whose keys are the names of a signature's fields or a tool's arguments."""

CLIENT_ARGUMENTS = frozenset(
    ["headers", "extra_headers", "default_headers", "http_client", "client"]
)
"""Arguments that carry credentials under names that do not say so."""


def has_plain_state(obj: Any) -> bool:
    """Whether an object is kept as its class and its attributes, without a rule of its own."""
    kind: Any = type(obj)
    return (
        kind.__reduce_ex__ is _PLAIN.__reduce_ex__
        and kind.__reduce__ is _PLAIN.__reduce__
        and hasattr(obj, "__dict__")
    )


_PLAIN: Any = object


def is_left_out(name: object, value: Any) -> bool:
    """Whether the structure says that `value`, held under `name`, is a credential."""
    if isinstance(value, (str, bytes)):
        return bool(value) and is_sensitive(name)
    return isinstance(value, (dict, list, tuple)) and holds_only_credentials(name)


def holds_only_credentials(name: object) -> bool:
    """Whether everything under a name is a credential: `vertex_credentials`, `secrets`."""
    if not isinstance(name, str):
        return False
    words = name.lower().split("_")
    return bool({"credentials", "secrets", "passwords", "cookies"} & set(words))
