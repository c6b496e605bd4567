"""The rows of the table: what is measured, beside whom, what is wanted; and the documents' tables.

    python tests/benchmarks/report.py          writes the tables of README.md and docs/ anew
    python tests/benchmarks/report.py --check  fails where one is not what the kept JSON says
    python tests/benchmarks/report.py --show   prints the table

A document holds a table between `<!-- figures: NAME -->` and `<!-- end of figures -->`.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results" / "figures.json"
BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
SIZES = (200, 2_000, 20_000)


class Row(NamedTuple):
    """One line of the table; `value` is held against `limit`."""

    work: str
    ours: str
    peer: str
    value: float
    unit: str
    wanted: str
    limit: float | None
    error: float = 0.0
    """How far the value may be from the true one, where that is more than what is wanted."""

    @property
    def reached(self) -> str:
        """Whether the figure is what was wanted."""
        if self.limit is None:
            return "–"
        short = self.value - self.limit if self.wanted == "≤" else self.limit - self.value
        if short <= 0:
            return "yes"
        return "within the error" if short <= self.error else "no"

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        wanted = "–" if self.limit is None else f"{self.wanted} {self.limit:g}{self.unit}"
        return (
            self.work,
            self.ours,
            self.peer,
            f"{_short(self.value)}{f' ± {_short(self.error)}' if self.error else ''}{self.unit}",
            wanted,
            self.reached,
        )


def _short(value: float) -> str:
    """Three digits, and no power of ten in a reader's face."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


TELLING = {
    "key → diagnostics, 2,000 lines": "pyright",
    "spawn → first diagnostics": "pyright",
    "one signature: four plain fields": "dspy",
    "log from the editor, warm": "script",
    "log_model, dspy_flavor": "mlflow",
    "the extension's server, from its start to `initialized`": "",
    "the extension for linux-x64": "",
    "256 rows, LM of 50 ms, 32 threads": "ideal",
}
"""The rows of the README: work, and how the peer's name begins."""


def _ms(value: float) -> str:
    return f"{value:.2f} ms" if value < 100 else f"{value:,.0f} ms"


HEADER = ("work", "ours", "peer", "figure", "wanted", "reached")


def rows(parts: dict[str, Any]) -> list[Row]:
    """All rows that the parts measured; a part or a peer that is missing leaves its rows out."""
    found: list[Row] = []
    makers: dict[str, Callable[[dict[str, Any]], Iterator[Row]]] = {
        "server": _server,
        "signature": _signature,
        "log": _log,
        "flavor": _flavor,
        "package": _package,
    }
    for part, make in makers.items():
        if part in parts:
            found.extend(make(parts[part]))
    return found


def _server(figures: dict[str, Any]) -> Iterator[Row]:
    makers: dict[str, Callable[[dict[str, Any]], Iterator[Row]]] = {
        "editing": _editing,
        "starting": _starting,
        "asking": _asking,
        "checking": _checking,
        "memory": _memory,
    }
    for part, make in makers.items():
        if part in figures:
            yield from make(figures[part])


def _editing(figures: dict[str, Any]) -> Iterator[Row]:
    above = dict(zip(SIZES, (0.5, 1, 4), strict=True))
    for size in SIZES:
        row, name = figures[f"{size} lines"], f"key → diagnostics, {size:,} lines"
        ours, floor = row["ours"]["p50"], row["no-op pygls"]["p50"]
        over = row["above the floor, ms"]
        peer = f"no-op pygls {_ms(floor)}"
        yield Row(name, _ms(ours), peer, over, " ms above", "≤", above[size])
        for other, sign, limit in (("ruff", "≤", 0.4), ("pyright", "≥", 100), ("jedi", "≥", None)):
            if other not in row:
                continue
            beside, theirs = row[f"ours beside {other}"]["p50"], row[other]["p50"]
            value = beside / theirs if other == "ruff" else theirs / beside
            bound = limit if other != "ruff" or size == SIZES[-1] else None
            yield Row(name, _ms(beside), f"{other} {_ms(theirs)}", value, " ×", sign, bound)
    growth = figures["growth, 20,000 over 200 lines"]
    yield Row("a key at 20,000 lines over one at 200", "", "", growth, " ×", "≤", 8)


