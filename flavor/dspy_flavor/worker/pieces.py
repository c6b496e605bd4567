"""The pieces of an answer as they arrive, cleared of credentials that one piece alone does not show."""

import re

from dspy_flavor.redact import redact

from .job import Channel
from .known import known_credentials

_LAST_SPACE = re.compile(r"\s(?=\S*\Z)")
_LONGEST = 512
"""How much without a space is held back at most: languages without spaces are shown as well."""


class Pieces:
    """Tells pieces word by word: a credential holds no space, so it is never told in parts.

    Attributes:
        fields: The outputs that have arrived in pieces.
    """

    def __init__(self, channel: Channel) -> None:
        self.fields: set[str] = set()
        self._channel = channel
        self._secrets = known_credentials()
        self._held: dict[str, str] = {}

    def add(self, field: str, text: str) -> None:
        """Take a piece; tell what is whole of it."""
        for other in [name for name in self._held if name != field]:
            self._tell(other, self._held.pop(other))
        self.fields.add(field)
        whole = self._held.get(field, "") + text
        space = _LAST_SPACE.search(whole)
        end = space.end() if space else 0
        if len(whole) - end > _LONGEST:
            whole = redact(whole, self._secrets)
            end = max(0, len(whole) - _LONGEST)
        self._held[field] = whole[end:]
        self._tell(field, whole[:end])

    def finish(self) -> None:
        """Tell what is held back still: nothing more arrives."""
        for field, text in self._held.items():
            self._tell(field, text)
        self._held.clear()

    def _tell(self, field: str, text: str) -> None:
        if text:
            self._channel.piece(field, redact(text, self._secrets))
