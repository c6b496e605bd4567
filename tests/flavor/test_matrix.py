"""The oldest and the newest releases that are supported: the flavor's own tests, run in them."""

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
RELEASES = {
    "oldest": (OLDEST, ["3.10"]),
    "newest": (["dspy", "mlflow"], ["3.14", "3.13", "3.12"]),
}
NOT_THERE = {
    "oldest": {
        "mlflow.dspy has no use_dspy_model_save": [
            "test_drop_in.py::test_the_layout_is_mlflows[arguments1]",
            "test_load.py::test_mlflows_models_load_here[True]",
            "test_load.py::test_mlflow_loads_ours[True]",
        ],
        "mlflow.genai has no evaluate": [
            f"test_evaluate.py::test_genai_evaluate_takes_examples_and_metrics[{form}]"
            for form in ("uri", "loaded", "program")
        ],
        "dspy asks once more, as JSON, whatever has failed": [
            "test_schema.py::test_a_failing_language_model_costs_neither_the_log_nor_seconds",
            "test_schema.py::test_an_example_is_tried_once_with_a_limit_and_without_retries",
        ],
    },
    "newest": {},
}
"""Tests that a release cannot pass, by what it lacks."""


@pytest.mark.matrix
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("release", RELEASES)
def test_the_flavors_tests_pass(release, tmp_path):
    requirements, python = RELEASES[release]
    interpreter = environment(
        f"flavor-{release}", [*requirements, *pinned(TOOLS)], python=python, with_project=True
    )
    deselected = [
        f"--deselect=tests/flavor/{test}" for tests in NOT_THERE[release].values() for test in tests
    ]
    command = [interpreter, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider"]
    command += ["-m", "not matrix and not scale", *deselected, f"--basetemp={tmp_path / 'runs'}"]

    done = subprocess.run(
        [*command, "tests/flavor"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=bare(),
        check=False,
    )

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
