"""A notebook's cells as one program: magics blanked, every line where it was."""

from collections.abc import Sequence

from .model import Statement


def join_cells(cells: Sequence[str], last: int | None) -> tuple[str, list[int], list[Statement]]:
    """Return the cells up to `last` as one text, each cell's first line, and what was blanked."""
    lines: list[str] = []
    starts: list[int] = []
    blanked: list[Statement] = []
    for number, cell in enumerate(cells):
        if last is not None and number > last:
            break
        starts.append(len(lines) + 1)
        lines.extend(_without_magics(cell, len(lines), blanked))
    return "\n".join(lines) + "\n", starts, blanked


def _without_magics(cell: str, before: int, blanked: list[Statement]) -> list[str]:
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((line.lstrip() for line in lines if line.strip()), "")
    whole = first.startswith("%%") and first.split()[0] not in {"%%time", "%%timeit", "%%capture"}
    kept = []
    continues = False
    for number, line in enumerate(lines, before + 1):
        magic = whole or continues or _is_magic(line)
        continues = magic and not whole and line.rstrip().endswith("\\")
        if magic and line.strip():
            reason = "is a command of the notebook, not Python"
            blanked.append(Statement(number, number, line.strip(), reason))
        indent = line[: len(line) - len(line.lstrip())]
        kept.append(f"{indent}pass" if magic and indent and line.strip() else "" if magic else line)
    return kept


def _is_magic(line: str) -> bool:
    text = line.strip()
    if text.startswith(("%", "!", "?")) or (text.endswith("?") and "#" not in text):
        return True
    name, equals, value = text.partition("=")
    return bool(equals) and name.strip().isidentifier() and value.lstrip().startswith(("!", "%"))
