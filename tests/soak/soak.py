"""The campaign: `make soak`. Seeded and repeatable; a line of figures and a verdict for each row.

Everything that is sent, altered, killed and looked for follows from the seed. `--only` chooses rows.
With `--keep` the figures are kept, and docs/reliability.md is written from them.
"""

import argparse
import datetime as dt
import os
import platform
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import canaries
import failures
import hostile_models
import hostile_text
import hostile_workspace
import kept
import kills
import long_run
import many
import readers
from figures import Row
from session import Session, Tally

ROOT = Path(__file__).resolve().parents[2]


def real_texts() -> list[str]:
    """The repository's own programs, programs made of generated signatures, and an empty one."""
    files = sorted((ROOT / "examples").glob("*.py")) + sorted(
        (ROOT / "tests" / "realworld").rglob("*.py")
    )
    signatures = readers.signature_seeds()
    made = [
        "import dspy\n" + "".join(f"p{n} = dspy.Predict({s!r})\n" for n, s in enumerate(some))
        for some in (signatures[start : start + 20] for start in range(0, 100, 20))
    ]
    return ["", *made, *(f.read_text("utf-8") for f in files)]


def fuzz(seed: int, messages: int) -> Tally:
    """Run one fuzzed session."""
    with tempfile.TemporaryDirectory() as folder:
        return Session(seed, real_texts(), Path(folder).resolve()).run(messages)


def sessions(seed: int, messages: int, count: int = 10) -> Row:
    """Fuzzed sessions: edits, requests and noise over stdio."""
    row = Row("fuzzed sessions", "0 crashes, every request answered once, state as if opened anew")
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
    # A round kills the job and the worker at each of seven steps, two rounds do so in both formats; a
    # second time with other delays after the step began.
    "kills": (kills.campaign, 4),
    # A round makes every failure; another one makes them in another order.
    "failures": (failures.campaign, 2),
    # Ten ways to say a secret aloud, in both formats.
    "canaries": (canaries.campaign, 20),
    "workspace": (hostile_workspace.campaign, 10),
    # Half of them alter one of 27 files in one of twelve ways, in two formats: 648 that may be met, each
    # once and a half. The others write some thirty odd values somewhere into signed JSON.
    "models": (hostile_models.campaign, 2000),
    # Eighteen places in a program, some forty attacks: each attack has been at each place twice.
    "text": (hostile_text.campaign, 100),
    "long": (long_run.campaign, 30_000),
    "many": (many.campaign, 50),
}
"""Each row and its size in the long form."""


def run(name: str, seed: int, scale: float) -> Row:
    """Run a row; what stops it is a problem of the row, and the others run all the same."""
    campaign, size = ROWS[name]
    try:
        return campaign(seed, max(1, int(size * scale)))
    except Exception as error:
        row = Row(name, "the row runs to its end")
        row.problems.append(f"it stopped: {type(error).__name__}: {error}")
        return row


def tell(row: Row) -> None:
    """Print a row: its verdict, its figures, its series, and how to do again what did not hold."""
    print(f"{row.verdict:>12}  {row.name}: {row.wanted}")
    for line in textwrap.wrap(row.said, 100):
        print(f"{'':14}{line}")
    for line in row.series:
        print(f"{'':14}{line}")
    for problem in row.problems[:10]:
        print(f"{'':14}PROBLEM {problem[:1500]}")
    print(flush=True)


def conditions(seed: int, scale: float) -> dict[str, Any]:
    """When and where it ran, and what makes it run the same again."""
    return {
        "day": dt.datetime.now(dt.timezone.utc).date().isoformat(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "seed": seed,
        "scale": scale,
    }


def main() -> None:
    """Run the rows and print what they found."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help=f"rows, comma-separated: {', '.join(ROWS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the long form")
    parser.add_argument("--keep", action="store_true", help="keep the figures, write the document")
    arguments = parser.parse_args()
    wanted = [name for name in arguments.only.split(",") if name] or list(ROWS)
    unknown = [name for name in wanted if name not in ROWS]
    if unknown:
        parser.error(f"there is no row {', '.join(unknown)}; the rows are {', '.join(ROWS)}")
    told = conditions(arguments.seed, arguments.scale)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # MLflow's client makes folders in the current one
        for name in wanted:
            print(f"{'…':>12}  {name}", flush=True)
            row = run(name, arguments.seed, arguments.scale)
            tell(row)
            failed += len(row.problems)
            if arguments.keep:
                kept.keep(name, {**row.as_json(), "run": told})
        os.chdir(ROOT)
    print(f"{len(wanted)} rows, {failed} problems")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
