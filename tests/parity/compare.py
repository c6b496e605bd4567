"""Compares the server's reading of signature strings with what the real dspy makes of them.

python tests/parity/compare.py --count 100000 --seed 1      generated strings
python tests/parity/compare.py --corpus FILE                 {"string", "callee", "ok", "inputs", "outputs"} per line
python tests/parity/compare.py --matrix FILE                 {"string", "verdicts": {release: …}} per line
python tests/parity/compare.py --count 20000 --release 3.1.3 --api ReAct
"""

import argparse
import ast
import json
import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "server")]
import environments
import generate

from dspy_language_server.environment.names import dialect_of
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.reader import read

CHUNK = 2500
OWN_PLACE = re.compile(
    r"(<module '[\w.]+'|<function [\w.<>]+)(?: from '[^']*'| \((?:built-in|frozen)\)| at 0x[0-9a-f]+)>"
)
BRANCH_SAMPLE = 5000


class Comparison(NamedTuple):
    """One string, both answers."""

    string: str
    real: dict[str, Any]
    accepted: bool | None
    fields: tuple[list[list[str]], list[list[str]]]
    kind: str  # "same", "verdict", "types", "unknown"


def ask_runtime(interpreter: Path, pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """The verdicts of the real dspy of an environment."""
    done = subprocess.run(
        [interpreter, "-W", "ignore", HERE / "runtime.py"],
        input=json.dumps(pairs), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def print_branches(interpreter: Path, strings: list[str]) -> None:
    """How much of dspy's own parser the strings reach."""
    done = subprocess.run(
        [interpreter, "-W", "ignore", HERE / "branches.py"],
        input=json.dumps(strings),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    share = 100 * found["reached"] / found["branches"]
    print(
        f"  branches of dspy's parser reached: {found['reached']} of {found['branches']} ({share:.1f}%),"
        f" {found['unreachable']} more no string can take"
    )
    for place, count in found["missing"].items():
        print(f"    {place}: {count} not reached")


def compare(string: str, api: str, real: dict[str, Any], dialect: Dialect) -> Comparison:
    """Reads a string and sets the answer beside the runtime's."""
    reading = read(string, dialect=dialect, callee=api)
    fields = tuple(
        [[f.name, f.resolved] for f in side] for side in (reading.inputs, reading.outputs)
    )
    if reading.accepted is None:
        kind = "unknown"
    elif reading.accepted != real["ok"]:
        kind = "verdict"
    elif real["ok"] and "inputs" in real and not same_fields(fields, real):
        kind = "types"
    else:
        kind = "same"
    return Comparison(string, real, reading.accepted, fields, kind)


def same_fields(fields: Any, real: dict[str, Any]) -> bool:
    theirs = (real["inputs"], real["outputs"])
    if list(fields) == list(theirs):
        return True
    return [[(n, normal(t)) for n, t in side] for side in fields] == [
        [(n, normal(t)) for n, t in side] for side in theirs
    ]


def normal(text: str | None) -> str | None:
    """A spelling in which the members of a Literal and of a Union have no order: typing caches theirs."""
    if text is None:
        return text
    # A module's path and a function's address are the process's own, no part of the type.
    text = OWN_PLACE.sub(r"\1>", text)
    if "Literal[" not in text and "Union[" not in text:
        return text
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        return text
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            name = ast.unparse(node.value)
            if name.endswith(("Literal", "Union")):
                node.slice.elts.sort(key=ast.unparse)
    return ast.unparse(tree)


def report(comparisons: list[Comparison], title: str, limit: int) -> bool:
    """Prints every disagreement up to a limit, and the figures; whether the targets are met."""
    kinds = Counter(c.kind for c in comparisons)
    total = max(len(comparisons), 1)
    for kind in ("verdict", "types", "unknown"):
        for c in [c for c in comparisons if c.kind == kind][:limit]:
            ours = c.accepted if kind != "types" else c.fields
            print(f"{kind}: {c.string!r}\n    dspy: {c.real}\n    ours: {ours}")
    rejected = sum(not c.real["ok"] for c in comparisons)
    print(f"\n{title}: {total} strings, {100 * rejected / total:.1f}% rejected by dspy")
    print(
        f"  ok/error agree   {100 * (1 - (kinds['verdict'] + kinds['unknown']) / total):.4f}%  ({kinds['verdict']} differ)"
    )
    print(
        f"  field types agree {100 * (1 - sum(kinds[k] for k in ('verdict', 'types', 'unknown')) / total):.4f}%  ({kinds['types']} differ)"
    )
    print(f"  cannot be known  {100 * kinds['unknown'] / total:.4f}%  ({kinds['unknown']})")
    return (
        kinds["verdict"] / total <= 0.0001
        and kinds["types"] / total <= 0.001
        and kinds["unknown"] / total <= 0.005
    )


def run_generated(count: int, seed: int, release: str, api: str, limit: int) -> bool:
    interpreter = environments.for_release(release)
    dialect = dialect_of(str(interpreter))
    made = generate.strings(count, seed)
    chunks = [made[i : i + CHUNK] for i in range(0, len(made), CHUNK)]
    comparisons: list[Comparison] = []
    started = time.monotonic()
    pool = ThreadPoolExecutor(2)
    answers = pool.map(lambda c: ask_runtime(interpreter, [(api, s) for s in c]), chunks)
    try:
        for chunk, real in zip(chunks, answers, strict=True):
            comparisons += [compare(s, api, r, dialect) for s, r in zip(chunk, real, strict=True)]
            seconds = time.monotonic() - started
            print(f"\r{len(comparisons)} of {count}, {seconds:.0f} s", end="", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted: these are the figures so far.", file=sys.stderr)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    print(file=sys.stderr)
    good = report(comparisons, f"dspy {release}, {api}, seed {seed}", limit)
    print_branches(interpreter, made[:BRANCH_SAMPLE])
    return good


def run_corpus(path: Path, limit: int) -> bool:
    dialect = dialect_of(str(environments.for_release(environments.NEWEST)))
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return report([compare(r["string"], "Signature", r, dialect) for r in rows], "corpus", limit)


def run_matrix(path: Path, limit: int) -> bool:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    good = True
    for release in environments.RELEASES:
        dialect = dialect_of(str(environments.for_release(release)))
        found = [compare(r["string"], "Signature", r["verdicts"][release], dialect) for r in rows]
        good &= report(found, f"matrix, dspy {release}", limit)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=0, help="how many strings to generate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--release", default=environments.NEWEST)
    parser.add_argument("--api", default="Signature")
    parser.add_argument(
        "--limit", type=int, default=1000, help="how many disagreements of a kind to list"
    )
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--matrix", type=Path)
    options = parser.parse_args()
    good = True
    if options.corpus:
        good &= run_corpus(options.corpus, options.limit)
    if options.matrix:
        good &= run_matrix(options.matrix, options.limit)
    if options.count:
        good &= run_generated(
            options.count, options.seed, options.release, options.api, options.limit
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
