"""The language server beside its peers: keystrokes, start, requests, a tree of files, memory.

Servers that are compared are asked in turn, key by key, in one run, so that a machine that slows
down slows both. Figures are milliseconds at the median unless their name says otherwise.
"""

import argparse
import importlib.util
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peers
import workload
from wire import Key, Wire, keystroke

SIZES = (200, 2_000, 20_000)
SETTINGS = {"workspaceTrusted": False}


@contextmanager
def running(command: list[str], root: Path) -> Iterator[Wire]:
    """Start a server and end it whatever happens."""
    wire = Wire(command, root=root, settings=SETTINGS)
    try:
        wire.initialize()
        yield wire
    finally:
        wire.close()


def milliseconds(seconds: list[float]) -> float:
    """The median, in milliseconds."""
    return round(statistics.median(seconds) * 1000, 3)


def type_in_turn(
    commands: dict[str, list[str]], size: int, root: Path, keys: int = 10_000, seconds: float = 60
) -> dict[str, Any]:
    """Type the same trace into several servers, key by key in turn, for so many seconds at most."""
    text, trace = workload.typing_trace(workload.document(size))
    uri = (root / f"typed_{size}.py").as_uri()
    plain: dict[str, list[float]] = {name: [] for name in commands}
    opening: dict[str, list[float]] = {name: [] for name in commands}
    wires = {
        name: Wire(command, root=root, settings=SETTINGS) for name, command in commands.items()
    }
    try:
        for wire in wires.values():
            wire.initialize()
            wire.open(uri, text)
            wire.wait_for_diagnostics(uri)
        stop = time.perf_counter() + seconds
        for number, key in enumerate(trace[:keys], start=2):
            if time.perf_counter() > stop and all(len(times) > 1 for times in plain.values()):
                break
            for name, wire in wires.items():
                taken = keystroke(wire, uri, number, key)
                (opening if key.opens else plain)[name].append(taken)
    finally:
        for wire in wires.values():
            wire.close()
    return {
        name: {
            "p50": milliseconds(plain[name]),
            "p95": round(statistics.quantiles(plain[name], n=20)[18] * 1000, 3),
            "brackets and quotes p50": milliseconds(opening[name]) if opening[name] else None,
            "keys": len(plain[name]),
        }
        for name in commands
    }


def editing(root: Path, slow_peers: bool) -> dict[str, Any]:
    """Keystroke to diagnostics at each size, beside the floor, ruff, pyright and jedi."""
    figures: dict[str, Any] = {}
    for size in SIZES:
        row = type_in_turn({"ours": peers.ours(), "no-op pygls": peers.noop()}, size, root)
        beside = type_in_turn({"ours": peers.ours(), "ruff": peers.ruff()}, size, root)
        row["ours beside ruff"], row["ruff"] = beside["ours"], beside["ruff"]
        row["above the floor, ms"] = round(row["ours"]["p50"] - row["no-op pygls"]["p50"], 3)
        row["ours / ruff"] = round(beside["ours"]["p50"] / beside["ruff"]["p50"], 2)
        if slow_peers:
            for name, command in (("pyright", peers.pyright()), ("jedi", peers.jedi())):
                if command is None:
                    continue
                slow = type_in_turn({"ours": peers.ours(), name: command}, size, root, 24)
                row[f"ours beside {name}"], row[name] = slow["ours"], slow[name]
                row[f"{name} / ours"] = round(slow[name]["p50"] / slow["ours"]["p50"], 1)
        figures[f"{size} lines"] = row
    # The floor itself grows with the file, for pygls splits the text at each key. So what we
    # spend on a long file is held against the floor of a short one: the stricter reading.
    floor = figures["200 lines"]["no-op pygls"]["p50"]
    short, long = (figures[f"{size} lines"]["ours"]["p50"] - floor for size in (200, 20_000))
    figures["growth, 20,000 over 200 lines"] = round(long / max(short, 0.001), 1)
    return figures


