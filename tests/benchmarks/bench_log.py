"""How long from command to logged, beside the script a person would write with `mlflow.dspy`.

    python tests/benchmarks/bench_log.py [--rounds 7] [--json FILE]

Both log `examples/chain_of_thought.py` to a sqlite store that exists already. The script is a whole
process from its start to its end; ours is the command with a warm worker, and once with a cold one.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = asyncio.run(measure(arguments.rounds))
    print(f"command to logged, warm   {figures['warm']:6.2f} s  (median of {arguments.rounds})")
    print(f"command to logged, cold   {figures['cold']:6.2f} s")
    print(f"script with mlflow.dspy   {figures['script']:6.2f} s  (whole process)")
    print(f"ratio                     {figures['ratio']:6.1f} x")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
