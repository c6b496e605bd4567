"""The long campaign: `make soak`. Seeded and repeatable; prints a figure per test."""

import argparse
import tempfile
import time
from pathlib import Path

from session import Session, Tally

ROOT = Path(__file__).resolve().parents[2]


def real_texts() -> list[str]:
    """The repository's own programs, and an empty one."""
    files = sorted((ROOT / "examples").glob("*.py")) + sorted(
        (ROOT / "tests" / "realworld").rglob("*.py")
    )
    return ["", *(f.read_text("utf-8") for f in files)]


def fuzz(seed: int, messages: int) -> Tally:
    """Run one fuzzed session."""
    with tempfile.TemporaryDirectory() as folder:
        return Session(seed, real_texts(), Path(folder).resolve()).run(messages)


def main() -> None:
    """Run sessions until the number of messages is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sessions", type=int, default=10)
    arguments = parser.parse_args()
    failed = 0
    for seed in range(arguments.seed, arguments.seed + arguments.sessions):
        started = time.perf_counter()
        tally = fuzz(seed, arguments.messages // arguments.sessions)
        print(
            f"seed {seed}: {tally.sent} messages, {tally.requests} requests, {tally.answered} answered,"
            f" {tally.compared} states compared, {len(tally.problems)} problems,"
            f" {time.perf_counter() - started:.1f} s",
            flush=True,
        )
        for key, count in sorted(tally.errors.items(), key=lambda item: -item[1]):
            print(f"    {count} x {key}")
        for problem in tally.problems[:5]:
            print(f"    PROBLEM {problem}")
        failed += len(tally.problems)
    print(f"{failed} problems")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
