"""Reading pickled programs: only where MLflow's switch allows it, with one error for what fails."""

import io
import os
import pickle
from pathlib import Path
from typing import Any

from .artifact import LARGEST_JSON, inside, parse_json, read_bytes
from .errors import damaged, refused

SWITCH = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"


def refuse_unless_allowed() -> None:
    """Raise an error where MLflow's switch forbids pickles."""
    if os.environ.get(SWITCH, "true").strip().lower() in {"false", "0"}:
        raise refused(
            f"This model is a pickle, which can run any code when it is read, and {SWITCH} is"
            " false. Log the program with serialization_format='source', which needs no pickle,"
            f" or set {SWITCH}=true if you trust where the model comes from."
        )


class Wrapper:
    """What a pickle holds in the place of `mlflow.dspy.wrapper.DspyModelWrapper`: its attributes."""

    model: Any
    dspy_settings: dict[str, Any]
    model_config: dict[str, Any] | None


class _Unpickler(pickle.Unpickler):
    """Reads MLflow's wrapper without MLflow's flavor: its import takes longer than the pickle."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "mlflow.dspy.wrapper" and name in {"DspyModelWrapper", "DspyChatModelWrapper"}:
            return Wrapper
        return super().find_class(module, name)


def load_pickle(root: Path, name: str) -> Any:
    """Read one pickle of a model."""
    data = read_bytes(inside(root, name))
    try:
        return _Unpickler(io.BytesIO(data)).load()
    except ModuleNotFoundError as error:
        raise damaged(
            f"{name} needs the module {error.name!r}, which is not installed here. Install it, or"
            " log the model again with code_paths=[...] that hold it."
        ) from error
    except AttributeError as error:
        raise damaged(
            f"{name} refers to something that is not there any more ({error}). The code has changed"
            " since the model was saved: log the program again."
        ) from error
    except (pickle.UnpicklingError, EOFError, ValueError, IndexError, KeyError) as error:
        raise damaged(
            f"{name} is damaged ({type(error).__name__}: {error}). Download the model again, or"
            " log it anew."
        ) from error
    except (Exception, SystemExit) as error:
        raise damaged(f"{name} cannot be read: {type(error).__name__}: {error}") from error


def load_wrapper(root: Path, name: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Return program, settings and configuration from a pickled wrapper, ours or MLflow's."""
    wrapper = load_pickle(root, name)
    try:
        program, settings = wrapper.model, dict(wrapper.dspy_settings)
        config = dict(wrapper.model_config or {})
    except AttributeError as error:
        raise damaged(
            f"{name} holds a {type(wrapper).__name__}, and no DSPy program. It was not made by"
            " mlflow.dspy or dspy_flavor."
        ) from error
    return program, settings, config


def load_program_folder(root: Path, name: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Return program, settings and configuration of MLflow's `use_dspy_model_save` layout."""
    metadata = parse_json(
        read_bytes(inside(root, f"{name}/metadata.json"), LARGEST_JSON), "metadata.json"
    )
    if not isinstance(metadata, dict) or "dependency_versions" not in metadata:
        raise damaged(f"{name}/metadata.json of this model has no dependency versions.")
    program = load_pickle(root, f"{name}/program.pkl")
    settings = load_pickle(root, "data/dspy_config.pkl")
    config_name = "data/model_config.json"
    config = {}
    if (root / config_name).exists():
        config = parse_json(read_bytes(inside(root, config_name), LARGEST_JSON), config_name)
    settings = dict(settings)
    return program, settings, dict(config or {})
