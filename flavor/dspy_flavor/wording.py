"""Whether a text is made of words, or looks as if a machine had drawn it.

A name such as `token` may hold a credential or the word of a text, and an argument such as `user`
the name of a team. The value tells: keys and tokens are random, or people mark them as secret.
"""

import re

# A model's loader imports this: what is rarely used is compiled by `re` at its first use.
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_RUN = re.compile(r"[A-Za-z0-9]+")
_TELLING = r"(?i)canary|secret|passw|private|credential|token|api[-_ ]?key|(?<![a-z])keys?(?![a-z])"
"""What people write into a value that stands for a secret."""
_NOT_IN_TOKENS = frozenset("<>[](){}\\^*")
"""What is in a pattern or a marker of a text, and in no token that is sent in a header."""
_UNSPEAKABLE = (
    r"[^aeiouy]{5}|[aeiou]{4}|(.)\1\1"
    # Pairs that hardly any English word has.
    r"|q[^u]|j[^aeiou]|v[^aeiouy]|x[bdfgjkmnqrsvwxz]|z[bcdfgjkmnpqrstvwx]|[^aeioun]x"
    r"|[bcdfghjklmnprstvwxz]q(?!u)|[bcfgjkmpqvwz][fgjkvwz]v|[jvqxz][jvqxz]"
)
"""What no word is spelt with."""
_LONG = 8
_PROSE = 3
_SENTENCE = 9
"""As many words as hardly any passphrase has."""

PLACEHOLDERS = frozenset(
    [
        "empty",
        "none",
        "null",
        "unused",
        "ignored",
        "dummy",
        "fake",
        "placeholder",
        "local",
        "ollama",
        "vllm",
        "lm-studio",
        "lmstudio",
        "no-key",
        "nokey",
        "no-api-key",
        "not-needed",
        "not_needed",
        "notneeded",
        "not-required",
        "no-key-required",
        "no-key-needed",
        "sk-no-key-required",
    ]
)
"""What is passed as the key of a server that asks for none."""


_REFERENCE = (
    r"(?i)\$\{[^{}]*\}|\$\w+|\{\{[^{}]*\}\}|\{\w*\}|%\w+%|%\(\w+\)s|<[^<>]*>"
    r"|\*+|\.{3,}|x{3,}|change[-_ ]?me|(?:your|insert|replace|enter)[-_ ][\w -]*"
)
"""What refers to a key that is filled in later: `${API_KEY}`, `<your key>`."""


def is_placeholder(text: str) -> bool:
    """Whether a text stands in the place of a key where none is needed, or none is given yet."""
    return not text or text.lower() in PLACEHOLDERS or re.fullmatch(_REFERENCE, text) is not None


def is_prose(text: str) -> bool:
    """Whether a text has several words with spaces between, as no token has."""
    return len(text.split()) >= _PROSE


def is_sentence(text: str) -> bool:
    """Whether a text tells of something in a sentence: a passphrase is shorter, a key no words."""
    return len(text.split()) >= _SENTENCE and all(
        len(run) < _LONG or reads_as_words(run) for run in _RUN.findall(text)
    )


def reads_as_words(text: str) -> bool:
    """Whether a text is words: `summarization_task`, `basic`, `<|begin_of_text|>`; not `x7Gq…`."""
    if not text.isascii():
        return True
    if any(character.isdigit() for character in text):
        return False
    pieces = _PIECE.findall(text)
    letters = sum(map(len, pieces))
    least = 3 if text == text.lower() else 4
    longer = sum(len(piece) for piece in pieces if len(piece) >= least)
    vowels = sum(character in "aeiouyAEIOUY" for character in text)
    # What is drawn at random falls into short pieces, and has few vowels.
    speakable = letters < _LONG or (3 * longer >= 2 * letters and 5 * vowels >= letters)
    return speakable and all(map(_is_speakable, pieces))


def _is_speakable(piece: str) -> bool:
    return (piece.isupper() and len(piece) <= 5) or not re.search(_UNSPEAKABLE, piece.lower())


def is_harmless(text: str) -> bool:
    """Whether a text under a name that may mean a token is a word of something else."""
    if re.search(_TELLING, text):
        return any(character in _NOT_IN_TOKENS for character in text)
    return reads_as_words(text) or any(character in _NOT_IN_TOKENS for character in text)


def looks_random(text: str) -> bool:
    """Whether a text under a name that says nothing may be a credential all the same."""
    if re.search(_TELLING, text):
        return not is_prose(text)
    return any(len(run) >= _LONG and not reads_as_words(run) for run in _RUN.findall(text))
