"""Environments of other releases: built by uv, kept for the next run, sharing nothing with this one."""

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".venvs"
UV = ROOT / ".venv" / "bin" / "uv"
LOCK = ROOT / "tests" / "requirements.lock"
TOOLS = ("pytest", "pytest-asyncio", "pytest-timeout", "pytest-xdist")


def pinned(names):
    """Return requirements with the versions of the lock."""
    lock = LOCK.read_text(encoding="utf-8")
    return [re.search(rf"^{name}==[^\s;]+", lock, re.MULTILINE).group() for name in names]


def of_this_release():
    """Return the requirements of mlflow and dspy as they are here, and nothing else."""
    return [f"{name}=={importlib.metadata.version(name)}" for name in ("mlflow", "dspy")]


def versions_here():
    """Return every version of this environment, as constraints for another."""
    return "".join(
        f"{found.metadata['Name']}=={found.version}\n"
        for found in importlib.metadata.distributions()
        if found.metadata["Name"] not in {"dspy-companion", "pip", "uv"}
    )


def environment(name, requirements, *, python, constraints=None, with_project=False, upgrade=False):
    """Return the interpreter of an environment that holds `requirements`, making it if need be.

    Args:
        name: Its folder below `.venvs`.
        requirements: What to install.
        python: Versions of Python to try, the first that is on this machine counts.
        constraints: Versions that hold for what comes with them.
        with_project: Install this project into it too, without what it requires.
        upgrade: Look for newer releases each time, instead of keeping what was new once.
    """
    folder = FOLDER / name
    found = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "\n".join([*requirements, str(constraints), str(with_project), *map(str, python)])
    mark = folder / ".ready"
    install = [UV, "pip", "install", "-q", "--python", found]
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        if upgrade:
            newest = [*install, "--upgrade", *requirements]
            subprocess.run(newest, check=True, env=bare())
        return found
    for version in (*python, sys.executable):
        # A version manager's `python3.10` may be a name without a Python behind it.
        make = [UV, "venv", "-q", "--clear", "--no-python-downloads", "--python", version, folder]
        if subprocess.run(make, check=False, capture_output=True).returncode == 0:
            break
    else:
        sys.exit(f"no Python for {name}")
    arguments = list(requirements)
    if constraints is not None:
        (folder / "constraints.txt").write_text(constraints, encoding="utf-8")
        arguments += ["--constraint", folder / "constraints.txt"]
    subprocess.run([*install, *arguments], check=True, env=bare())
    if with_project:
        subprocess.run([*install, "--no-deps", "--editable", ROOT], check=True, env=bare())
    mark.write_text(wanted, encoding="utf-8")
    return found


def bare():
    """Return this process's environment without what would lead another Python to this one."""
    left_out = ("MLFLOW_", "PYTHON", "VIRTUAL_ENV", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    # Earlier releases of dspy import LiteLLM at once, which asks the network for a list of prices.
    return {**kept, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
