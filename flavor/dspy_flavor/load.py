"""Loading a model: checked first, then read, then given the settings that are not set here."""

import logging
import os
import sys
import types
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .artifact import inside, read_bytes, read_manifest
from .earlier import with_new_attributes
from .errors import damaged, invalid
from .model import ProgramModel
from .settings import NEVER_KEPT, restore

_logger = logging.getLogger(__name__)
_DEFAULT_MODEL_PATH = "data/model.pkl"
_LARGEST_MLMODEL = 4 * 1024 * 1024


@dataclass
class Loaded:
    """A model, read."""

    program: Any
    settings: dict[str, Any]
    model_config: dict[str, Any]
    task: str | None = None
    missing: tuple[str, ...] = ()
    """Environment variables that hold the model's credentials, and are not set here."""
    metadata: dict[str, Any] = field(default_factory=dict)


def load_model(model_uri: str, dst_path: str | None = None) -> Any:
    """Load a program that was saved by `dspy_flavor` or by `mlflow.dspy`.

    The settings kept with it are put in place where this process has none of its own; what the
    caller has configured stays, callbacks such as autolog's included. Any thread may load.

    Args:
        model_uri: Where the model is: `models:/…`, `runs:/…/model`, a local path or any other
            location that MLflow knows.
        dst_path: A folder to download to; a temporary one by default.

    Returns:
        The `dspy.Module`.

    Raises:
        mlflow.exceptions.MlflowException: If the model is damaged, foreign, or a pickle where
            `MLFLOW_ALLOW_PICKLE_DESERIALIZATION` is false.
    """
    from mlflow.tracing.provider import trace_disabled
    from mlflow.tracking.artifact_utils import _download_artifact_from_uri

    def load() -> Loaded:
        folder = _download_artifact_from_uri(artifact_uri=model_uri, output_path=dst_path)
        return load_folder(Path(folder))

    loaded: Loaded = trace_disabled(load)()
    restore(loaded.settings)
    return loaded.program


def _load_pyfunc(path: str, model_config: dict[str, Any] | None = None) -> ProgramModel:
    """Load for `mlflow.pyfunc`, which calls this; no setting of the process is touched."""
    loaded = load_folder(Path(path))
    _keep_one_entry(Path(path, "code"))
    return ProgramModel(
        loaded.program,
        loaded.settings,
        {**loaded.model_config, **(model_config or {})},
        loaded.task,
        loaded.missing,
    )


def load_folder(root: Path) -> Loaded:
    """Load a model from a local folder."""
    content, name = read_mlmodel(root)
    configuration = content["flavors"][name]
    manifest: dict[str, Any] = {}
    if "manifest" in configuration:
        manifest = read_manifest(root, configuration["manifest"])
    elif name == "dspy_flavor":
        raise damaged("This model has no manifest: the MLmodel file was altered. Log it anew.")
    check_configuration(root, configuration)
    loaded = _read(root, name, configuration)
    if not hasattr(loaded.program, "named_predictors"):
        raise damaged(
            f"This model holds a {type(loaded.program).__name__}, and no DSPy program. It was"
            " altered: download it again, or log it anew."
        )
    loaded.program = with_new_attributes(loaded.program, loaded.settings)
    loaded.task = configuration.get("inference_task")
    loaded.settings = {k: v for k, v in loaded.settings.items() if k not in NEVER_KEPT}
    loaded.missing = _missing_credentials(manifest)
    _remember_model(content.get("model_id"))
    return loaded


