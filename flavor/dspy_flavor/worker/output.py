"""What a job printed: its beginning and its end, within a bound."""

import os
from collections.abc import Mapping

from dspy_flavor.credentials import SHORTEST, is_sensitive
from dspy_flavor.redact import redact

_HEAD = 32_000
_TAIL = 96_000


class Output:
    """Bytes as they arrive; those in the middle are counted and dropped."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def feed(self, data: bytes) -> None:
        """Take what was printed."""
        room = _HEAD - len(self._head)
        self._head += data[:room]
        self._tail += data[room:] if room < len(data) else b""
        over = len(self._tail) - _TAIL
        if over > 0:
            del self._tail[:over]
            self._dropped += over

    def text(self, secrets: Mapping[str, str] | None = None) -> str:
        """Return it without credentials: those of the environment, and those that a job knew."""
        middle = f"\n[… {self._dropped:,} bytes left out …]\n" if self._dropped else ""
        text = self._head.decode("utf-8", "replace") + middle
        return without_credentials(text + self._tail.decode("utf-8", "replace"), secrets)


def without_credentials(text: str, secrets: Mapping[str, str] | None = None) -> str:
    """Return text without token shapes and without the values of secret environment variables."""
    known = {
        value: name
        for name, value in os.environ.items()
        if len(value) >= SHORTEST and is_sensitive(name)
    }
    return redact(text, {**(secrets or {}), **known})