def _starting(figures: dict[str, Any]) -> Iterator[Row]:
    ours, noop = figures["ours"], figures["no-op pygls"]
    work, mine = "spawn → first diagnostics", f"{ours:.0f} ms"
    yield Row(work, mine, f"no-op pygls, initialize {noop:.0f} ms", ours / noop, " ×", "≤", 1.3)
    if "pyright" in figures:
        theirs = figures["pyright"]
        yield Row(work, mine, f"pyright {theirs:.0f} ms", ours / theirs, " ×", "≤", 0.4)


def _asking(figures: dict[str, Any]) -> Iterator[Row]:
    for name, row in figures.items():
        ours, theirs = row["ours"], row["no-op hover"]
        peer = f"constant hover of pygls {_ms(theirs)}"
        yield Row(f"{name}, 2,000 lines", _ms(ours), peer, ours / theirs, " ×", "≤", 2)


def _checking(figures: dict[str, Any]) -> Iterator[Row]:
    ours, theirs = figures["ours"] / 1000, figures["ruff"] / 1000
    work = f"check of 5,000 files, {figures['megabytes']:.0f} MB"
    yield Row(work, f"{ours:.2f} s", f"ruff check {theirs:.2f} s", ours / theirs, " ×", "≤", 3)


def _memory(figures: dict[str, Any]) -> Iterator[Row]:
    first = figures["ten files open, MB"]
    yield Row("memory, ten files open", f"{first:.0f} MB", "", first, " MB", "≤", 70)
    for name, before in (("10,000 edits", first), ("1,000 files", figures["after 200 files, MB"])):
        now = figures[f"after {name}, MB"]
        then = "200 files" if name == "1,000 files" else "before"
        work = (
            f"memory after {name}, opened and closed"
            if then != "before"
            else f"memory after {name}"
        )
        # Flat: within a tenth.
        yield Row(work, f"{now:.0f} MB", f"{then}: {before:.0f} MB", now / before, " ×", "≤", 1.1)


def _signature(figures: dict[str, Any]) -> Iterator[Row]:
    for name, row in figures.items():
        limit = 60 if name == "four plain fields" else None
        ours, theirs = row["ours_us"], row["dspy_us"]
        work = f"one signature: {name}"
        yield Row(work, f"{ours:.0f} µs", f"dspy {theirs:.0f} µs", ours, " µs", "≤", limit)


def _log(figures: dict[str, Any]) -> Iterator[Row]:
    warm, script = figures["warm"], figures["script"]
    peer = f"script with mlflow.dspy {script:.2f} s"
    yield Row("log from the editor, warm", f"{warm:.2f} s", peer, script / warm, " ×", "≥", 8)
    cold = figures["cold"]
    yield Row("log from the editor, cold", f"{cold:.2f} s", peer, script / cold, " ×", "≥", None)
    for label in ("median", "p95"):
        mine, alone = (figures.get(f"hover {n}, {label}") for n in ("during a job", "alone"))
        if mine is not None and alone is not None:
            work = f"hover while a program is logged, {label}"
            limit = 2 if label == "median" else None
            yield Row(
                work, f"{mine:.2f} ms", f"no job: {alone:.2f} ms", mine / alone, " ×", "≤", limit
            )


def _package(figures: dict[str, Any]) -> Iterator[Row]:
    start = figures["start"]
    work = "the extension's server, from its start to `initialized`"
    yield Row(work, f"{start:.2f} s", "", start, " s", "≤", 1)
    for target, size in figures["sizes"].items():
        megabytes = size / 1e6
        limit = 10 if target == "linux-x64" else None
        yield Row(
            f"the extension for {target}", f"{megabytes:.1f} MB", "", megabytes, " MB", "≤", limit
        )


