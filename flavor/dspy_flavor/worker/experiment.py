"""The experiment of a job: the one that is asked for, the environment's, or MLflow's own default."""

import os
from typing import Any

from .job import JobError


def choose_experiment(name: str | None) -> Any:
    """Return the experiment; one that is asked for by name is made where there is none."""
    import mlflow
    from mlflow import MlflowClient

    wanted = name or os.environ.get("MLFLOW_EXPERIMENT_NAME")
    client = MlflowClient()
    if not wanted:
        identity = os.environ.get("MLFLOW_EXPERIMENT_ID") or "0"
        return client.get_experiment(identity)
    found = client.get_experiment_by_name(wanted)
    if found is not None and found.lifecycle_stage == "deleted":
        text = f"The experiment {wanted!r} was deleted. Restore it, or choose another name."
        raise JobError("refused", text)
    if found is None:
        return mlflow.get_experiment(client.create_experiment(wanted))
    return found
