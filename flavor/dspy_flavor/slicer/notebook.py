"""A notebook's cells as one program: what is not Python blanked or said in Python, every line where it was."""

import ast
import re
import tokenize
from collections.abc import Iterator, Sequence

from .model import Statement, within_cell

_NOT_PYTHON = "is a command of the notebook, not Python"
_CELLS_OF_PYTHON = frozenset({"time", "capture", "prun", "pyinstrument", "snakeviz", "debug"})
"""Cell magics that run their cell in the notebook's own names: what it defines stays."""
_CELLS_ALONE = frozenset({"timeit", "memit", "mprun"})
"""Cell magics that run their cell by itself: nothing that it defines stays."""
_LINES_OF_PYTHON = frozenset({"time", "prun"})
_OPTIONS = re.compile(r"(?:\s+-[A-Za-z]+(?:\s+(?![-A-Za-z_]*\s*=)\S+)?)*")
_COMMAND = re.compile(r"%(\w+)(.*)", re.DOTALL)
_ASSIGNED = re.compile(r"[\w\s,.*\[\]'\"]+=\s*[!%]")
_HELP = re.compile(r"\?{1,2}[\w.*]+|[\w.*\[\]()'\"]+\?{1,2}")


def join_cells(cells: Sequence[str], last: int | None) -> tuple[str, list[int], list[Statement]]:
    """Return the cells up to `last` as one text, each cell's first line, and what was blanked."""
    lines: list[str] = []
    starts: list[int] = []
    blanked: list[Statement] = []
    for number, cell in enumerate(cells):
        if last is not None and number > last:
            break
        starts.append(len(lines) + 1)
        text = cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        lines.extend(_as_python(text, len(lines), blanked))
    return "\n".join(lines) + "\n", starts, blanked


def cell_of(cells: Sequence[str], line: int) -> tuple[int, int]:
    """Return the cell of a line of the joined text, and the line within it; both from 1."""
    _, starts, _ = join_cells(cells, None)
    return within_cell(starts, line) if starts else (1, line)


def _as_python(lines: list[str], before: int, blanked: list[Statement]) -> list[str]:
    """Return a cell's lines as Python; `before` lines of the program stand before it."""
    kept = list(lines)
    first = _first_line(kept)
    while first is not None and kept[first].lstrip().startswith("%%"):
        name = kept[first].lstrip()[2:].split(maxsplit=1)[0:1]
        if not name or name[0] not in _CELLS_OF_PYTHON:
            reason = "runs by itself: nothing that it defines stays"
            alone = bool(name) and name[0] in _CELLS_ALONE
            text, end = kept[first].strip(), before + len(lines)
            blanked.append(
                Statement(before + first + 1, end, text, reason if alone else _NOT_PYTHON)
            )
            return [""] * len(lines)
        _blank(kept, first, first, before, blanked)
        first = _first_line(kept)
    if _is_python(kept):
        return kept
    for begin, end in _statements(kept):
        _translate(kept, begin, end, before, blanked)
    return kept


def _first_line(lines: list[str]) -> int | None:
    return next((number for number, line in enumerate(lines) if line.strip()), None)


def _is_python(lines: list[str]) -> bool:
    """Whether a cell is Python as it stands; no command of a notebook is."""
    try:
        ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _statements(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each logical line: a string of many lines is in one.

    What looks like a command inside a string or brackets is none.
    """
    at = 0
    while at < len(lines):
        end = at
        if not _is_command(lines[at].strip()):
            end = max(at, at + _length(lines, at) - 1)
        else:
            while lines[end].rstrip().endswith("\\") and end + 1 < len(lines):
                end += 1
        yield at, end
        at = end + 1


def _length(lines: list[str], at: int) -> int:
    """Return how many lines the logical line takes that begins at one."""
    source = (f"{line}\n" for line in lines[at:])
    try:
        for token in tokenize.generate_tokens(lambda: next(source, "")):
            if token.type == tokenize.NEWLINE:
                return token.end[0]
    except (tokenize.TokenError, SyntaxError):
        return 1
    return 1


def _is_command(text: str) -> bool:
    if text.startswith(("%", "!", "?")):
        return True
    return _HELP.fullmatch(text) is not None or _ASSIGNED.match(text) is not None


def _translate(
    lines: list[str], begin: int, end: int, before: int, blanked: list[Statement]
) -> None:
    """Say a command in Python where it means some; else blank it."""
    text = lines[begin].strip()
    if not _is_command(text):
        return
    python = _in_python(text) if begin == end else None
    if python is None:
        _blank(lines, begin, end, before, blanked)
    else:
        line = lines[begin]
        lines[begin] = line[: len(line) - len(line.lstrip())] + python


def _in_python(text: str) -> str | None:
    """Return what a line's command does to the program's names or environment, in Python."""
    match = _COMMAND.fullmatch(text)
    if match is None:
        return None
    name, rest = match[1], match[2]
    if name in _LINES_OF_PYTHON:
        statement = _OPTIONS.sub("", rest, count=1).strip()
        return statement if statement and _is_python([statement]) else None
    if name in {"env", "set_env"}:
        variable, equals, value = rest.strip().partition("=" if "=" in rest else " ")
        if not equals or "$" in value or "{" in value or not variable.strip().isidentifier():
            return None
        return f"import os; os.environ[{variable.strip()!r}] = {value.strip()!r}"
    if name == "dotenv":
        override = ", override=True" if re.search(r"\s-o\b", rest) else ""
        given = [word for word in rest.split() if not word.startswith("-")]
        path = repr(given[0]) if given else "find_dotenv(usecwd=True)"
        return f"from dotenv import find_dotenv, load_dotenv; load_dotenv({path}{override})"
    if name == "cd" and rest.strip() and not re.search(r"[-$~{]", rest):
        return f"import os; os.chdir({rest.strip()!r})"
    return None


def _blank(lines: list[str], begin: int, end: int, before: int, blanked: list[Statement]) -> None:
    line = lines[begin]
    place = before + begin + 1
    blanked.append(Statement(place, before + end + 1, line.strip(), _NOT_PYTHON))
    indent = line[: len(line) - len(line.lstrip())]
    lines[begin : end + 1] = [f"{indent}pass" if indent else "", *[""] * (end - begin)]
