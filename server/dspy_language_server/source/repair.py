"""Closes what is half-typed within a stretch, so that its other lines are read as they will be.

Only a stretch that does not parse is looked at. Text is inserted, never removed, and each insertion is
remembered: a closing quote and brackets where a line with less indentation shows that they are
missing, a name behind a dot at the end of a line, a value behind `=` in a call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dspy_language_server.source.insertions import Insertion

HOLE = "_"
"""The name that stands where one is still to be typed."""

# The set in front lets the search skip what begins no token, which is nearly all of a text.
_TOKEN = re.compile(
    r"""
    (?=[\r\n\#"'(\[{)\]}\\=.])(?:
      (?P<newline>\r\n|\r|\n)
    | (?P<comment>\#[^\r\n]*)
    | (?P<triple>\"{3}|'{3})
    | (?P<string>"(?:[^"\\\r\n]|\\(?:\r\n|[\s\S]))*"?|'(?:[^'\\\r\n]|\\(?:\r\n|[\s\S]))*'?)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<joined>\\(?:\r\n|\r|\n))
    | (?P<value>(?<![=!<>:])=(?!=)(?=[ \t]*(?:[,)\r\n]|$)))
    | (?P<dot>(?<=[\w)\]}"'])\.(?=[ \t]*(?:[)\]},:=]|[\r\n]|$)))
    )
    """,
    re.VERBOSE,
)
_NEXT_NAME = re.compile(r"[ \t]*[\r\n]\s*[A-Za-z_]")
_INDENT = re.compile(r"[ \t\f]*")
_HEADER = re.compile(r"(?:(?:async[ \t]+)?(?:def|for|with)|class|if|elif|while)\b")
# An operator or word at a statement's end that something must follow.
_ASKS = re.compile(
    r"(?:[-+*/%&|^~<>@]|\b(?:if|else|not|and|or|in|is|import|await)|\blambda[^:()]*:)$"
)
_LONGEST_STATEMENT = 2000
_CLOSER = {"(": ")", "[": "]", "{": "}"}
_KEYWORD_LINE = re.compile(
    r"(?:@|(?:async[ \t]+)?def[ \t]|class[ \t]|import[ \t]|from[ \t]|with[ \t]|while[ \t]|return\b"
    r"|raise\b|try[ \t]*:|elif[ \t]|except\b|finally[ \t]*:|else[ \t]*:|pass\b"
    r"|(?:if|for)[ \t][^\r\n]*:[ \t]*(?=[\r\n]|$)|[A-Za-z_][\w.]*[ \t]+=[ \t])",
)


@dataclass
class _Open:
    bracket: str
    indent: int
    """The indentation of the line on which the statement began."""


@dataclass
class _State:
    text: str
    insertions: list[tuple[int, str]] = field(default_factory=list)
    brackets: list[_Open] = field(default_factory=list)
    line_start: int = 0
    indent: int = 0
    statement: int = 0
    """Where the current statement's first line begins."""
    content_end: int = 0
    """Where the last code before the current position ends: closers go there."""


def repair(text: str) -> tuple[str, tuple[Insertion, ...]]:
    """The text with what is missing put in, and what was put in."""
    state = _State(text)
    state.indent = _indent(text, 0)
    position = 0
    while True:
        token = _TOKEN.search(text, position)
        if token is None:
            state.content_end = _code_end(text, position, len(text), state.content_end)
            _close(state, len(state.brackets))
            _finish(state)
            break
        state.content_end = _code_end(text, position, token.start(), state.content_end)
        position = _take(state, token)
    if not state.insertions:
        return text, ()
    pieces: list[str] = []
    at = 0
    for where, what in state.insertions:
        pieces += (text[at:where], what)
        at = where
    pieces.append(text[at:])
    return "".join(pieces), tuple(Insertion(where, len(what)) for where, what in state.insertions)


def _take(state: _State, token: re.Match[str]) -> int:
    """Notes one token; returns where to go on."""
    text, position = state.text, token.end()
    kind = token.lastgroup
    if kind == "newline":
        _line(state, position)
        return position
    if kind == "comment":
        return position
    if kind == "triple":
        end = _triple_end(text, position, token[0])
        if end is None:
            cut = _less_indented(text, position, state.indent)
            state.content_end = cut
            state.insertions.append((cut, token[0]))
            return cut
        state.content_end = end
        return end
    if kind == "string" and not _is_closed(token[0]):
        state.insertions.append((position, token[0][0]))
    elif kind == "open":
        state.brackets.append(_Open(token[0], state.indent))
    elif kind == "close":
        _close_to(state, token)
    elif kind == "value":
        # `x =` at a line's end outside of brackets misses its value, too.
        state.insertions.append((position, HOLE))
    elif kind == "dot" and not (state.brackets and _continues(text, position)):
        state.insertions.append((position, HOLE))
    state.content_end = max(state.content_end, position)
    return position


def _continues(text: str, position: int) -> bool:
    """Whether a name follows on the next line, as it may within brackets."""
    return _NEXT_NAME.match(text, position) is not None


def _line(state: _State, start: int) -> None:
    """A line begins: brackets that it cannot be inside of are closed before it."""
    text = state.text
    found = _INDENT.match(text, start)
    assert found is not None
    first = found.end()
    if first >= len(text) or text[first] in "\r\n#":
        return
    indent = _indent(text, start)
    if not state.brackets:
        _finish(state)
        state.indent = indent
        state.statement = first
        return
    if text[first] in ")]}":
        return
    opened = state.brackets[0]
    if indent < opened.indent or (
        indent == opened.indent or _KEYWORD_LINE.match(text, first) is not None
    ):
        _close(state, len(state.brackets))
        _finish(state)
        state.indent = indent
        state.statement = first


def _finish(state: _State) -> None:
    """A statement ends: what its last word asks for is put in, and the body of a header."""
    written = state.text[state.statement : state.content_end]
    if len(written) > _LONGEST_STATEMENT:
        return
    asked = _ASKS.search(written)
    if asked is not None:
        word = asked[0]
        more = f" {HOLE} else {HOLE}" if word == "if" and "=" in written else f" {HOLE}"
        state.insertions.append((state.content_end, more))
        written += more
    if _HEADER.match(written) and not written.rstrip().endswith(":") and "):" not in written:
        has_colon = re.search(r":[ \t]*\S", re.sub(r"\(.*\)", "", written)) is not None
        if not has_colon:
            body = f": {HOLE}"
            if written.startswith("class") or "(" in written or not written.startswith("def"):
                state.insertions.append((state.content_end, body))
            else:
                state.insertions.append((state.content_end, f"(){body}"))


def _close(state: _State, count: int) -> None:
    if count:
        closers = "".join(_CLOSER[state.brackets.pop().bracket] for _ in range(count))
        written = state.text[state.statement : state.content_end]
        behind = not state.insertions or state.insertions[-1][0] < state.content_end
        if behind and written.endswith(":") and _HEADER.match(written):
            # `if f(:` is closed before its colon, and gets a body.
            state.insertions.append((state.content_end - 1, closers))
            state.insertions.append((state.content_end, f" {HOLE}"))
        else:
            state.insertions.append((state.content_end, closers))


def _close_to(state: _State, token: re.Match[str]) -> None:
    """A closing bracket: inner ones of another kind are missing theirs."""
    wanted = next((o for o, c in _CLOSER.items() if c == token[0]), "")
    for depth, opened in enumerate(reversed(state.brackets)):
        if opened.bracket == wanted:
            if depth:
                closers = "".join(_CLOSER[state.brackets.pop().bracket] for _ in range(depth))
                state.insertions.append((token.start(), closers))
            state.brackets.pop()
            return


def _code_end(text: str, start: int, end: int, former: int) -> int:
    """Where the last code in a span ends, if there is any."""
    found = len(text[start:end].rstrip(" \t\f"))
    return start + found if found else former


def _is_closed(string: str) -> bool:
    """Whether a token of the single-quoted kind has its closing quote."""
    if len(string) < 2 or string[-1] != string[0]:
        return False
    body = string[1:-1]
    return (len(body) - len(body.rstrip("\\"))) % 2 == 0


def _triple_end(text: str, position: int, quote: str) -> int | None:
    at = position
    while True:
        end = text.find(quote, at)
        if end < 0:
            return None
        backslashes = 0
        while text[end - 1 - backslashes] == "\\":
            backslashes += 1
        if backslashes % 2 == 0:
            return end + 3
        at = end + 1


def _less_indented(text: str, position: int, indent: int) -> int:
    """The end of the last line before one that is a statement at most as far in as `indent`."""
    for found in re.finditer(r"[\r\n]+([ \t\f]*)(?=[^\s])", text[position:]):
        if len(found[1].expandtabs(8)) <= indent and _KEYWORD_LINE.match(
            text, position + found.end()
        ):
            return position + found.start()
    return len(text)


def _indent(text: str, start: int) -> int:
    found = _INDENT.match(text, start)
    assert found is not None
    return len(found[0].rsplit("\f", 1)[-1].expandtabs(8))
