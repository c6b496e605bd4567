"""Cuts a text down to its slice: what is left stays on its line, character for character."""

import ast
from collections.abc import Iterable

from .units import Unit


def cut(text: str, units: list[Unit], included: Iterable[Unit], opened: Iterable[Unit]) -> str:
    """Return the text with everything but the included units blanked.

    Args:
        text: The file's text.
        units: Its units.
        included: Those to keep.
        opened: Heads of included units that are replaced by `if True`: guards of scripts, runs.
    """
    kept = set(included)
    lines = [line.encode() for line in text.split("\n")]
    edited = {
        unit: _blank
        for unit in units
        if unit not in kept and (unit.parent is None or unit.parent in kept)
    } | dict.fromkeys(opened, _open)
    for unit in sorted(edited, key=lambda unit: _start(unit.node), reverse=True):
        edited[unit](lines, unit)
    return "\n".join(line.decode() for line in lines)


def _start(node: ast.AST) -> tuple[int, int]:
    first = node
    for decorator in getattr(node, "decorator_list", []):
        if decorator.lineno < first.lineno:  # type: ignore[attr-defined]
            first = decorator
    column = first.col_offset - (0 if first is node else 1)  # type: ignore[attr-defined]
    return first.lineno - 1, column  # type: ignore[attr-defined]


def _blank(lines: list[bytes], unit: Unit) -> None:
    (first, start), node = _start(unit.node), unit.node
    last, end = node.end_lineno - 1, node.end_col_offset  # type: ignore[attr-defined]
    before, after = lines[first][:start], lines[last][end:]
    if first != unit.node.lineno - 1:  # type: ignore[attr-defined]
        before = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    shares = before.strip() or after.lstrip().startswith(b";")
    filler = b"pass" if unit.parent is not None or shares else b""
    if first == last:
        lines[first] = before + filler + after
        return
    lines[first] = before + filler
    for number in range(first + 1, last):
        lines[number] = b""
    lines[last] = after if after.strip().startswith(b"#") else b""
    if after.lstrip().startswith(b";"):
        lines[first] += after


def _open(lines: list[bytes], unit: Unit) -> None:
    """Replace the head of an `if` or `with` by `if True`, on the line where it ends."""
    node = unit.node
    assert isinstance(node, (ast.If, ast.With, ast.AsyncWith))
    if isinstance(node, ast.If):
        last: ast.AST = node.test
    else:
        item = node.items[-1]
        last = item.optional_vars or item.context_expr
    first, start = node.lineno - 1, node.col_offset
    line, end = last.end_lineno - 1, last.end_col_offset  # type: ignore[attr-defined]
    while b":" not in lines[line][end:]:
        line, end = line + 1, 0
    rest = lines[line][lines[line].index(b":", end) :]
    indent = lines[first][:start]
    for number in range(first, line):
        lines[number] = b""
    lines[line] = indent + b"if True" + rest