def starting(root: Path, rounds: int) -> dict[str, Any]:
    """Spawn to first diagnostics on the file of 200 lines, each peer in turn with ours.

    A start takes half a second of one core, so that other work on the machine shows in it: the
    ratios are medians of the rounds' own.
    """
    text = workload.document(200)
    uri = (root / "start.py").as_uri()

    def start(command: list[str], *, diagnostics: bool) -> float:
        started = time.perf_counter()
        with running(command, root) as wire:
            if diagnostics:
                wire.open(uri, text)
                wire.wait_for_diagnostics(uri)
            return time.perf_counter() - started

    figures: dict[str, Any] = {"ours": [], "no-op pygls": [], "pyright": []}
    ratios: dict[str, list[float]] = {"no-op pygls": [], "pyright": []}
    for name, command in (("no-op pygls", peers.noop()), ("pyright", peers.pyright())):
        for _ in range(rounds if name == "pyright" else 3 * rounds) if command else ():
            ours = start(peers.ours(), diagnostics=True)
            peer = start(command, diagnostics=name != "no-op pygls")
            figures["ours"].append(ours)
            figures[name].append(peer)
            ratios[name].append(ours / peer)
    figures = {name: milliseconds(values) for name, values in figures.items() if values}
    figures["ours / no-op pygls' initialize"] = round(statistics.median(ratios["no-op pygls"]), 2)
    if ratios["pyright"]:
        figures["ours / pyright"] = round(statistics.median(ratios["pyright"]), 2)
    return figures


