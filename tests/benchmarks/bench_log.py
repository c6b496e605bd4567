"""How long from command to logged, beside the script a person would write with `mlflow.dspy`.

    python tests/benchmarks/bench_log.py [--rounds 7] [--json FILE]

Both log `examples/chain_of_thought.py` to a sqlite store that exists already. The script is a whole
process from its start to its end; ours is the command with a warm worker, and once with a cold one.
Then the server is asked for hovers, with no job and while it logs, one after the other.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import peers
from wire import Wire

from dspy_language_server.worker import JobSettings, Subject, WorkerClient

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
PROGRAM = EXAMPLES / "chain_of_thought.py"
SCRIPT = """\
import mlflow
from chain_of_thought import dspy_model

with mlflow.start_run():
    mlflow.dspy.log_model(dspy_model, name="model")
"""


async def log_once(client: WorkerClient, settings: JobSettings) -> float:
    began = time.perf_counter()
    await client.log(Subject(str(PROGRAM), PROGRAM.read_text(), "CoT"), settings)
    return time.perf_counter() - began


def script_once(root: str, store: str) -> float:
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES), "MLFLOW_TRACKING_URI": store}
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=root, env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - began


async def measure(repetitions: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as root:
        store = f"sqlite:///{root}/store.db"
        settings = JobSettings(root, tracking_uri=store)
        script_once(root, store)  # makes the store
        client = WorkerClient(sys.executable)
        cold = await log_once(client, settings)
        ours, theirs = [], []
        for _ in range(repetitions):  # in turn, so that the machine's load falls on both
            ours.append(await log_once(client, settings))
            theirs.append(script_once(root, store))
        await client.close()
    warm, script = statistics.median(ours), statistics.median(theirs)
    return {"warm": warm, "cold": cold, "script": script, "ratio": script / warm}


def hovers(repetitions: int) -> dict[str, float]:
    """Median and 95th percentile of a hover in milliseconds, with no job and while one runs."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root).resolve()
        for file in EXAMPLES.glob("*.py"):
            shutil.copy(file, folder)
        settings = {
            "interpreter": sys.executable,
            "mlflow": {"trackingUri": f"sqlite:///{root}/s.db"},
        }
        options = {"workspaceTrusted": True, "settings": settings}
        wire = Wire(peers.ours(), root=folder, settings=options)
        wire.initialize()
        file = folder / PROGRAM.name
        text = file.read_text("utf-8")
        wire.open(file.as_uri(), text)
        log = {"command": "dspy.log", "arguments": [{"uri": file.as_uri(), "name": "CoT"}]}
        wire.request("workspace/executeCommand", log)  # starts the worker, makes the store
        before = text[: text.index("question -> answer")]
        place = {"line": before.count("\n"), "character": len(before) - before.rfind("\n")}
        params = {"textDocument": {"uri": file.as_uri()}, "position": place}
        alone: list[float] = []
        during: list[float] = []
        for _ in range(repetitions):
            job = wire.begin("workspace/executeCommand", log)
            count = len(during)
            while not wire.has_answered(job):
                during.append(_timed(wire, params))
            alone += [_timed(wire, params) for _ in range(len(during) - count)]
        wire.close()
    return {
        f"hover {name}, {label}": value * 1000
        for name, times in (("alone", alone), ("during a job", during))
        for label, value in (
            ("median", statistics.median(times)),
            ("p95", statistics.quantiles(times, n=20)[-1]),
        )
    }


def _timed(wire: Wire, params: dict[str, object]) -> float:
    began = time.perf_counter()
    wire.request("textDocument/hover", params)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = {**asyncio.run(measure(arguments.rounds)), **hovers(arguments.rounds)}
    print(f"command to logged, warm   {figures['warm']:6.2f} s  (median of {arguments.rounds})")
    print(f"command to logged, cold   {figures['cold']:6.2f} s")
    print(f"script with mlflow.dspy   {figures['script']:6.2f} s  (whole process)")
    print(f"ratio                     {figures['ratio']:6.1f} x")
    for name in ("alone", "during a job"):
        median, slow = figures[f"hover {name}, median"], figures[f"hover {name}, p95"]
        print(f"hover {name:18}  {median:6.2f} ms (median), {slow:.2f} ms (p95)")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