def read_mlmodel(root: Path) -> tuple[dict[str, Any], str]:
    """Read the MLmodel file, and which of its flavors holds the program: ours, or `dspy`.

    It must be YAML of a sane size that names flavors. Here and not by MLflow: libyaml reads it ten times
    as fast as the loader that MLflow takes.
    """
    import yaml

    data = read_bytes(inside(root, "MLmodel"), _LARGEST_MLMODEL)
    try:
        content = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise damaged(f"The MLmodel file is no YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise damaged("The MLmodel file is nested too deeply. It is not loaded.") from error
    flavors = content.get("flavors") if isinstance(content, dict) else None
    if not isinstance(flavors, dict) or not all(isinstance(v, dict) for v in flavors.values()):
        raise damaged("The MLmodel file names no flavors: it was altered or cut off.")
    name = next((known for known in ("dspy_flavor", "dspy") if known in flavors), None)
    if name is None:
        raise invalid(f"This model has no DSPy program: its flavors are {sorted(flavors)}.")
    return content, name


def check_configuration(root: Path, configuration: dict[str, Any]) -> None:
    """Check what the MLmodel file says of a model: paths that stay inside and lead to something."""
    name, code = configuration.get("model_path", _DEFAULT_MODEL_PATH), configuration.get("code")
    if not inside(root, name).exists():
        raise damaged(f"{name} of this model is missing. Download it again, or log it anew.")
    if code is not None and not inside(root, code).is_dir():
        raise damaged(f"The folder {code} of this model is missing. Download it again.")
    for key, known in _KNOWN.items():
        if configuration.get(key) not in known:
            shown = repr(configuration[key])[:40]
            raise damaged(f"The MLmodel file says {key}: {shown}, which is not known here.")


_KNOWN: dict[str, list[Any]] = {
    "inference_task": [None, "llm/v1/chat"],
    "serialization_format": [None, "cloudpickle", "source"],
}


def _read(root: Path, flavor: str, configuration: dict[str, Any]) -> Loaded:
    name = configuration.get("model_path", _DEFAULT_MODEL_PATH)
    if flavor == "dspy_flavor":
        from .tree import load_source

        program, settings, config = load_source(root, name)
        return Loaded(program, settings, config)
    from . import pickles

    inside(root, name)
    pickles.refuse_unless_allowed()
    _add_code(root, configuration.get("code"))
    if str(name).endswith(".pkl"):
        return Loaded(*pickles.load_wrapper(root, name))
    return Loaded(*pickles.load_program_folder(root, name))


def _add_code(root: Path, folder: Any) -> None:
    """Put the code that came with a pickle first on the path, as every MLflow flavor does."""
    if folder:
        inside(root, folder)
        sys.path.insert(0, os.path.join(root, folder))  # noqa: PTH118 - as MLflow spells it
        _keep_one_entry(Path(root, folder))


def _keep_one_entry(code: Path) -> None:
    """Leave one entry of the path for a folder: MLflow adds another with each load.

    Each of them would slow down every import that is to come, and MLflow's look at the versions
    of the requirements, in a process that loads a model again and again.
    """
    first = os.fspath(code)
    if sys.path.count(first) > 1:
        where = sys.path.index(first)
        sys.path[where + 1 :] = [entry for entry in sys.path[where + 1 :] if entry != first]


def _missing_credentials(manifest: dict[str, Any]) -> tuple[str, ...]:
    """Return the variables that are not set here, and say them once in the log."""
    records = manifest.get("credentials") or []
    if not isinstance(records, list):
        raise damaged("The manifest's credentials are no list: it was altered. Log the model anew.")
    missing = sorted(
        {
            str(record["environment"])
            for record in records
            if isinstance(record, dict)
            and record.get("environment")
            and not os.environ.get(str(record["environment"]))
        }
    )
    if missing:
        _logger.warning(
            "Credentials are not kept in a model. This one had some that are read from the"
            " environment, where they are not set: %s.",
            ", ".join(missing),
        )
    return tuple(missing)


def _remember_model(model_id: Any) -> None:
    """Link traces to the model that was loaded last, as MLflow's own flavors do."""
    try:
        from mlflow.models.model import _update_active_model_id_based_on_mlflow_model
    except ImportError:  # before mlflow 3.1
        return
    if not isinstance(model_id, str):  # none, or what somebody wrote into the file
        return
    # All that it asks of a model is its id.
    _update_active_model_id_based_on_mlflow_model(types.SimpleNamespace(model_id=model_id))
