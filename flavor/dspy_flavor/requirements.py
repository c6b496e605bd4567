"""The pip requirements of a model, told from the imports of its program: no process is started."""

import ast
import functools
import importlib.metadata
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .locality import is_installed

_WITH_EVERY_MODEL = frozenset(
    {"mlflow", "dspy", "pydantic", "pydantic_core", "dspy_flavor", "__main__", ""}
)
"""What comes with dspy, or is named anyway: dspy requires pydantic, and mlflow.dspy pins it neither."""


def get_default_pip_requirements() -> list[str]:
    """Return the requirements that every model of this flavor has, as `mlflow.dspy` does."""
    from mlflow.utils.requirements_utils import _get_pinned_requirement

    return [_get_pinned_requirement("dspy")]


def get_default_conda_env() -> Any:
    """Return the conda environment that every model of this flavor has."""
    from mlflow.utils.environment import _mlflow_conda_env

    return _mlflow_conda_env(additional_pip_deps=get_default_pip_requirements())


def infer_requirements(modules: Iterable[str]) -> list[str]:
    """Return pinned requirements for the installed modules that a program uses."""
    import mlflow

    found = {f"mlflow=={mlflow.__version__}", *get_default_pip_requirements()}
    for top in sorted({module.partition(".")[0] for module in modules}):
        if top in _WITH_EVERY_MODEL or top in sys.stdlib_module_names or not is_installed(top):
            continue
        distribution = _distribution_of(top)
        if distribution is not None:
            found.add(distribution)
    return sorted(found)


@functools.lru_cache(maxsize=512)
def _distribution_of(top: str) -> str | None:
    """Return `name==version` of the distribution that a top-level module comes from."""
    try:
        distribution = importlib.metadata.distribution(top)
    except importlib.metadata.PackageNotFoundError:
        names = _distributions().get(top)
        if not names:
            return None
        distribution = importlib.metadata.distribution(names[0])
    return f"{distribution.metadata['Name']}=={distribution.version.partition('+')[0]}"


@functools.lru_cache(maxsize=1)
def _distributions() -> Any:
    return importlib.metadata.packages_distributions()


def imports_in(code: str, package: str = "") -> set[str]:
    """Return every module that some code imports, wherever in it.

    Of `from a import b` both `a` and `a.b`: `b` may be a module.

    Args:
        code: The text of a module.
        package: The package that the module is in, which `from . import …` speaks of.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (module := _imported_from(node, package)):
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return names


def _imported_from(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".") if package else []
    kept = parents[: len(parents) - node.level + 1]
    return ".".join([*kept, node.module] if node.module else kept) if kept else ""


def imports_in_files(paths: Iterable[Path]) -> set[str]:
    """Return every module that Python files import."""
    names: set[str] = set()
    for path in paths:
        files = path.rglob("*.py") if path.is_dir() else [path]
        for file in files:
            names |= imports_in(file.read_text(encoding="utf-8", errors="replace"))
    return names
