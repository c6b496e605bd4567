"""Positions in a text: Python's (line, UTF-8 column) pairs as code-point offsets."""

import re

_NEWLINE = re.compile(r"\r\n|\r|\n")


class SourceMap:
    """Offsets of a source text's lines, as Python's parser counts them."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._starts = [0, *(found.end() for found in _NEWLINE.finditer(source))]
        self._ascii = source.isascii()

    def line_start(self, line: int) -> int:
        """Where a line (from 1) starts."""
        return self._starts[min(max(line, 1), len(self._starts)) - 1]

    def offset(self, line: int, column: int) -> int:
        """The code-point offset of a line (from 1) and a column in UTF-8 bytes (from 0)."""
        start = self.line_start(line)
        if self._ascii:
            return min(start + column, len(self.source))
        index = min(line, len(self._starts))
        end = self._starts[index] if index < len(self._starts) else len(self.source)
        encoded = self.source[start:end].encode("utf-8", "surrogatepass")[:column]
        return start + len(encoded.decode("utf-8", "ignore"))

    def skip_blank(self, offset: int) -> int:
        """The next offset that is no blank, line continuation or comment."""
        source = self.source
        while offset < len(source):
            if source[offset] in " \t\f\r\n\\":
                offset += 1
            elif source[offset] == "#":
                found = _NEWLINE.search(source, offset)
                offset = found.end() if found else len(source)
            else:
                break
        return offset
