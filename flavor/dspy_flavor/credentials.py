"""What a credential is, by structure: a string under a name that says so."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

SHORTEST = 8
"""Shorter values are stripped too, but not searched for: they occur by chance."""

_WORDS = frozenset(
    [
        "token",
        "secret",
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "credential",
        "credentials",
        "authorization",
        "bearer",
        "cookie",
        "apikey",
        "accesskey",
        "privatekey",
        "jwt",
    ]
)
_PAIRS = frozenset(
    {
        ("api", "key"),
        ("access", "key"),
        ("private", "key"),
        ("secret", "key"),
        ("auth", "key"),
        ("account", "key"),
        ("signing", "key"),
        ("encryption", "key"),
        ("subscription", "key"),
        ("master", "key"),
        ("service", "key"),
        ("connection", "string"),
        ("auth", "header"),
    }
)
_TEXT_TOKENS = frozenset(
    [
        "eos",
        "bos",
        "pad",
        "unk",
        "sep",
        "cls",
        "mask",
        "stop",
        "start",
        "end",
        "next",
        "prev",
        "current",
    ]
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def is_sensitive(name: object) -> bool:
    """Whether a value under `name` is a credential: `api_key`, `SEARCH_TOKEN`, not `max_tokens`."""
    if not isinstance(name, str):
        return False
    words = [word.lower() for word in _WORD.findall(name)]
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        if word in _WORDS and not (word == "token" and before in _TEXT_TOKENS):
            return not _is_about_text(words, index)
        if (before, word) in _PAIRS:
            return True
    return False


def _is_about_text(words: list[str], index: int) -> bool:
    """`token_count` and `password_hint` are about a token, and not one."""
    after = words[index + 1] if index + 1 < len(words) else ""
    return after in {"count", "counts", "limit", "length", "type", "index", "ids", "name", "url"}


@dataclass(frozen=True)
class Credential:
    """Something that was left out of a model."""

    path: str
    """Where it was: `settings.lm.kwargs['api_key']`."""
    environment: str | None = None
    """The environment variable that it is read from when the model is loaded, if any."""


@dataclass
class Credentials:
    """All that was left out of one model, and the values that must not be in it."""

    left_out: list[Credential] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    """Value to path."""

    def add(self, path: str, value: Any, environment: str | None = None) -> None:
        """Note that `value` at `path` is left out, and is not to be found anywhere."""
        credential = Credential(path, environment)
        if all(known.path != path for known in self.left_out):
            self.left_out.append(credential)
        for text in texts_in(value):
            self.forbid(text, path)

    def forbid(self, text: str, path: str) -> None:
        """Note that `text` must not be found in the model."""
        if len(text) >= SHORTEST:
            self.secrets.setdefault(text, path)


def texts_in(value: Any) -> Iterator[str]:
    """Yield every string in plain data, depth first."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, bytes):
            yield item.decode("utf-8", "replace")
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, (list, tuple, set, frozenset)):
            stack.extend(item)


class FromEnvironment:
    """Stands for a credential in a pickle: unpickled, it is the variable's value, or None."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.getenv, (self.name,)


def environment_name(name: str, value: Any, owner: str = "") -> str:
    """Return the variable that a credential came from, or the one to put it in.

    The variable that holds this very value now; else the name in capitals, with `owner` (such as
    a provider) before a name that says nothing by itself.
    """
    for key, known in os.environ.items():
        if value and known == value and is_sensitive(key):
            return key
    words = [word.upper() for word in _WORD.findall(name)]
    if owner and words in (["API", "KEY"], ["TOKEN"], ["PASSWORD"], ["SECRET"], ["APIKEY"]):
        words = [word.upper() for word in _WORD.findall(owner)] + words
    return "_".join(words)


def clean_url(url: str) -> tuple[str, list[str]]:
    """Return a URL without user, password and secret query parameters, and what was taken out."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")
    except ValueError:
        return url, []
    taken = [part for part in (parts.username, parts.password) if part]
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(key, value) for key, value in query if not _is_secret_parameter(key)]
    taken += [value for key, value in query if _is_secret_parameter(key)]
    if not taken:
        return url, []
    return urlunsplit(parts._replace(netloc=host[2], query=urlencode(kept))), taken


def _is_secret_parameter(key: str) -> bool:
    return is_sensitive(key) or key.lower() in {"key", "sig", "signature", "code", "auth"}


def environment_secrets() -> Iterator[tuple[str, str]]:
    """Yield name and value of the credentials in this process's environment."""
    for name, value in os.environ.items():
        if is_sensitive(name) and not value.startswith(("/", "http://", "https://")):
            yield name, value
