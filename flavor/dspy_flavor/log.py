"""Logging a program: everything is written and looked over before the store hears of it."""

import contextlib
import shutil
from pathlib import Path
from typing import Any

from .program_source import ProgramSource
from .save import Progress, Request, Saved, complete, write
from .temporary import temporary_folder

UPLOADING = "Uploading"
REGISTERING = "Registering"
_FIVE_MINUTES = 300


def log_model(  # noqa: PLR0913, PLR0917 - mlflow.dspy's parameters, and ours
    dspy_model: Any,
    artifact_path: str | None = None,
    task: str | None = None,
    model_config: dict[str, Any] | None = None,
    code_paths: list[str] | None = None,
    conda_env: Any = None,
    signature: Any = None,
    input_example: Any = None,
    registered_model_name: str | None = None,
    await_registration_for: int = _FIVE_MINUTES,
    pip_requirements: Any = None,
    extra_pip_requirements: Any = None,
    metadata: dict[str, Any] | None = None,
    resources: Any = None,
    prompts: list[Any] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    use_dspy_model_save: bool = False,
    serialization_format: str = "cloudpickle",
    program_source: ProgramSource | None = None,
    progress: Progress | None = None,
) -> Any:
    """Log a program to MLflow. Takes what `mlflow.dspy.log_model` does, and returns the same.

    The first arguments are those of `save_model`.

    Args:
        dspy_model: The program, an instance of `dspy.Module`.
        artifact_path: The former name of `name`.
        task: See `save_model`.
        model_config: See `save_model`.
        code_paths: See `save_model`.
        conda_env: See `save_model`.
        signature: See `save_model`.
        input_example: See `save_model`.
        registered_model_name: Register the model under this name.
        await_registration_for: Seconds to wait for the registered version; 0 or None not to.
        pip_requirements: See `save_model`.
        extra_pip_requirements: See `save_model`.
        metadata: See `save_model`.
        resources: See `save_model`.
        prompts: Prompts of MLflow's registry to link to the model.
        name: The model's name.
        params: Parameters of the model.
        tags: Tags of the model.
        model_type: Its type.
        step: The step of the run that it belongs to.
        model_id: A logged model to add the files to.
        use_dspy_model_save: See `save_model`.
        serialization_format: See `save_model`.
        program_source: See `save_model`.
        progress: Called with the name of each step as it begins.

    Returns:
        MLflow's `ModelInfo`.

    Raises:
        mlflow.exceptions.MlflowException: As `save_model`; the store is not touched then.
    """
    published = {"params": params, "tags": tags, "name": name, "artifact_path": artifact_path}
    request = Request(
        dspy_model,
        task,
        model_config,
        code_paths,
        conda_env,
        signature,
        input_example,
        pip_requirements,
        extra_pip_requirements,
        metadata,
        resources,
        use_dspy_model_save,
        serialization_format,
        program_source,
        {**published, "registered_model_name": registered_model_name, "prompts": prompts},
        progress,
    )
    _check_registered_name(registered_model_name)
    with temporary_folder() as folder:
        saved = write(request, Path(folder, "model"))
        info = _publish(
            saved,
            request,
            name=name,
            prompts=prompts,
            params=params,
            tags=tags,
            model_type=model_type,
            step=step,
            model_id=model_id,
        )
        if registered_model_name is not None:
            request.step(REGISTERING)
            _register(info, registered_model_name, await_registration_for, tags)
    return info


def _publish(saved: Saved, request: Request, **arguments: Any) -> Any:
    """Hand the files to MLflow; whatever ends it early, nothing is READY that is not whole."""
    from mlflow.models import Model
    from mlflow.tracing.provider import trace_disabled

    flavor = _Files(saved, request)
    given = {key: value for key, value in arguments.items() if value is not None}
    try:
        return trace_disabled(Model.log)(
            flavor=flavor,
            flavor_name=f"{__package__}",
            artifact_path=request.texts["artifact_path"],
            model_config=request.model_config,
            validate_serving_input=False,
            **_accepted(Model.log, given),
        )
    except Exception:
        raise  # MLflow has marked the logged model FAILED
    except BaseException:
        flavor.mark_failed()
        raise


def _accepted(function: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Leave out what this release of MLflow does not know yet."""
    import inspect

    known = inspect.signature(function).parameters
    return {key: value for key, value in arguments.items() if key in known}


class _Files:
    """What `Model.log` takes for a flavor: it puts the files that are ready where MLflow wants."""

    def __init__(self, saved: Saved, request: Request) -> None:
        self.__name__ = str(__package__)
        self._saved, self._request = saved, request
        self._model_id: str | None = None

    def save_model(self, path: str, mlflow_model: Any, **_: Any) -> None:
        self._model_id = getattr(mlflow_model, "model_id", None)
        shutil.copytree(self._saved.path, path, dirs_exist_ok=True)
        self._saved.path = Path(path)
        complete(self._saved, mlflow_model)
        self._request.step(UPLOADING)

    def mark_failed(self) -> None:
        """Mark the logged model FAILED after an interruption that MLflow does not look for."""
        from mlflow import MlflowClient
        from mlflow.entities import LoggedModelStatus

        if self._model_id is not None:
            with contextlib.suppress(Exception):
                MlflowClient().finalize_logged_model(self._model_id, LoggedModelStatus.FAILED)


def _check_registered_name(name: str | None) -> None:
    """Refuse a name that no registry takes before anything is uploaded, and not after."""
    from mlflow.utils.validation import _validate_model_name

    if name is not None:
        _validate_model_name(name)


def _register(info: Any, name: str, wait: int | None, tags: dict[str, Any] | None) -> None:
    import mlflow

    version = mlflow.register_model(
        f"models:/{info.model_id}", name, await_registration_for=wait or 0, tags=tags
    )
    info.registered_model_version = version.version
