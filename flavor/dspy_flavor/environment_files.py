"""conda.yaml, python_env.yaml and requirements.txt, as every MLflow model has them."""

from pathlib import Path
from typing import Any

from .requirements import imports_in, imports_in_files, infer_requirements
from .walk import Found


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
