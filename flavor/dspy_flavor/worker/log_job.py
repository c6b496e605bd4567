"""The main job: build the object, and log it to MLflow with where it comes from."""

import contextlib
import os
import time
import uuid
from dataclasses import dataclass
from typing import Any

from dspy_flavor.program_source import ProgramSource
from dspy_flavor.slicer import Plan

from .build import build, make_plan
from .git import Asking
from .job import Channel, JobError
from .leftovers import fail_models, sweep
from .record import DIFF, SLICE, clean, difference, object_name, readable, relative, tags_of
from .store import FILE, OBJECT, choose_store, one_at_a_time, store_failures


@dataclass
class _Logging:
    """One logging job and what it has so far."""

    params: dict[str, Any]
    channel: Channel
    made: Plan
    program: Any
    store: str
    job: str

    @property
    def options(self) -> dict[str, Any]:
        return self.params.get("options") or {}


def log(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Log an object; return what an editor tells of it."""
    began = time.monotonic()
    channel.progress("Reading the file")
    made = make_plan(params)
    asking = Asking(params["subject"]["path"])
    program = build(made, params, channel)
    channel.progress("Opening the MLflow store")
    settings = params["settings"]
    store = choose_store(settings)
    logging = _Logging(params, channel, made, program, store, uuid.uuid4().hex)
    with store_failures(store, settings):
        try:
            result = _log(logging, asking)
        finally:
            if params.get("sweep"):
                with contextlib.suppress(Exception):
                    sweep()
                    channel.note(swept=True)
    return {**result, "duration_seconds": round(time.monotonic() - began, 3)}


def _log(logging: _Logging, asking: Asking) -> dict[str, Any]:
    import mlflow
    from mlflow import MlflowClient

    from dspy_flavor.settings import kept_settings
    from dspy_flavor.strip import credentials_in
    from dspy_flavor.walk import walk

    with one_at_a_time(logging.store):
        experiment = _experiment(logging.options.get("experiment"))
    experiments = [experiment.experiment_id]
    program, made, params = logging.program, logging.made, logging.params
    credentials = credentials_in(
        walk({type(program).__name__: program, "dspy.settings": kept_settings()})
    )
    tags = tags_of(program, made, params, logging.job, asking.answer())
    tags = {key: clean(value, credentials) for key, value in tags.items()}
    logging.channel.note(
        store=logging.store,
        experiments=experiments,
        job=logging.job,
        folder=os.getcwd(),  # noqa: PTH109 - a text
    )
    client = MlflowClient()
    before = _last(client, experiments, made, params)
    run = client.create_run(
        experiments[0], tags=tags, run_name=clean(object_name(made), credentials)
    )
    run_id = run.info.run_id
    try:
        mlflow.start_run(run_id=run_id, log_system_metrics=False)
        info = _model(logging, credentials)
        logging.channel.progress("Recording where it comes from")
        code = clean(readable(made.code), credentials)
        client.log_text(run_id, code, SLICE)
        changes = difference(_code_of(before), code)
        if changes:
            client.log_text(run_id, changes, DIFF)
        mlflow.end_run("FINISHED")
    except BaseException:
        _undo(client, experiments, run_id)
        raise
    return _result(logging, experiment, run, info)


def _experiment(name: str | None) -> Any:
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


def _model(logging: _Logging, credentials: Any) -> Any:
    """Have the flavor log the program."""
    from mlflow.exceptions import MlflowException

    from dspy_flavor.log import log_model

    options, made = logging.options, logging.made
    form = options.get("format") or "source"
    path = logging.params["subject"]["path"]
    arguments: dict[str, Any] = {}
    if form == "source":
        lines = {n: n for n, line in enumerate(made.code.splitlines(), 1) if line.strip()}
        name = made.name
        arguments["program_source"] = ProgramSource(made.code, name, path, lines)
    try:
        return log_model(
            logging.program,
            name=options.get("modelName") or clean(object_name(made), credentials),
            input_example=options.get("inputExample"),
            registered_model_name=options.get("registeredModelName") or None,
            serialization_format=form,
            tags={FILE: clean(_file(logging.params), credentials), OBJECT: object_name(made)},
            progress=logging.channel.progress,
            **arguments,
        )
    except MlflowException as error:
        if error.error_code in {"INVALID_PARAMETER_VALUE", "PERMISSION_DENIED"}:
            detail = {"line": made.line, "path": path}
            raise JobError(
                "refused", f"{path}, line {made.line}: {error.message}", detail
            ) from error
        raise


def _file(params: dict[str, Any]) -> str:
    return relative(params["subject"]["path"], params["settings"]["root"])


def _undo(client: Any, experiments: list[str], run_id: str) -> None:
    """Leave nothing half-logged: no model is READY, and the run is gone."""
    import mlflow

    with contextlib.suppress(Exception):
        mlflow.end_run("FAILED")
    with contextlib.suppress(Exception):
        fail_models(client, experiments, run_id)
    with contextlib.suppress(Exception):
        client.delete_run(run_id)


def _last(client: Any, experiments: list[str], made: Plan, params: dict[str, Any]) -> Any:
    """Return the run of the last logged version of an object, or None."""
    file = _file(params).replace("'", "")
    runs = client.search_runs(
        experiments,
        f"tags.`{FILE}` = '{file}' and tags.`{OBJECT}` = '{object_name(made)}'"
        " and attributes.status = 'FINISHED'",
        order_by=["attributes.start_time DESC"],
        max_results=1,
    )
    return runs[0] if runs else None


def _code_of(run: Any) -> str | None:
    import mlflow

    if run is None:
        return None
    try:
        return str(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/{SLICE}"))
    except Exception:  # noqa: BLE001 - a version whose files are gone has nothing to compare
        return None


def _result(logging: _Logging, experiment: Any, run: Any, info: Any) -> dict[str, Any]:
    store = logging.store
    signature = info.signature.to_dict() if info.signature is not None else None
    url = None
    if store.startswith("http"):
        url = f"{store}/#/experiments/{experiment.experiment_id}/runs/{run.info.run_id}"
    made = logging.made.as_json()
    return {
        "run_id": run.info.run_id,
        "model_uri": info.model_uri,
        "model_id": getattr(info, "model_id", None),
        "experiment_id": experiment.experiment_id,
        "experiment_name": experiment.name,
        "run_name": run.info.run_name,
        "tracking_uri": store,
        "signature": signature,
        "format": logging.options.get("format") or "source",
        "name": object_name(logging.made),
        "line": logging.made.line,
        "registered_version": getattr(info, "registered_model_version", None),
        "skipped": made["skipped"],
        "notes": made["notes"],
        "url": url,
    }


def logged(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Return the last logged version of an object, with its code and the code of now."""
    from mlflow import MlflowClient

    del channel
    made = make_plan(params, refuse=False)
    store = choose_store(params["settings"])
    with store_failures(store, params["settings"]), one_at_a_time(store):
        client = MlflowClient()
        experiments = [e.experiment_id for e in client.search_experiments(max_results=200)]
        run = _last(client, experiments, made, params)
    if run is None:
        return {}
    return {
        "run_id": run.info.run_id,
        "experiment_id": run.info.experiment_id,
        "time": run.info.start_time,
        "tracking_uri": store,
        "code": _code_of(run),
        "current": readable(made.code),
    }
