"""The trace of a call: recorded in the store where programs are logged, without credentials."""

from typing import Any

from .experiment import choose_experiment
from .job import Channel, JobError
from .store import choose_store, one_at_a_time, store_failures
from .ui import page_of, trace_place


class Tracing:
    """Records what happens from now on, if that is wanted and there is a store for it.

    A person asked for an answer: a store that fails costs the trace and not the answer. What
    failed is told beside it.
    """

    def __init__(self, params: dict[str, Any], channel: Channel, experiment: str | None) -> None:
        """Begin to record; `experiment` is the file's own, where nobody asks for another."""
        self._settings = params["settings"]
        self._store = ""
        self._experiment = ""
        self._problem: str | None = None
        if not params.get("trace"):
            return
        channel.progress("Opening the MLflow store")
        try:
            self._begin(params.get("experiment") or experiment, params.get("model_uri") or "")
        except JobError as error:
            self._problem, self._store = str(error), ""

    def _begin(self, experiment: str | None, model_uri: str) -> None:
        import mlflow

        from dspy_flavor.autolog import autolog

        self._store = choose_store(self._settings)
        with store_failures(self._store, self._settings):
            with one_at_a_time(self._store):
                self._experiment = choose_experiment(experiment).experiment_id
            mlflow.set_experiment(experiment_id=self._experiment)
            if model_uri.startswith("models:/m-") and hasattr(mlflow, "set_active_model"):
                mlflow.set_active_model(model_id=model_uri.removeprefix("models:/"))
            autolog(silent=True)

    def finish(self) -> dict[str, Any]:
        """Return `{trace_id, trace_url, trace_problem}`; the URL is None for a local store."""
        found: dict[str, Any] = {
            "trace_id": None,
            "trace_url": None,
            "trace_problem": self._problem,
        }
        if not self._store:
            return found
        import mlflow

        with store_failures(self._store, self._settings):
            if hasattr(mlflow, "flush_trace_async_logging"):
                mlflow.flush_trace_async_logging()
            found["trace_id"] = mlflow.get_last_active_trace_id()
            if found["trace_id"]:
                place = trace_place(self._experiment, found["trace_id"])
                found["trace_url"] = page_of(self._store, place)
        return {**found, "experiment_id": self._experiment}
