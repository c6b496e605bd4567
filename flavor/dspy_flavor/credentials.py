"""What a credential is, by structure: a string under a name that says so."""

import functools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from .wording import is_harmless, is_placeholder, looks_random, reads_as_words

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
        "secretkey",
        "jwt",
        "passwords",
        "secrets",
        "apikeys",
        "auth",
    ]
)
_WEAK = frozenset({"token", "cookie", "bearer", "jwt", "auth", "credential", "credentials"})
"""Words that also name other things: a word of a text, a biscuit, a doctor's degree."""
_OF_SECRETS = frozenset({"key", "keys", "token", "value", "access", "string", "text", "data"})
"""Words after `secret` that leave it a secret."""
_ENDINGS = ("password", "passwd", "apikey", "secretkey", "accesskey", "accesstoken", "authtoken")
"""What a name in one word may end with: `openaiapikey`."""
_PAIRS = frozenset(
    (before, word)
    for befores, words in (
        ("api access private secret auth account signing encryption master service", "key keys"),
        ("subscription shared", "key"),
        (
            """openai anthropic azure google gemini cohere groq mistral together fireworks
            deepseek openrouter perplexity replicate huggingface hf serper serpapi tavily exa brave
            bing pinecone weaviate qdrant voyage jina stripe twilio sendgrid github gitlab slack
            discord databricks langsmith langfuse aws vendor""",
            "key keys",
        ),
        ("api access auth bearer refresh session id", "tokens"),
        ("db user database smtp proxy admin root ftp ldap mysql pg postgres redis", "pass"),
        ("connection", "string"),
        ("auth", "header headers"),
    )
    for before in befores.split()
    for word in words.split()
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
_ABOUT = frozenset(
    [
        "count",
        "counts",
        "limit",
        "length",
        "type",
        "types",
        "index",
        "ids",
        "name",
        "names",
        "url",
        "field",
        "fields",
        "policy",
        "pattern",
        "regex",
        "rules",
        "budget",
        "usage",
        "ttl",
        "expiry",
        "expires",
        "hint",
        "prompt",
        "label",
        "scheme",
        "method",
        "mode",
        "id",
        "kind",
        "provider",
        "class",
        "style",
        "word",
        "words",
        "header",
        "env",
        "variable",
        "param",
        "parameter",
        "column",
        "file",
        "path",
    ]
)
"""Words after one of the above that make a name tell of a credential, and not hold one."""
# A model's loader imports this: `re` compiles at the first use, and remembers.
_LOGIN = r"(?i)(?:bearer|basic|token|apikey|key)\s+(\S+)"
_WORD = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+"


def is_sensitive(name: object, *, surely: bool = False) -> bool:
    """Whether a value under `name` is a credential: `api_key`, `SEARCH_TOKEN`, not `max_tokens`.

    Args:
        name: The name.
        surely: Leave out names such as `token`, which also name other things.
    """
    if not isinstance(name, str) or name.count(" ") > 1:  # a sentence is no name
        return False
    words = [word.lower() for word in re.findall(_WORD, name)]
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        if (before, word) in _PAIRS and not _is_about(words, index):
            return True
        if surely and _may_mean_else(words, index):
            continue
        if (word in _WORDS or word.endswith(_ENDINGS)) and not (
            word == "token" and before in _TEXT_TOKENS
        ):
            return not _is_about(words, index)
    return False


def _may_mean_else(words: list[str], index: int) -> bool:
    """Whether a word names other things too: `token` a word of a text, `secret_santa` a game."""
    word, before = words[index], words[index - 1] if index else ""
    if word == "secret" and index + 1 < len(words):
        return not (words[index + 1] in _OF_SECRETS or words[index + 1].isdigit())
    return word in _WEAK and before not in {"access", "api", "auth", "session"}


def _is_about(words: list[str], index: int) -> bool:
    """`token_count` and `password_hint` are about a token, and not one."""
    after = words[index + 1] if index + 1 < len(words) else ""
    return after in _ABOUT or after.removesuffix("s") in _ABOUT


class Credential(NamedTuple):
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

    def add(
        self, path: str, value: Any, environment: str | None = None, name: object = None
    ) -> None:
        """Note that `value` at `path` is left out, and is not to be found anywhere.

        Args:
            path: Where it is.
            value: It.
            environment: The variable that it is read from when the model is loaded.
            name: What it is called. Under a name that does not say that it is a credential, such
                as `user` or `metadata`, only what looks like one is searched for.
        """
        credential = Credential(path, environment)
        if all(known.path != path for known in self.left_out):
            self.left_out.append(credential)
        for inner, text in named_texts(value, name):
            if not is_sensitive(inner, surely=is_harmless(text)) and not looks_random(text):
                continue  # left out all the same; `marketing` occurs by chance elsewhere
            self.forbid(text, path)
            login = re.fullmatch(_LOGIN, text.strip())
            if login is not None:  # repeated without the word before it, by who refuses it
                self.forbid(login[1], path)

    def forbid(self, text: str, path: str) -> None:
        """Note that `text` must not be found in the model."""
        if len(text) >= SHORTEST and not is_placeholder(text):
            self.secrets.setdefault(text, path)


def texts_in(value: Any) -> Iterator[str]:
    """Yield every string in plain data, depth first."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, (bytes, bytearray)):
            yield item.decode("utf-8", "replace")
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, (list, tuple, set, frozenset)):
            stack.extend(item)


def named_texts(value: Any, name: object) -> Iterator[tuple[object, str]]:
    """Yield every string in plain data with the name that it is under, its own or its holder's."""
    stack = [(name, value)]
    while stack:
        above, item = stack.pop()
        if isinstance(item, dict):
            stack.extend((above if is_sensitive(above) else key, it) for key, it in item.items())
        elif isinstance(item, (list, tuple, set, frozenset)):
            stack.extend((above, it) for it in item)
        else:
            yield from ((above, text) for text in texts_in(item))


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
    words = [word.upper() for word in re.findall(_WORD, name)]
    if owner and words in (["API", "KEY"], ["TOKEN"], ["PASSWORD"], ["SECRET"], ["APIKEY"]):
        words = [word.upper() for word in re.findall(_WORD, owner)] + words
    return "_".join(words)


_HARMLESS_PARAMETERS = frozenset({"api-version", "api_version", "version", "region", "deployment"})
_USERINFO = r"(?i)^(?:[a-z][a-z0-9+.-]*://)?([^/?#@\s]+)@"


def clean_url(url: str) -> tuple[str, list[str]]:
    """Return a language model's URL with what describes the endpoint, and what was taken out.

    User, password and fragment go, and query parameters that are not known to be harmless.
    """
    user = re.match(_USERINFO, url)
    if user is not None and "://" not in url:
        return url[user.end() :], _parts_of_user(user.group(1))
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return url, []
    kept = [(key, value) for key, value in query if key.lower() in _HARMLESS_PARAMETERS]
    taken = [value for key, value in query if key.lower() not in _HARMLESS_PARAMETERS]
    taken += _parts_of_user(user.group(1)) if user is not None else []
    taken += [parts.fragment] if parts.fragment else []
    if not taken:
        return url, []
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host, query=urlencode(kept), fragment="")), taken


