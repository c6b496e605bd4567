"""Reads one side of the arrow exactly as DSPy does: as the parameter list of a Python function.

A plain side (names, colons, types that stand alone) is taken apart by hand, which is an order of magnitude faster
than Python's parser; everything else goes to Python's own `ast`, and a test holds both to the same answers.
"""

import ast
import keyword
import warnings
from typing import NamedTuple

from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Span
from dspy_language_server.signature.text import SourceMap
from dspy_language_server.signature.typereader import annotation, too_deep


class Piece(NamedTuple):
    """One parameter: a field, or something that DSPy drops.

    Attributes:
        name: As Python has it, NFKC-normalised.
        name_span: Where it stands in the string.
        type_text: The annotation as written, or None.
        type_span: Where it stands.
        default_span: Where a default stands.
        dropped: Why DSPy drops it: `positional-only`, `keyword-only`, `*args`, `**kwargs`; or "".
    """

    name: str
    name_span: Span
    type_text: str | None = None
    type_span: Span | None = None
    default_span: Span | None = None
    dropped: str = ""


class Side(NamedTuple):
    """One side of a signature.

    Attributes:
        pieces: Its parameters, in order.
        ignored: Text that DSPy never looks at, behind a parenthesis that closes too early.
    """

    pieces: tuple[Piece, ...]
    ignored: Span | None = None


class Broken(Exception):  # noqa: N818 - a verdict, not an error
    """Python cannot parse the side.

    Attributes:
        message: Python's words.
        offset: Where Python noticed, in the string; None when it does not say.
        too_complex: Whether the parser gives up for its size rather than for its text.
    """

    def __init__(self, message: str, offset: int | None, *, too_complex: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.too_complex = too_complex


_BLANK = " \t\n"
_NOT_PLAIN = frozenset("\"'#\\=*/@(){}\r\f\0")


def read_side(text: str, start: int, end: int, dialect: Dialect) -> Side:
    """Reads `text[start:end]`.

    Raises:
        Broken: DSPy raises a SyntaxError (or gives up) here.
    """
    plain = _plain(text, start, end, dialect)
    return Side(plain) if plain is not None else _parsed(text[start:end], start)


def _plain(text: str, start: int, end: int, dialect: Dialect) -> tuple[Piece, ...] | None:
    side = text[start:end]
    if not side.isascii() or not _NOT_PLAIN.isdisjoint(side):
        return None
    parts = side.split(",")
    if "[" in side or "]" in side:
        joined = _join_brackets(parts)
        if joined is None:
            return None
        parts = joined
    pieces = []
    last = len(parts) - 1
    position = start
    for index, part in enumerate(parts):
        if index == last and not part.strip(_BLANK):
            break
        piece = _plain_piece(part, position, dialect)
        if piece is None:
            return None
        pieces.append(piece)
        position += len(part) + 1
    return tuple(pieces)


def _join_brackets(parts: list[str]) -> list[str] | None:
    """Puts parts together again that were cut inside brackets."""
    joined: list[str] = []
    held: list[str] = []
    depth = 0
    for part in parts:
        held.append(part)
        depth += part.count("[") - part.count("]")
        if depth < 0:
            return None
        if depth == 0:
            joined.append(held[0] if len(held) == 1 else ",".join(held))
            held = []
    return joined if depth == 0 else None


def _plain_piece(part: str, position: int, dialect: Dialect) -> Piece | None:
    name_part, colon, type_part = part.partition(":")
    name = name_part.strip(_BLANK)
    if not name.isidentifier() or keyword.iskeyword(name):
        return None
    name_start = position + len(name_part) - len(name_part.lstrip(_BLANK))
    name_span = Span(name_start, name_start + len(name))
    if not colon:
        return Piece(name, name_span)
    type_text = type_part.strip(_BLANK)
    if annotation(type_text, dialect).node is None:
        return None
    type_start = position + len(name_part) + 1 + len(type_part) - len(type_part.lstrip(_BLANK))
    return Piece(name, name_span, type_text, Span(type_start, type_start + len(type_text)))


_BEFORE = "def f("


def _parsed(side: str, start: int) -> Side:
    if too_deep(side):
        raise Broken("too many nested parentheses", start, too_complex=True)
    source = f"{_BEFORE}{side}): pass"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function = ast.parse(source).body[0]
    except SyntaxError as error:
        raise Broken(error.msg, _error_offset(error, source, start, len(side))) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Broken(str(error), None, too_complex=not isinstance(error, ValueError)) from None
    if not isinstance(function, ast.FunctionDef):
        raise Broken("invalid syntax", None)
    return _Reader(side, start, source).read(function)


def _error_offset(error: SyntaxError, source: str, start: int, length: int) -> int | None:
    if error.lineno is None or not error.offset:
        return None
    offset = SourceMap(source).line_start(error.lineno) + error.offset - 1 - len(_BEFORE)
    return start + min(max(offset, 0), length)


class _Reader:
    """Finds the spans of a parsed side's parameters."""

    def __init__(self, side: str, start: int, source: str) -> None:
        self.side = side
        self.shift = start - len(_BEFORE)
        self.source = source
        self.map = SourceMap(source)

    def side_span(self, node: ast.arg | ast.expr) -> Span:
        first = self.map.offset(node.lineno, node.col_offset)
        last = self.map.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return Span(first, last)

    def read(self, function: ast.FunctionDef) -> Side:
        arguments = function.args
        rows: list[tuple[ast.arg, ast.expr | None, str]] = []
        ordered = [*arguments.posonlyargs, *arguments.args]
        defaults = [None] * (len(ordered) - len(arguments.defaults)) + list(arguments.defaults)
        for index, (argument, default) in enumerate(zip(ordered, defaults, strict=True)):
            dropped = "positional-only" if index < len(arguments.posonlyargs) else ""
            rows.append((argument, default, dropped))
        if arguments.vararg:
            rows.append((arguments.vararg, None, "*args"))
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            rows.append((argument, default, "keyword-only"))
        if arguments.kwarg:
            rows.append((arguments.kwarg, None, "**kwargs"))
        pieces = tuple(self.piece(*row) for row in rows)
        return Side(pieces, self.ignored(function))

    def piece(self, argument: ast.arg, default: ast.expr | None, dropped: str) -> Piece:
        span = self.side_span(argument)
        name_end = span.start
        while name_end < span.end and self.source[span.start : name_end + 1].isidentifier():
            name_end += 1
        type_text, type_span = None, None
        if argument.annotation is not None:
            type_start = self.map.skip_blank(self.source.index(":", name_end) + 1)
            type_text = self.source[type_start : span.end]
            type_span = Span(type_start, span.end).shifted(self.shift)
        default_span = self.side_span(default).shifted(self.shift) if default else None
        name_span = Span(span.start, name_end).shifted(self.shift)
        return Piece(argument.arg, name_span, type_text, type_span, default_span, dropped)

    def ignored(self, function: ast.FunctionDef) -> Span | None:
        """What stands behind a parenthesis in the string that closes DSPy's own."""
        body = function.body[0]
        starts = self.map.offset(body.lineno, body.col_offset)
        ours = len(self.source) - len("pass")
        if starts == ours and function.returns is None:
            return None
        if function.returns is not None:
            starts = self.map.offset(function.returns.lineno, function.returns.col_offset)
        close = self.source.rfind(")", 0, starts)
        return Span(close, len(_BEFORE) + len(self.side)).shifted(self.shift)