def asking(root: Path, rounds: int) -> dict[str, Any]:
    """Hover, completion and definition at 2,000 lines beside the hover of the no-op server."""
    text = workload.document(2_000)
    uri = (root / "ask.py").as_uri()
    lines = text.splitlines()
    row = next(i for i, s in enumerate(lines) if i > len(lines) // 2 and "rewritten = self" in s)
    place = {"textDocument": {"uri": uri}, "position": {"line": row, "character": 46}}
    questions: dict[str, tuple[str, Any]] = {
        "hover": ("textDocument/hover", place),
        "completion": ("textDocument/completion", place),
        "definition": ("textDocument/definition", place),
    }
    figures: dict[str, Any] = {}
    with running(peers.ours(), root) as ours, running(peers.noop(), root) as noop:
        for wire in (ours, noop):
            wire.open(uri, text)
            wire.wait_for_diagnostics(uri)
        for name, (method, params) in questions.items():
            mine = in_turn(lambda m=method, p=params: ours.request(m, p), noop, place, rounds)
            figures[name] = mine
    return figures


def in_turn(
    ask: Callable[[], object], noop: Wire, place: dict[str, Any], rounds: int
) -> dict[str, Any]:
    """Ask ours and the no-op server in turn."""
    mine: list[float] = []
    floor: list[float] = []
    for _ in range(rounds):
        started = time.perf_counter()
        ask()
        between = time.perf_counter()
        noop.request("textDocument/hover", place)
        mine.append(between - started)
        floor.append(time.perf_counter() - between)
    ours_ms, floor_ms = milliseconds(mine), milliseconds(floor)
    return {"ours": ours_ms, "no-op hover": floor_ms, "ratio": round(ours_ms / floor_ms, 2)}


def plant_tree(root: Path, files: int) -> int:
    """Write a tree of real Python files of which one in ten uses DSPy; return its bytes.

    DSPy's own modules, this project's realistic programs and dense made ones take turns; the other
    files are the standard library's.
    """
    library = Path(json.__file__).parents[1]
    plain = [
        text
        for path in sorted(library.glob("*.py")) + sorted(library.glob("[a-h]*/*.py"))
        if "site-packages" not in path.parts and "dspy" not in (text := path.read_text("utf-8"))
    ]
    package = Path(importlib.util.find_spec("dspy").origin).parent
    programs = Path(__file__).parents[1] / "realworld" / "programs"
    dspy_texts = [
        text
        for path in [*sorted(package.rglob("*.py")), *sorted(programs.rglob("*.py"))]
        if "dspy" in (text := path.read_text("utf-8"))
    ]
    dspy_texts += [workload.document(250, mistakes=1)] * (len(dspy_texts) // 10)
    shuffled = random.Random(5_000)
    shuffled.shuffle(plain)
    shuffled.shuffle(dspy_texts)
    total = 0
    for number in range(files):
        folder = root / f"package_{number // 100}"
        folder.mkdir(exist_ok=True)
        texts = dspy_texts if number % 10 == 0 else plain
        text = texts[(number // 10 if number % 10 == 0 else number) % len(texts)]
        (folder / f"module_{number}.py").write_text(text, "utf-8")
        total += len(text)
    return total


def checking(rounds: int) -> dict[str, Any]:
    """`check` of 5,000 files beside `ruff check --select E9,F` without its cache, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        size = plant_tree(Path(folder), 5_000)
        ours = [*peers.ours(), "check", folder]
        ruff = [peers.ruff()[0], "check", "--select", "E9,F", "--no-cache", "--quiet", folder]
        taken: dict[str, list[float]] = {"ours": [], "ruff": []}
        for _ in range(rounds):
            for name, command in (("ours", ours), ("ruff", ruff)):
                started = time.perf_counter()
                subprocess.run(command, check=False, capture_output=True)
                taken[name].append(time.perf_counter() - started)
    figures: dict[str, Any] = {name: milliseconds(values) for name, values in taken.items()}
    figures["ours / ruff"] = round(figures["ours"] / figures["ruff"], 2)
    figures["megabytes"] = round(size / 1e6, 1)
    return figures


def remembering(root: Path) -> dict[str, Any]:
    """Memory with ten files open, after 10,000 edits, and after 1,000 files opened and closed."""
    text = workload.document(200)
    figures: dict[str, Any] = {}
    with running(peers.ours(), root) as wire:
        for number in range(10):
            uri = (root / f"open_{number}.py").as_uri()
            wire.open(uri, text)
            wire.wait_for_diagnostics(uri)
        figures["ten files open, MB"] = round(wire.memory(), 1)
        for number in range(10_000):
            deleted = number % 2
            keystroke(wire, uri, number + 2, Key(3, 0, deleted, "" if deleted else "#"))
        figures["after 10,000 edits, MB"] = round(wire.memory(), 1)
        for number in range(1_000):
            other = (root / f"more_{number}.py").as_uri()
            wire.open(other, text)
            wire.wait_for_diagnostics(other)
            wire.notify("textDocument/didClose", {"textDocument": {"uri": other}})
            if number == 199:  # what the collector lets pile up once is there by now
                figures["after 200 files, MB"] = round(wire.memory(), 1)
        figures["after 1,000 files, MB"] = round(wire.memory(), 1)
    return figures


def show(title: str, figures: dict[str, Any], indent: int = 0) -> None:
    """Print nested figures as an outline."""
    print("  " * indent + title)
    for name, value in figures.items():
        if isinstance(value, dict):
            show(name, value, indent + 1)
        else:
            print("  " * (indent + 1) + f"{name:34} {value}")


def main() -> None:
    """Run the parts asked for and print, and write, what they measured."""
    parts: dict[str, Callable[[Path], dict[str, Any]]] = {
        "editing": lambda root: editing(root, slow_peers=not arguments.quick),
        "starting": lambda root: starting(root, 3 if arguments.quick else 9),
        "asking": lambda root: asking(root, 200),
        "checking": lambda _: checking(2 if arguments.quick else 4),
        "memory": remembering,
    }
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="*", choices=[*parts, []], help="default: all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no slow peers")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in arguments.part or parts:
            print(f"measuring: {part} ...", file=sys.stderr, flush=True)
            results[part] = parts[part](Path(folder).resolve())
            show(part, results[part])
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