def _parts_of_user(userinfo: str) -> list[str]:
    user, _, password = userinfo.partition(":")
    parts = [user, password, unquote(user), unquote(password)]
    return [part for part in dict.fromkeys(parts) if part]


def password_in(url: str) -> str | None:
    """Return the password in a URL such as a database's, or the token in the user's place."""
    user = re.match(_USERINFO, url) if "://" in url else None
    if user is None:
        return None
    name, colon, password = user.group(1).partition(":")
    return password if colon else name


def environment_secrets() -> Iterator[tuple[str, str]]:
    """Yield name and value of the credentials in this process's environment."""
    yield from _secrets_of(tuple(os.environ.items()))


@functools.lru_cache(maxsize=1)
def _secrets_of(environment: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return those of an environment: it is asked for with every span, and hardly ever changes."""
    found = []
    for name, value in environment:
        password = password_in(value)
        if password is not None:
            found.append((name, password))
        elif (
            is_sensitive(name)
            and not value.startswith(("/", "http://", "https://"))
            and not _is_one_word(value)
        ):
            found.append((name, value))
    return tuple(found)


def _is_one_word(value: str) -> bool:
    """`postgres` and `development` are set as passwords, and are what much code speaks of."""
    return value.isalpha() and reads_as_words(value) and not looks_random(value)
