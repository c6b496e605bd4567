"""The oldest and the newest releases that are supported: the flavor's own tests, run in them.

    make test-matrix
    make test-matrix RELEASE="dspy==3.1.3 mlflow==3.8.1"

The second runs them in one release between, or in any that is asked for.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
from environments import ROOT, TOOLS, bare, environment, pinned

HERE = Path(__file__).parent
# mlflow 3.0 traces with the OpenTelemetry of its time, keeps its store with the SQLAlchemy of it, and
# serves with the Starlette of it.
OLDEST = [
    *("dspy==2.6.27", "mlflow==3.0.0"),
    *("opentelemetry-sdk<1.34", "sqlalchemy<2.1", "starlette<0.47", "pandas"),
]
ANY_PYTHON = ["3.10", "3.14", "3.13", "3.12"]
RELEASES = {
    "oldest": (OLDEST, ["3.10"]),
    "newest": (["dspy", "mlflow"], ["3.14", "3.13", "3.12"]),
}
if asked := os.environ.get("RELEASE", "").split():
    name = re.sub(r"[^\w.]+", "-", "-".join(sorted(asked)))
    RELEASES = {name: ([*asked, "sqlalchemy<2.1", "starlette<1", "pandas"], ANY_PYTHON)}

NOT_THERE = {
    "'use_dspy_model_save' in inspect.signature(mlflow.dspy.save_model).parameters": [
        "test_drop_in.py::test_the_layout_is_mlflows[arguments1]",
        "test_load.py::test_mlflows_models_load_here[True]",
        "test_load.py::test_mlflow_loads_ours[True]",
    ],
    "hasattr(mlflow.genai, 'evaluate')": [
        f"test_evaluate.py::test_genai_evaluate_takes_examples_and_metrics[{form}]"
        for form in ("uri", "loaded", "program")
    ],
}
"""What early releases lack, as a question to them, and the tests that need it."""


@pytest.mark.matrix
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("release", RELEASES)
def test_the_flavors_tests_pass(release, tmp_path):
    requirements, python = RELEASES[release]
    interpreter = environment(
        f"flavor-{release}",
        [*requirements, *pinned(TOOLS)],
        python=python,
        with_project=True,
        upgrade=release == "newest",
    )
    versions, lacks = _ask(interpreter)
    print(f"\n{release}: {versions}; left out, since it lacks them: {lacks}", flush=True)
    command = [interpreter, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider"]
    command += ["-m", "not matrix and not scale", f"--basetemp={tmp_path / 'runs'}"]
    command += [f"--deselect=tests/flavor/{test}" for test in lacks]

    done = subprocess.run(
        [*command, "tests/flavor"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=bare(),
        check=False,
    )

    print(done.stdout.strip().rpartition("\n")[2], flush=True)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def _ask(interpreter):
    """Return the versions of an environment, and the tests that it cannot pass."""
    code = (
        "import inspect, platform, dspy, mlflow, mlflow.dspy, mlflow.genai\n"
        "print(f'dspy {dspy.__version__}, mlflow {mlflow.__version__},"
        " Python {platform.python_version()}')\n"
        + "".join(f"print({question})\n" for question in NOT_THERE)
    )
    asked = [interpreter, "-I", "-W", "ignore", "-c", code]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, env=bare())
    versions, *answers = done.stdout.splitlines()[-1 - len(NOT_THERE) :]
    lacks = [
        test
        for answer, tests in zip(answers, NOT_THERE.values(), strict=True)
        if answer == "False"
        for test in tests
    ]
    return versions, lacks
