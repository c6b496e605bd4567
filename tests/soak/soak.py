"""The campaign: `make soak`. Seeded and repeatable; prints a row of figures per test.

Everything that is sent, altered, killed and looked for follows from the seed. `--only` chooses rows.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import canaries
import failures
import hostile_models
import hostile_text
import hostile_workspace
import kills
import readers
from figures import Row
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


def sessions(seed: int, messages: int, count: int = 10) -> Row:
    """Fuzzed sessions: edits, requests and noise over stdio."""
    row = Row("fuzzed sessions")
    with row.timed():
        for number in range(seed, seed + count):
            tally = fuzz(number, messages // count)
            row.count("messages", tally.sent)
            row.count("requests", tally.requests)
            row.count("answered", tally.answered)
            row.count("states compared", tally.compared)
            row.problems += [f"seed {number}: {problem}" for problem in tally.problems]
    return row


Campaign = Callable[[int, int], Row]
ROWS: dict[str, tuple[Campaign, int]] = {
    "sessions": (sessions, 100_000),
    "readers": (readers.campaign, 1_000_000),
    "kills": (kills.campaign, 5),
    "failures": (failures.campaign, 3),
    "canaries": (canaries.campaign, 30),
    "models": (hostile_models.campaign, 2000),
    "workspace": (hostile_workspace.campaign, 10),
    "text": (hostile_text.campaign, 100),
}
"""Each row and its size in the long form."""


def main() -> None:
    """Run the rows and print what they found."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help=f"rows, comma-separated: {', '.join(ROWS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the long form")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",") if arguments.only else list(ROWS)
    failed = 0
    for name in wanted:
        campaign, size = ROWS[name]
        row = campaign(arguments.seed, max(1, int(size * arguments.scale)))
        print(row, flush=True)
        for problem in row.problems[:10]:
            print(f"    PROBLEM {problem}")
        failed += len(row.problems)
    print(f"{failed} problems")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
