"""MLflow's pages: started away from the workspace, on the workspace's store."""

import pytest

from dspy_flavor.worker.ui import _absolute


@pytest.mark.parametrize(
    ("store", "wanted"),
    [
        ("sqlite:////data/store.db", "sqlite:////data/store.db"),
        ("sqlite:///mlflow.db", "sqlite:////work/app/mlflow.db"),
        ("./mlruns", "/work/app/mlruns"),
        ("file:///data/mlruns", "file:///data/mlruns"),
        ("postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_a_relative_store_is_the_one_of_the_workspace(store, wanted):
    assert _absolute(store, "/work/app") == wanted
