"""Names that decide what is kept: which hold credentials, and which hold data."""

import re
from typing import Any

from .credentials import environment_name, is_sensitive, texts_in
from .wording import is_harmless, is_placeholder, is_prose, is_sentence

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
    if isinstance(obj, _HOLDING_MORE):
        return False
    return (
        kind.__reduce_ex__ is _PLAIN.__reduce_ex__
        and kind.__reduce__ is _PLAIN.__reduce__
        and (hasattr(obj, "__dict__") or any("__slots__" in vars(cls) for cls in kind.__mro__))
    )


_HOLDING_MORE = (tuple, list, dict, set, frozenset, str, bytes, bytearray, int, float)
"""Classes whose subclasses' objects hold something beside their attributes."""
_PLAIN: Any = object


def is_left_out(name: object, value: Any) -> bool:
    """Whether the structure says that `value`, held under `name`, is a credential."""
    if isinstance(value, (str, bytes, bytearray)):
        if not value or not is_sensitive(name):  # most are not: no need to read the value
            return False
        if isinstance(value, str) and is_no_key(str(name), value):
            return False
        return is_sensitive(name, surely=True) or not _is_other(value)
    if isinstance(value, dict) and name in _HEADERS:
        return any(_is_header(key, item) for key, item in value.items())
    if not isinstance(value, (dict, list, tuple, set, frozenset)):
        return False
    pair = isinstance(value, tuple) and len(value) == 2  # user and password, as requests takes them
    sensitive = holds_only_credentials(name) or is_sensitive(name, surely=not pair)
    return sensitive and any(texts_in(value))


def is_no_key(name: str, value: str) -> bool:
    """Whether a text stands in the place of a credential, names one, or tells of it."""
    names_variable = value.isidentifier() and value.isupper() and is_sensitive(value)
    names_itself = _WRITTEN.sub("", value).lower() == _WRITTEN.sub("", name).lower()
    return is_placeholder(value) or names_variable or names_itself or is_sentence(value)


_WRITTEN = re.compile(r"[-_ ]")


def _is_other(value: str | bytes | bytearray) -> bool:
    """Whether a text is no token: prose, or a word that says something else."""
    return isinstance(value, str) and (is_prose(value) or is_harmless(value))


def _is_header(key: object, value: Any) -> bool:
    """Whether an item of `headers` may prove something: those of a table or of a type do not."""
    return is_sensitive(key) or not all(map(is_harmless, texts_in(value)))


def holds_only_credentials(name: object) -> bool:
    """Whether everything under a name is a credential: `vertex_credentials`, `secrets`."""
    if not isinstance(name, str):
        return False
    words = name.lower().split("_")
    return bool({"credentials", "secrets", "passwords", "cookies"} & set(words))


_HEADERS = frozenset({"headers", "extra_headers", "default_headers", "request_headers"})
_CLIENT_PACKAGES = frozenset(
    [
        "requests",
        "httpx",
        "httpx2",
        "aiohttp",
        "openai",
        "anthropic",
        "cohere",
        "groq",
        "mistralai",
        "boto3",
        "botocore",
        "google.auth",
        "google.oauth2",
        "azure.identity",
        "azure.core",
        "http.cookiejar",
        "http.cookies",
        "redis",
        "pymongo",
        "psycopg",
        "psycopg2",
    ]
)
_BATCHING = "dspy.utils.unbatchify.Unbatchify"
_DATA_OF_CLIENTS = frozenset({"Timeout", "Limits", "URL", "ClientTimeout"})


def is_client(obj: object) -> bool:
    """Whether an object talks to a service for somebody: it holds that one's credentials."""
    for cls in type(obj).__mro__:
        parts = cls.__module__.split(".")
        named = parts[0] in _CLIENT_PACKAGES or ".".join(parts[:2]) in _CLIENT_PACKAGES
        if named and "types" not in parts and cls.__name__ not in _DATA_OF_CLIENTS:
            return True
    return False


def batching_of(obj: object) -> tuple[Any, ...] | None:
    """Return what `Unbatchify` of DSPy's retriever was made with, or None for other objects.

    It holds a thread that answers its queries, which does not go on in another process: a copy of
    its attributes would wait forever.
    """
    kind = type(obj)
    if f"{kind.__module__}.{kind.__qualname__}" != _BATCHING:
        return None
    state = vars(obj)
    return state["batch_fn"], state["max_batch_size"], state["max_wait_time"]


def variable_for(name: str, value: Any, path: str = "") -> str:
    """Return the environment variable to read what was left out under `name` from.

    Args:
        name: What it is called.
        value: It.
        path: Where it is: what pydantic's `SecretStr` holds is called as what holds it.
    """
    if name == "_secret_value":
        name = next((word for word in reversed(_NAME.findall(path)) if word != name), name)
    return environment_name(name, value) if is_sensitive(name) else name.upper()


_NAME = re.compile(r"[A-Za-z_]\w*")
