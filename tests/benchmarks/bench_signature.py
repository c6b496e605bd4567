"""Prints what reading a signature string costs, beside the real `dspy.Signature`, in one run.

python tests/benchmarks/bench_signature.py [--json FILE]
"""

import argparse
import json
import logging
import statistics
import sys
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "server"))

import dspy

from dspy_language_server.signature.dialect import dialect_for
from dspy_language_server.signature.reader import read

STRINGS = {
    "two plain fields": "question -> answer",
    "four plain fields": "question: str, context: list[str] -> answer: str, score: float",
    "six complex fields": (
        "a: dict[str, list[int]], b: Literal['x', 'y'], c: Optional[Union[int, str]] -> "
        "d: tuple[int, ...], e: list[dict[str, Any]], f: dspy.Image | None"
    ),
    "a mistake in the type": "question -> score: flot",
    "half typed": "question, context: list[str] -> answ: lis[",
}
ROUNDS, PER_ROUND = 15, 200


def microseconds(call, per_round):
    """The median over rounds of the mean of a round."""
    means = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(per_round):
            call()
        means.append((time.perf_counter() - started) / per_round * 1e6)
    return statistics.median(means)


def attempt(text):
    try:
        dspy.Signature(text)
    except Exception:
        return


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    dialect = dialect_for(dspy.__version__)
    rows = {}
    print(f"{'':24}{'ours':>10}{'dspy':>12}{'ratio':>8}")
    for name, text in STRINGS.items():
        ours = microseconds(lambda text=text: read(text, dialect=dialect), PER_ROUND)
        theirs = microseconds(lambda text=text: attempt(text), 10)
        rows[name] = {
            "ours_us": round(ours, 1),
            "dspy_us": round(theirs, 1),
            "ratio": round(theirs / ours, 1),
        }
        print(f"{name:24}{ours:8.1f} us{theirs:9.0f} us{theirs / ours:7.0f}x")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
