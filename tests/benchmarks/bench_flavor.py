"""Measures the flavor beside mlflow.dspy in one run: log, load and first answer, load again, a batch.

    python tests/benchmarks/bench_flavor.py [--rounds 5] [--json FILE]

The language model is an OpenAI-compatible endpoint on loopback that takes 50 ms to answer.
"""

import argparse
import functools
import json
import logging
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLAVOR_TESTS = Path(__file__).parents[1] / "flavor"
sys.path[:0] = [str(FLAVOR_TESTS)]

ROWS, THREADS, DELAY = 256, 32, 0.05
ANSWER = "[[ ## reasoning ## ]]\nr\n\n[[ ## answer ## ]]\nanswer of {}\n\n[[ ## completed ## ]]"


def seconds(function):
    """Return how long a call takes, and what it returns."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def medians(rounds, functions):
    """Return the median of each function, called in turn so that a busy machine is fair to all."""
    times = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(seconds(function)[0])
    return {name: statistics.median(values) for name, values in times.items()}


FIRST_ANSWER = """
import os, sys, time
import dspy, mlflow.pyfunc
for uri in sys.argv[1:]:
    if os.fork():
        os.wait()
        continue
    start = time.perf_counter()
    mlflow.pyfunc.load_model(uri).predict("q")
    print(time.perf_counter() - start, flush=True)
    os._exit(0)
"""


OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "true"}
"""The first call of an LM looks for prices on the internet, which would time the network."""


def first_answers(rounds, models):
    """Return how long each model takes to its first answer where nothing but imports has been.

    In turn, each time in a process of its own, forked after the imports, which take seconds and are
    the same for all.
    """
    turns = [sorted(models, reverse=turn % 2 == 1) for turn in range(rounds)]
    names = [name for turn in turns for name in turn]
    done = subprocess.run(
        [sys.executable, "-c", FIRST_ANSWER, *(models[name] for name in names)],
        env={**os.environ, **OFFLINE, "PYTHONPATH": str(FLAVOR_TESTS)},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    times = [float(line) for line in done.stdout.split()]
    return {
        name: [taken for each, taken in zip(names, times, strict=True) if each == name]
        for name in models
    }


def of_pairs(ours, theirs):
    """Return the median of the rounds' own ratios, and half of its 95 % interval."""
    ratios = sorted(mine / other for mine, other in zip(ours, theirs, strict=True))
    reach = math.ceil(0.98 * math.sqrt(len(ratios)))
    middle = len(ratios) // 2
    low, high = ratios[max(middle - reach, 0)], ratios[min(middle + reach, len(ratios) - 1)]
    return statistics.median(ratios), (high - low) / 2


def batch(model):
    """Return how long a batch takes; its answers must be there, in order."""
    rows = [str(number) for number in range(ROWS)]
    taken, answers = seconds(lambda: model.predict(rows, params={"num_threads": THREADS}))
    if [answer["answer"] for answer in answers] != [f"answer of {row}" for row in rows]:
        sys.exit("the batch was not answered in order")
    return taken


def batches_in_process(dspy, model, program):
    """Measure with an LM in this process: over HTTP, client and endpoint would share one interpreter."""

    class Sleeping(dspy.BaseLM):
        """Answers after a while, as a remote LM does, and spends nothing itself."""

        delay = 0.0

        def __init__(self):
            super().__init__("sleeping")

        def __call__(self, prompt=None, messages=None, **_):
            time.sleep(self.delay)
            said = messages[-1]["content"] if messages else prompt
            asked = said.split("[[ ## question ## ]]")[-1].split()[0]
            return [ANSWER.format(asked)]

    lm = Sleeping()
    with dspy.context(lm=lm):
        batch(model)  # starts the threads' first imports
        overhead = statistics.median(batch(model) for _ in range(5)) / ROWS
        lm.delay = DELAY
        alone, _ = seconds(lambda: [program(question=str(n)) for n in range(THREADS)])
        taken = statistics.median(batch(model) for _ in range(3))
    ideal = alone / THREADS * ROWS / THREADS
    return {
        "batch": taken,
        "batch, ideal": ideal,
        "batch, share of ideal": ideal / taken,
        "overhead per row": overhead,
    }


def load_and_answer(mlflow, uri):
    """Load a model and ask it once."""
    return mlflow.pyfunc.load_model(uri).predict("q")


def measure(rounds):
    """Return all figures, in seconds but for ratios."""
    import dspy
    import mlflow
    import mlflow.dspy
    import programs
    from openai_endpoint import Endpoint

    import dspy_flavor

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    endpoint = Endpoint()
    lm = dspy.LM("openai/test", api_base=endpoint.url, api_key="sk-none", cache=False)
    dspy.configure(lm=lm)
    program = programs.CoT()
    mlflow.search_experiments()

    def log(module, **arguments):
        with mlflow.start_run():
            return module.log_model(program, name="model", **arguments)

    log(dspy_flavor)
    figures = medians(
        rounds,
        {
            "log_model, dspy_flavor": lambda: log(dspy_flavor),
            "log_model, dspy_flavor, source": lambda: log(
                dspy_flavor, serialization_format="source"
            ),
            "log_model, mlflow.dspy": lambda: log(mlflow.dspy),
        },
    )
    info = log(dspy_flavor)
    uris = {"dspy_flavor": info.model_uri, "mlflow.dspy": log(mlflow.dspy).model_uri}
    first = first_answers(6 * rounds, uris)
    figures |= {f"load and answer, {name}": statistics.median(first[name]) for name in first}
    # Nearly all of both is MLflow's own work: what differs is less than the rounds do.
    ratio, error = of_pairs(first["dspy_flavor"], first["mlflow.dspy"])
    figures |= {"load and answer, ratio": ratio, "load and answer, error": error}
    again = {
        f"load again and answer, {name}": functools.partial(load_and_answer, mlflow, uri)
        for name, uri in uris.items()
    }
    medians(1, again)  # the first call in a process imports what the others have
    figures |= medians(4 * rounds, again)
    endpoint.delay = DELAY
    model = mlflow.pyfunc.load_model(info.model_uri)
    figures["batch over HTTP"] = batch(model)
    figures |= batches_in_process(dspy, model, program)
    endpoint.close()
    return figures


def main():
    """Print a table, and write JSON where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    os.environ["OPENAI_API_KEY"] = "sk-none"
    output = arguments.json.absolute() if arguments.json else None
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
        figures = measure(arguments.rounds)
        os.chdir("/")
    figures["log_model, ratio"] = (
        figures["log_model, mlflow.dspy"] / figures["log_model, dspy_flavor"]
    )
    for name, value in figures.items():
        print(f"{name:<40} {value:8.4f}")
    if output:
        output.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
