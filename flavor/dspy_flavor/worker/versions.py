"""What the store holds of a file's programs: their last versions, and whether the code changed."""

from typing import Any

from dspy_flavor.slicer import PlanError, plan

from .build import make_plan
from .job import Channel
from .modules import MODULES, Modules, have_changed, kept_of, modules_of, with_modules
from .places import file_of
from .record import SLICE, object_name, readable
from .store import FILE, OBJECT, choose_store, one_at_a_time, store_exists, store_failures

REGISTERED = "dspy_companion.registered"
_MOST = 200


def logged(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Return the last logged version of an object, with its code and the code of now."""
    from mlflow import MlflowClient

    del channel
    made = make_plan(params, refuse=False)
    store = choose_store(params["settings"])
    if not store_exists(store):
        return {}
    with store_failures(store, params["settings"]), one_at_a_time(store):
        client = MlflowClient()
        runs = _runs(client, _experiment_ids(client), params, object_name(made))
    if not runs:
        return {}
    code = code_of(runs[0])
    before = modules_kept(runs[0])
    now = _modules_now(params, made.code) if before is not None else {}
    then = {path: each["text"] for path, each in (before or {}).items()}
    return {
        **_version(runs[0]),
        "run_ids": [run.info.run_id for run in runs],
        "tracking_uri": store,
        "name": object_name(made),
        "code": None if code is None else with_modules(code, then, now),
        "current": with_modules(made.code, now, then),
    }


def versions(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Return the last version of each of a file's programs, and whether its code is another now.

    With `known` (the codes that were logged, by name) the store is not asked again: while a
    person types, only the text is looked at.
    """
    del channel
    found: dict[str, dict[str, Any]] = params.get("known") or {}
    if params.get("known") is None:
        found = _last_versions(params)
    for name, version in found.items():
        version["changed"] = _has_changed(params, name, version)
    return {"versions": found}


def _last_versions(params: dict[str, Any]) -> dict[str, dict[str, Any]]:
    from mlflow import MlflowClient

    store = choose_store(params["settings"])
    if not store_exists(store):
        return {}
    with store_failures(store, params["settings"]), one_at_a_time(store):
        client = MlflowClient()
        runs = _runs(client, _experiment_ids(client), params)
        found: dict[str, dict[str, Any]] = {}
        for run in runs:
            name = run.data.tags.get(OBJECT, "")
            if name and name not in found:
                modules = modules_kept(run)
                digests = modules and {p: {"sha256": each["sha256"]} for p, each in modules.items()}
                kept = {"code": code_of(run), "modules": digests}
                found[name] = {**_version(run), **kept}
    return found


def _has_changed(params: dict[str, Any], name: str, version: dict[str, Any]) -> bool | None:
    """Whether an object's slice, or a module that it imports, is another now.

    None where that cannot be told.
    """
    subject, code = params["subject"], version.get("code")
    if code is None:
        return None
    try:
        is_another = code not in {
            _code_now(subject, name, execute) for execute in ("slice", "file")
        } and (_without_instance(code) not in _codes_of_class(subject, name))
    except PlanError:
        return None
    return is_another or have_changed(version.get("modules"), _modules_now(params, code))


def _modules_now(params: dict[str, Any], code: str) -> Modules:
    return modules_of(code, params["subject"], params["settings"]["root"])


def _code_now(
    subject: dict[str, Any], name: str, execute: str, arguments: dict[str, Any] | None = None
) -> str:
    made = plan(
        subject.get("text") or "",
        name,
        path=subject["path"],
        cells=subject.get("cells"),
        execute=execute,
        constructor_arguments=arguments,
    )
    return readable(made.code)


def _codes_of_class(subject: dict[str, Any], name: str) -> set[str]:
    """Return the codes of a class that needs arguments, without the statement that gives them."""
    made = plan(subject.get("text") or "", name, path=subject["path"], cells=subject.get("cells"))
    if not made.required:
        return set()
    given: dict[str, Any] = dict.fromkeys(made.required)
    return {
        _without_instance(_code_now(subject, name, execute, given)) for execute in ("slice", "file")
    }


def _without_instance(code: str) -> str:
    return code.rstrip().rpartition("\n\n")[0]


def experiments(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Return the names of the store's experiments, for a person to choose from."""
    from mlflow import MlflowClient

    del channel
    store = choose_store(params["settings"])
    if not store_exists(store):
        return {"experiments": []}
    with store_failures(store, params["settings"]), one_at_a_time(store):
        found = MlflowClient().search_experiments(max_results=_MOST)
        return {"experiments": [experiment.name for experiment in found]}


def last_run(client: Any, experiments: list[str], params: dict[str, Any], name: str) -> Any:
    """Return the run of the last logged version of an object, or None."""
    return next(iter(_runs(client, experiments, params, name, most=1)), None)


def code_of(run: Any) -> str | None:
    """Return the code that was logged; None for a version whose files are gone."""
    import mlflow

    if run is None:
        return None
    try:
        return str(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/{SLICE}"))
    except Exception:  # noqa: BLE001 - a version whose files are gone has nothing to compare
        return None


def code_of_model(uri: str) -> str | None:
    """Return the code that a model was logged from; None where its run does not hold it."""
    import mlflow
    from mlflow import MlflowClient

    try:
        run_id = mlflow.models.get_model_info(uri).run_id
        return code_of(MlflowClient().get_run(run_id))
    except Exception:  # noqa: BLE001 - logged by another tool: there is no slice
        return None


def modules_kept(run: Any) -> dict[str, dict[str, str]] | None:
    """Return the modules that a run kept; None for a run that kept none."""
    import mlflow

    try:
        return kept_of(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/{MODULES}"))
    except Exception:  # noqa: BLE001 - without them only the slice is compared
        return None


def _runs(
    client: Any,
    experiments: list[str],
    params: dict[str, Any],
    name: str | None = None,
    most: int = _MOST,
) -> list[Any]:
    file = file_of(params).replace("'", "")
    condition = f"tags.`{FILE}` = '{file}' and attributes.status = 'FINISHED'"
    if name is not None:
        condition += f" and tags.`{OBJECT}` = '{name}'"
    order = ["attributes.start_time DESC"]
    return list(client.search_runs(experiments, condition, order_by=order, max_results=most))


def _experiment_ids(client: Any) -> list[str]:
    return [e.experiment_id for e in client.search_experiments(max_results=_MOST)]


def _version(run: Any) -> dict[str, Any]:
    models = getattr(getattr(run, "outputs", None), "model_outputs", None) or []
    return {
        "run_id": run.info.run_id,
        "run_name": run.info.run_name,
        "experiment_id": run.info.experiment_id,
        "time": run.info.start_time,
        "model_uri": f"models:/{models[0].model_id}" if models else None,
        "registered": run.data.tags.get(REGISTERED),
    }
