"""What a killed job left in the store: its run is marked KILLED, its model FAILED."""

import contextlib
import os
from typing import Any

from dspy_flavor.temporary import remove_left

from .job import Channel
from .store import JOB, WORKER, is_alive


def cleanup(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Mark what one job left; the daemon asks for it when a job has died."""
    import mlflow

    del channel
    remove_left()
    notes = params["notes"]
    if notes.get("folder"):
        with contextlib.suppress(OSError):
            os.chdir(notes["folder"])
    mlflow.set_tracking_uri(notes["store"])
    return {"marked": _mark(notes["experiments"], f"tags.`{JOB}` = '{notes['job']}'")}


def sweep() -> int:
    """Mark what jobs of daemons that are gone left behind, in whichever experiment it is."""
    from mlflow import MlflowClient

    experiments = [e.experiment_id for e in MlflowClient().search_experiments(max_results=1000)]
    return _mark(experiments, f"tags.`{WORKER}` != ''", only_dead=True)


def _mark(experiments: list[str], condition: str, *, only_dead: bool = False) -> int:
    from mlflow import MlflowClient
    from mlflow.entities import ViewType

    client = MlflowClient()
    runs = client.search_runs(
        experiments,
        f"{condition} and attributes.status = 'RUNNING'",
        run_view_type=ViewType.ACTIVE_ONLY,
        max_results=200,
    )
    marked = 0
    for run in runs:
        if only_dead and is_alive(run.data.tags.get(WORKER, "")):
            continue
        fail_models(client, experiments, run.info.run_id)
        client.set_terminated(run.info.run_id, "KILLED")
        marked += 1
    return marked


def fail_models(client: Any, experiments: list[str], run_id: str) -> None:
    """Mark the logged models of a run that are not whole."""
    from mlflow.entities import LoggedModelStatus

    if not hasattr(client, "search_logged_models"):
        return
    models = client.search_logged_models(
        experiment_ids=experiments, filter_string=f"source_run_id = '{run_id}'", max_results=50
    )
    for model in models:
        if model.status != LoggedModelStatus.READY:
            client.finalize_logged_model(model.model_id, LoggedModelStatus.FAILED)
