"""Imports what every job needs, before any path of the workspace is known."""

import contextlib
import functools
import importlib
import importlib.util
import os
import site
import sys
from typing import Any

from .git import keep_mlflow_from_asking

_NEEDED = {"dspy": "dspy-ai", "mlflow": "mlflow>=3"}
_WARM = (
    "mlflow.dspy",
    "mlflow.pyfunc",
    "mlflow.models.signature",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
    "sqlalchemy.dialects.sqlite",
    "alembic.runtime.migration",
    "alembic.script",
    "alembic.command",
    "mlflow.store.tracking.sqlalchemy_workspace_store",
    "mlflow.tracing.processor.base_mlflow",
    "mlflow.tracing.export",
    "mlflow.models.display_utils",
    "opentelemetry.sdk.metrics",
    "git",
    "pandas",
    "cloudpickle",
    "dspy_flavor.log",
    "dspy_flavor.source_format",
    "dspy_flavor.returns",
    "dspy_flavor.load",
    "dspy_flavor.slicer",
    "dspy_flavor.worker.children",
)


class Missing(Exception):  # noqa: N818 - a state of the interpreter
    """The interpreter lacks what the worker needs; the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def preload() -> dict[str, Any]:
    """Import dspy and mlflow; return the versions, or raise `Missing`."""
    if sys.prefix == sys.base_prefix and sys.flags.no_user_site:
        with contextlib.suppress(Exception):  # packages installed with `pip install --user`
            site.addsitedir(site.getusersitepackages())
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        packages = " ".join(f'"{_NEEDED[name]}"' for name in missing)
        raise Missing(
            "missing-package",
            f"The Python {{interpreter}} has no {' and no '.join(missing)}. Install what is"
            f" missing: {{interpreter}} -m pip install {packages}",
        )
    os.environ.setdefault("TQDM_DISABLE", "1")
    # Else litellm fetches a table of prices from the network when it is imported.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    versions = {name: _import(name) for name in _NEEDED}
    for name in _WARM:
        with contextlib.suppress(ImportError):  # named otherwise in another release
            importlib.import_module(name)
    _fill_caches()
    with contextlib.suppress(ImportError):
        keep_mlflow_from_asking()
    return {
        "python": sys.version.split()[0],
        **versions,
        "dspy_flavor": sys.modules["dspy_flavor"].__version__,
        "pid": os.getpid(),
    }


def _fill_caches() -> None:
    """Do once what MLflow otherwise does in each job's process; no store is opened."""
    with contextlib.suppress(Exception):  # MLflow's own affair: slower without, not wrong
        from mlflow.utils import requirements_utils

        requirements_utils._init_modules_to_packages_map()  # noqa: SLF001 - no public name
    with contextlib.suppress(Exception):
        from mlflow.store.db import utils

        # Which schema this release of MLflow has: it reads some 70 migrations to find out.
        known = functools.cache(utils._get_latest_schema_revision)  # noqa: SLF001 - no public name
        known()
        utils._get_latest_schema_revision = known  # noqa: SLF001
    with contextlib.suppress(Exception):
        from sqlalchemy.orm import configure_mappers

        configure_mappers()


def preload_for_calls() -> None:
    """Import what only calls of a language model need: seconds that logging does not wait for."""
    with contextlib.suppress(
        Exception
    ):  # absent in some releases of DSPy, and only a matter of time
        importlib.import_module("litellm")


def _import(name: str) -> str:
    try:
        module = importlib.import_module(name)
    except Exception as error:
        raise Missing(
            "missing-package",
            f"The Python {{interpreter}} cannot import {name} ({type(error).__name__}: {error})."
            f' Install it anew: {{interpreter}} -m pip install --upgrade "{_NEEDED[name]}"',
        ) from error
    return str(getattr(module, "__version__", "unknown"))
