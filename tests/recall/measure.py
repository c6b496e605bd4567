"""Measures recall: of the mistakes that are seeded into correct programs, how many are found?

    .venv/bin/python tests/recall/measure.py [--missed] [--limit N] [CODE ...]

Prints one line per diagnostic; exits 1 when one is below the target or has too few mistakes.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(ROOT / "server"))

from mutations import MUTATIONS
from scene import Mutant, Scene
from string_mistakes import string_mistakes

from dspy_language_server.program.project import Project
from dspy_language_server.rules.catalog import check
from dspy_language_server.signature.dialect import dialect_for

PROGRAMS = ROOT / "tests" / "realworld" / "programs"
LEAST = 25  # mistakes per diagnostic
TARGET = 0.95


def scenes() -> list[Scene]:
    """Every correct program that Python can read as a file."""
    return [Scene(path) for path in sorted(PROGRAMS.rglob("*.py"))]


def mutants() -> Iterator[Mutant]:
    """Every seeded mistake, always the same ones."""
    for scene in scenes():
        for mutation in (*MUTATIONS, string_mistakes):
            yield from mutation(scene)


def finds(mutant: Mutant) -> bool:
    """Whether the mistake is reported, under its code and on its lines."""
    dialect = dialect_for(mutant.release)
    project = Project(dialect=dialect)
    uri = f"file:///{mutant.name}"
    document = project.open(uri, mutant.source)
    program = project.program(uri)
    if program is None:
        return False
    first, last = mutant.lines
    for finding in check(program, dialect=dialect):
        if finding.code == mutant.code:
            start = document.line_at(finding.span.start) + 1
            end = document.line_at(finding.span.end) + 1
            if start <= last and end >= first:
                return True
    return False


def measure(codes: set[str], limit: int | None) -> tuple[dict[str, tuple[int, int]], list[Mutant]]:
    """Found and seeded per code, and what was missed."""
    found: dict[str, int] = defaultdict(int)
    seeded: dict[str, int] = defaultdict(int)
    missed = []
    for mutant in mutants():
        if (codes and mutant.code not in codes) or (limit and seeded[mutant.code] >= limit):
            continue
        seeded[mutant.code] += 1
        if finds(mutant):
            found[mutant.code] += 1
        else:
            missed.append(mutant)
    return {code: (found[code], seeded[code]) for code in sorted(seeded)}, missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("codes", nargs="*", help="only these diagnostics")
    parser.add_argument("--missed", action="store_true", help="print the lines that were missed")
    parser.add_argument("--limit", type=int, help="at most this many mistakes per diagnostic")
    given = parser.parse_args()
    figures, missed = measure(set(given.codes), given.limit)
    bad = 0
    for code, (found, seeded) in figures.items():
        short = seeded < LEAST and not given.limit
        low = found < TARGET * seeded
        bad += short or low
        note = ("  too few mistakes" if short else "") + ("  below the target" if low else "")
        print(f"{code}  {found:4d} of {seeded:4d}  {found / seeded:7.1%}{note}")
    total = sum(s for _, s in figures.values())
    print(
        f"{sum(f for f, _ in figures.values())} of {total} mistakes in {len(figures)} diagnostics"
    )
    if given.missed:
        for mutant in missed:
            lines = mutant.source.splitlines()[mutant.lines[0] - 1 : mutant.lines[1]]
            print(f"\n{mutant.code} {mutant.name}:{mutant.lines[0]}\n    " + "\n    ".join(lines))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
