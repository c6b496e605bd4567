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
from .experiment import choose_experiment
from .git import Asking
from .job import Channel, JobError
from .leftovers import fail_models, sweep
from .modules import MODULES, Modules, kept, modules_of, unsaved_among, with_modules
from .places import file_of, place
from .record import DIFF, SLICE, clean, difference, object_name, readable, tags_of
from .store import FILE, OBJECT, choose_store, one_at_a_time, store_failures
from .ui import page_of, run_place
from .versions import REGISTERED, code_of, last_run, modules_kept


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
        experiment = choose_experiment(logging.options.get("experiment") or logging.made.experiment)
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
    before = last_run(client, experiments, params, object_name(made))
    run = client.create_run(
        experiments[0], tags=tags, run_name=clean(object_name(made), credentials)
    )
    run_id = run.info.run_id
    info = None
    try:
        mlflow.start_run(run_id=run_id, log_system_metrics=False)
        info = _model(logging, credentials)
        logging.channel.progress("Recording where it comes from")
        code = clean(readable(made.code), credentials)
        client.log_text(run_id, code, SLICE)
        modules = modules_of(made.code, params["subject"], params["settings"]["root"])
        if modules:
            client.log_text(run_id, kept(modules, credentials), MODULES)
        made.notes += unsaved_among(modules, params["subject"], params["settings"]["root"])
        changes = _changes(before, code, modules, credentials)
        if changes:
            client.log_text(run_id, changes, DIFF)
        if (version := getattr(info, "registered_model_version", None)) is not None:
            name = logging.options["registeredModelName"]
            client.set_tag(run_id, REGISTERED, f"{name} version {version}")
        mlflow.end_run("FINISHED")
    except BaseException:
        _undo(client, experiments, run_id)
        if info is not None:
            _take_back(client, info, logging.options.get("registeredModelName"))
        raise
    return _result(logging, experiment, run, info)


def _changes(before: Any, code: str, modules: Modules, credentials: Any) -> str:
    """Return what changed since the last version, in the slice and in the modules that it imports."""
    then = code_of(before)
    if then is None:
        return ""
    texts = {path: each["text"] for path, each in (modules_kept(before) or {}).items()}
    now = {path: clean(text, credentials) for path, text in modules.items()}
    if not texts:  # a version that kept none: they are not all new
        texts = now
    return difference(with_modules(then, texts, now), with_modules(code, now, texts))


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
            tags={FILE: clean(file_of(logging.params), credentials), OBJECT: object_name(made)},
            progress=logging.channel.progress,
            **arguments,
        )
    except MlflowException as error:
        if error.error_code in {"INVALID_PARAMETER_VALUE", "PERMISSION_DENIED"}:
            detail = {"line": made.line, "path": path}
            raise JobError(
                "refused", f"{place(logging.params, made.line)}: {error.message}", detail
            ) from error
        raise


def _take_back(client: Any, info: Any, registered: str | None) -> None:
    """Remove a model that was whole already when its run could not be finished, and its version."""
    if (version := getattr(info, "registered_model_version", None)) is not None:
        with contextlib.suppress(Exception):
            client.delete_model_version(registered, str(version))
    with contextlib.suppress(Exception):
        client.delete_logged_model(info.model_id)


def _undo(client: Any, experiments: list[str], run_id: str) -> None:
    """Leave nothing half-logged: no model is READY, and the run is gone."""
    import mlflow

    with contextlib.suppress(Exception):
        mlflow.end_run("FAILED")
    with contextlib.suppress(Exception):
        fail_models(client, experiments, run_id)
    with contextlib.suppress(Exception):
        client.delete_run(run_id)


def _result(logging: _Logging, experiment: Any, run: Any, info: Any) -> dict[str, Any]:
    store = logging.store
    signature = info.signature.to_dict() if info.signature is not None else None
    url = page_of(store, run_place(experiment.experiment_id, run.info.run_id))
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
