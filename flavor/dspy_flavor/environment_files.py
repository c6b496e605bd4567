"""conda.yaml, python_env.yaml and requirements.txt, as every MLflow model has them."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .credentials import texts_in
from .literals import refuse_named
from .requirements import imports_in, imports_in_files, infer_requirements
from .scan import Hit
from .walk import Found

_USER = re.compile(r"://(?!git@|\$\{)[^/\s@$]+@|/t/(?!<|\$)[A-Za-z0-9-]{8,}(?:/|$)")
_MOST_FILES = 50


def check_requirements(request: Any) -> None:
    """Raise `Hit` if requirements name an index or a repository with somebody's credentials."""
    for argument in ("pip_requirements", "extra_pip_requirements", "conda_env"):
        value = getattr(request, argument)
        if isinstance(value, dict):
            refuse_named({argument: value}, "save_model")
        for where, line in _lines(value, f"the argument {argument}"):
            if _USER.search(line):
                raise Hit(
                    where,
                    "a URL with a user, a password or a token (pip fills in ${NAME} from the"
                    " environment)",
                )


def _lines(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield each requirement, those in files that others refer to too, and where it is."""
    waiting: list[tuple[str, Any]] = [(where, value)]
    seen: set[Path] = set()
    while waiting and len(seen) < _MOST_FILES:
        place, item = waiting.pop()
        texts = list(texts_in(item))
        if isinstance(item, Path):
            texts = [str(item)]
        for text in texts:
            yield place, text
            path = Path(re.sub(r"^(?:-r|-c|--requirement|--constraint)[ =]*", "", text.strip()))
            with contextlib.suppress(OSError, ValueError):
                if path.is_file() and path.resolve() not in seen:
                    seen.add(path.resolve())
                    content = path.read_text(encoding="utf-8", errors="replace")
                    waiting.append((f"{place} ({path.name})", content.splitlines()))


def write_environment(request: Any, found: Found, local_code: dict[str, Path], path: Path) -> None:
    """Write the files from which MLflow builds a model's environment."""
    import yaml
    from mlflow.utils.environment import (
        _process_conda_env,
        _process_pip_requirements,
        _PythonEnv,
    )

    if request.conda_env is not None:
        environment, requirements, constraints = _process_conda_env(request.conda_env)
    else:
        inferred = None
        if request.pip_requirements is None:
            inferred = infer_requirements(_modules_of(request, found, local_code))
        environment, requirements, constraints = _process_pip_requirements(
            inferred, request.pip_requirements, request.extra_pip_requirements
        )
    text = yaml.safe_dump(environment, default_flow_style=False)
    (path / "conda.yaml").write_text(text)
    if constraints:
        (path / "constraints.txt").write_text("\n".join(constraints))
    (path / "requirements.txt").write_text("\n".join(requirements))
    _PythonEnv.current().to_yaml(str(path / "python_env.yaml"))


def _modules_of(request: Any, found: Found, local_code: dict[str, Path]) -> set[str]:
    modules = {*found.modules, *found.imports}
    modules |= imports_in_files(local_code.values())
    if request.code_paths:
        modules |= imports_in_files(Path(item) for item in request.code_paths)
    if request.program_source is not None:
        modules |= imports_in(request.program_source.code)
    return modules
