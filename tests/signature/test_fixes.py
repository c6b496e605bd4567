"""Every rewrite that is offered helps: tried on generated strings, and with the real dspy."""

import sys
from pathlib import Path

import dspy
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parity"))
import compare
import generate

from dspy_language_server.environment.names import dialect_of
from dspy_language_server.signature.reader import read

DIALECT = dialect_of(sys.executable, dspy.__version__)
SYNTAX = {"DSP101", "DSP102", "DSP113"}
ABSURD = [", /, b -> c", "q: str = 'x', r: int-> = 3 -> a", "q -> a)->(b"]
# What went wrong before: duplicates of which one was rewritten, an arrow between parentheses, defaults.
HARD = [
    "summary: dict -> summary, summary: dict", "z, z -> z", "z, z, z: int -> z, z", "a -> b -> c -> d",
    "q: int = 3, r: str = 'x' -> a", "q: int = 3, r -> a", "q=1, /, r=2 -> a", "x: json, x -> a", "x, x: json -> a",
    "items, q -> items, items", "signature: ClassVar -> a", "q -> *args: Sequence", "a: list['Foo'], b: bytearray -> c",
    "q: list[Annotated[int, Field(gt=3)], str] -> a", "q -> fields, fields: int", "a -> a, a: int, a: str",
]  # fmt: skip


def offered(texts):
    """Each rewrite with the reading of its string, and that of what it makes."""
    for text in texts:
        reading = read(text, dialect=DIALECT)
        for problem in reading.problems:
            for fix in problem.fixes:
                new = fix.apply(text)
                yield reading, problem, fix, new, read(new, dialect=DIALECT)


def count(reading, codes):
    return sum(problem.code in codes for problem in reading.problems)


@pytest.fixture(scope="module")
def all_offered():
    texts = [t for t in generate.strings(4000, seed=20261125) if len(t) < 400]
    return list(offered([*HARD, *ABSURD, *texts]))


def test_what_a_rewrite_makes_no_longer_has_that_problem(all_offered):
    assert len(all_offered) > 3000
    for before, problem, fix, new, after in all_offered:
        group = SYNTAX if problem.code in SYNTAX else {problem.code}
        assert count(after, group) < count(before, group), (before.text, fix.title, new)


def test_dspy_accepts_what_we_say_a_rewrite_makes_acceptable(all_offered):
    good = list(dict.fromkeys(new for *_, new, after in all_offered if after.accepted is True))
    assert len(good) > 1000
    real = compare.ask_runtime(Path(sys.executable), [("Signature", text) for text in good])
    assert [text for text, verdict in zip(good, real, strict=True) if not verdict["ok"]] == []


@pytest.mark.parametrize("text", HARD)
def test_a_way_out_is_offered_for_the_hard_ones(text):
    """By making rewrites, each time the first, one comes to a string that DSPy accepts and we do not mind."""
    for _ in range(6):
        problems = read(text, dialect=DIALECT).problems
        fixes = [fix for problem in problems for fix in problem.fixes]
        if not fixes:
            break
        text = fixes[0].apply(text)
    assert [p.code for p in read(text, dialect=DIALECT).problems] in ([], ["DSP201"]), text
