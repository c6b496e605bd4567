"""One stretch of a document: its text, its lines, and its syntax tree, each made when first asked for."""

from __future__ import annotations

import re
from bisect import bisect_right

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Tree

from dspy_language_server.source.anchor import Anchor
from dspy_language_server.source.common import common_prefix, common_suffix
from dspy_language_server.source.insertions import NOTHING_PUT_IN, Insertions

PYTHON = Language(tree_sitter_python.language())
_PARSER = Parser(PYTHON)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DOT_END = re.compile(r"(?<=[\w)\]}])\.[ \t]*(?=[\r\n])")
_CONTROL = re.compile("[\0\x1e]")


class Stretch:
    """A top-level statement, or a few simple ones, with the comments and blank lines behind."""

    __slots__ = (
        "_line_starts",
        "_offsets",
        "_seed",
        "_source",
        "_tree",
        "anchor",
        "broken",
        "insertions",
        "is_ascii",
        "reach",
        "seeds",
        "syntax",
        "text",
    )

    def __init__(self, anchor: Anchor, text: str, reach: int = 0, broken: bool = False) -> None:
        self.anchor = anchor
        self.text = text
        self.reach = reach
        """How much text behind its end decided where it ends."""
        self.broken = broken
        """A bracket or quote is not closed before the next statement."""
        self.is_ascii = text.isascii()
        self.insertions = NOTHING_PUT_IN
        """What was inserted to close what is half-typed; counted in characters of `source`."""
        self.syntax: object = None
        """What the syntax reader made of it; kept here so that it lives as long as the text."""
        self.seeds: list[Stretch] = []
        """The stretches that this one replaces: what they share with it needs no second look."""
        self._seed: Stretch | None = None
        self._tree: Tree | None = None
        self._source: bytes = b""
        self._line_starts: list[int] | None = None
        self._offsets: list[int] | None = None

    def depend(self, reach: int, broken: bool) -> None:
        """Takes over how a new split found its end."""
        self.reach = reach
        self.broken = broken

    def depends_on(self, offset: int) -> bool:
        """Whether an edit at an offset of the document can change where this stretch ends."""
        return self.anchor.start + len(self.text) + self.reach >= offset

    # ------------------------------------------------------------------------- lines

    @property
    def line_starts(self) -> list[int]:
        """Where lines begin, counted from the stretch's start, which is the first of them."""
        if self._line_starts is None:
            self._line_starts = [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]
        return self._line_starts

    @property
    def line_breaks(self) -> int:
        """How many line breaks there are."""
        return len(self.line_starts) - 1

    # -------------------------------------------------------------------------- tree

    def seed(self, former: Stretch | None, seeds: list[Stretch]) -> None:
        """Says what this stretch replaces: a tree to start from, and syntax to reuse."""
        self.seeds = seeds
        if former is not None and former.is_parsed:
            self._seed = former

    @property
    def is_parsed(self) -> bool:
        """Whether the tree was made."""
        return self._tree is not None

    @property
    def source(self) -> bytes:
        """The text as it was parsed: UTF-8, half-typed parts closed."""
        self.tree  # noqa: B018 - parsing makes the source
        return self._source

    @property
    def tree(self) -> Tree:
        """The syntax tree."""
        if self._tree is None:
            self._parse()
        assert self._tree is not None
        return self._tree

    def _parse(self) -> None:
        source = _encode(self.text)
        tree = self._parse_from_seed(source)
        if tree.root_node.has_error or self._ends_in_dot(tree.root_node):
            # Most of what is opened parses: the start does without the patterns of what does not.
            from dspy_language_server.source.repair import repair  # noqa: PLC0415

            closed, made = repair(self.text)
            if made:
                self.insertions = Insertions(made)
                source = _encode(closed)
            # How the parser recovers depends on the tree it started from: begin anew.
            tree = _PARSER.parse(source)
        self._source = source
        self._tree = tree
        self._seed = None

    def _ends_in_dot(self, root: Node) -> bool:
        """Whether a line ends behind a dot: the parser takes the next line's name for it."""
        for found in _DOT_END.finditer(self.text):
            start = found.start()
            byte = start if self.is_ascii else len(_encode(self.text[:start]))
            node = root.descendant_for_byte_range(byte, byte + 1)
            if node is not None and node.type == ".":
                return True
        return False

    def _parse_from_seed(self, source: bytes) -> Tree:
        former = self._seed
        if former is None or not former.is_parsed or former.insertions:
            return _PARSER.parse(source)
        old = former.source
        start = common_prefix(old, source)
        limit = min(len(old), len(source)) - start
        end = common_suffix(old, source, limit)
        tree = former.tree.copy()
        tree.edit(
            start,
            len(old) - end,
            len(source) - end,
            _point(old, start),
            _point(old, len(old) - end),
            _point(source, len(source) - end),
        )
        return _PARSER.parse(source, tree)

    # ----------------------------------------------------------------------- offsets

    def offset(self, byte: int) -> int:
        """The character of the text for a byte of the parsed source."""
        character = byte if self.is_ascii else self._character(byte)
        return self.insertions.original(character)

    def _character(self, byte: int) -> int:
        """The character of the parsed source for a byte of it."""
        if self._offsets is None:
            # Bytes that continue a character, as positions: few enough to search.
            self._offsets = [i for i, b in enumerate(self._source) if 0x80 <= b < 0xC0]
        return byte - bisect_right(self._offsets, byte - 1)

    def is_inserted(self, node: Node) -> bool:
        """Whether a node was not written but put in to close what is half-typed."""
        if not self.insertions or node.start_byte == node.end_byte:
            return False
        return self.offset(node.start_byte) == self.offset(node.end_byte)


def _encode(text: str) -> bytes:
    """UTF-8 that the parser can read, with as many bytes for each character as UTF-8 has."""
    if "\r" in text:
        text = _LONE_RETURN.sub("\n", text)
    if "\0" in text or "\x1e" in text:
        text = _CONTROL.sub(" ", text)
    try:
        return text.encode()
    except UnicodeEncodeError:
        # A lone surrogate and the replacement character both take three bytes.
        return _SURROGATE.sub("\ufffd", text).encode()


def _point(source: bytes, position: int) -> tuple[int, int]:
    start = source.rfind(b"\n", 0, position) + 1
    return source.count(b"\n", 0, start), position - start
