"""An MLflow flavor for DSPy programs: saved whole, loaded anywhere, without their secrets.

`import dspy_flavor` stands in for `mlflow.dspy`: the functions of the same names take the same
arguments. Nothing heavy is imported until a function is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .autolog import autolog
    from .compilation import compiled_by
    from .evaluation import evaluation_data, evaluation_frame, predict_fn, scorer
    from .inspection import inspect_model
    from .load import _load_pyfunc, load_model
    from .log import log_model
    from .program_source import ProgramSource
    from .requirements import get_default_conda_env, get_default_pip_requirements
    from .save import save_model

__version__ = "0.1.0"

__all__ = [
    "ProgramSource",
    "_load_pyfunc",
    "autolog",
    "compiled_by",
    "evaluation_data",
    "evaluation_frame",
    "get_default_conda_env",
    "get_default_pip_requirements",
    "inspect_model",
    "load_model",
    "log_model",
    "predict_fn",
    "save_model",
    "scorer",
]

_HOMES = {
    "ProgramSource": "program_source",
    "_load_pyfunc": "load",
    "autolog": "autolog",
    "compiled_by": "compilation",
    "evaluation_data": "evaluation",
    "evaluation_frame": "evaluation",
    "get_default_conda_env": "requirements",
    "get_default_pip_requirements": "requirements",
    "inspect_model": "inspection",
    "load_model": "load",
    "log_model": "log",
    "predict_fn": "evaluation",
    "save_model": "save",
    "scorer": "evaluation",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: mlflow and dspy take a second or more."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