def _flavor(figures: dict[str, Any]) -> Iterator[Row]:
    for ours, limit in (("dspy_flavor", 20), ("dspy_flavor, source", None)):
        mine, theirs = figures[f"log_model, {ours}"], figures["log_model, mlflow.dspy"]
        peer = f"mlflow.dspy {theirs:.2f} s"
        yield Row(f"log_model, {ours}", f"{mine:.3f} s", peer, theirs / mine, " ×", "≥", limit)
    for work, kind, limit in (
        ("load and first predict", "load and answer", 1),
        ("the same again, in one process", "load again and answer", None),
    ):
        if f"{kind}, dspy_flavor" not in figures:
            continue  # measured before there was such a row
        mine, theirs = (figures[f"{kind}, {n}"] for n in ("dspy_flavor", "mlflow.dspy"))
        peer = f"mlflow.dspy {theirs:.3f} s"
        ratio = round(figures.get(f"{kind}, ratio", mine / theirs), 3)
        error = round(figures.get(f"{kind}, error", 0.0), 3)
        yield Row(work, f"{mine:.3f} s", peer, ratio, " ×", "≤", limit, error)
    taken, ideal = figures["batch"], figures["batch, ideal"]
    work = "256 rows, LM of 50 ms, 32 threads"
    share = figures["batch, share of ideal"]
    yield Row(work, f"{taken:.2f} s", f"ideal {ideal:.2f} s", share, " of ideal", "≥", 0.85)
    row = figures["overhead per row"] * 1000
    yield Row("the same with an instant LM, per row", _ms(row), "", row, " ms", "≤", 3)
    over = figures["batch over HTTP"]
    peer = f"ideal {ideal:.2f} s"
    yield Row(f"{work}, over HTTP", f"{over:.2f} s", peer, ideal / over, " of ideal", "≥", None)


def as_text(found: list[Row]) -> str:
    """The table for a terminal."""
    lines = [HEADER, *(row.cells() for row in found)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADER))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(s, widths, strict=True)) for s in lines)


def _markdown(header: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    table = [header, tuple("---" for _ in header), *lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in table)


def _table(figures: dict[str, Any]) -> str:
    return _markdown(HEADER, [row.cells() for row in rows(figures["parts"])])


def _summary(figures: dict[str, Any]) -> str:
    lines = [
        (row.work, row.ours, row.peer)
        for row in rows(figures["parts"])
        if row.work in TELLING and row.peer.startswith(TELLING[row.work])
    ]
    return _markdown(("work", "ours", "beside"), lines)


def _keys(figures: dict[str, Any]) -> str:
    lines = []
    measured = figures["parts"].get("server", {}).get("editing", {})
    for size in SIZES:
        editing = measured.get(f"{size} lines", {})
        for name in ("ours", "no-op pygls", "ruff", "pyright", "jedi"):
            if name in editing:
                row = editing[name]
                opening = row["brackets and quotes p50"]
                shown = "–" if opening is None else f"{opening:.2f}"
                times = (f"{row['p50']:.2f}", f"{row['p95']:.2f}", shown)
                lines.append((f"{size:,}", name, *times, str(row["keys"])))
    return _markdown(
        ("lines", "server", "p50, ms", "p95, ms", "brackets and quotes p50, ms", "keys"), lines
    )


def _machine(figures: dict[str, Any]) -> str:
    told = figures["machine"]
    return (
        f"Measured on {told['day']}: {told['system']}, {told['cores']} cores, "
        f"Python {told['python']}, load {told['load before']} before the run.\n"
    )


def _package_size(figures: dict[str, Any]) -> str:
    wanted = ("the extension for ", "the extension's server")
    lines = [(row.work, row.ours) for row in rows(figures["parts"]) if row.work.startswith(wanted)]
    return _markdown(("what", "size or time"), lines)


TABLES = {
    "package": _package_size,
    "table": _table,
    "summary": _summary,
    "keys": _keys,
    "machine": _machine,
}


def documents() -> list[Path]:
    """The documents that may hold tables."""
    faces = [ROOT / "README.md", ROOT / "vscode-client" / "README.md"]
    return sorted([*faces, *(ROOT / "docs").glob("*.md")])


def kept() -> dict[str, Any]:
    """The figures of the last whole run."""
    if not RESULTS.exists():
        return {}
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return found


def rendered(text: str, figures: dict[str, Any]) -> str:
    """A document's text with each of its tables as the figures have it."""
    if not figures:
        return BLOCK.sub(lambda m: f"{m[1]}No figures are kept yet: `make bench`.\n{m[3]}", text)
    return BLOCK.sub(lambda m: f"{m[1]}{TABLES[m[2]](figures)}{m[3]}", text)


def main() -> int:
    """Write the tables, or say where they are out of date."""
    figures = kept()
    if "--show" in sys.argv:
        print(as_text(rows(figures["parts"])))
        return 0
    stale = []
    for path in documents():
        text = path.read_text("utf-8")
        wanted = rendered(text, figures)
        if wanted != text:
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(wanted, "utf-8")
    print(f"{'out of date' if '--check' in sys.argv else 'written'}: {', '.join(stale) or 'none'}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
