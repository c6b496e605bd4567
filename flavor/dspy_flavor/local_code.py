"""The user's own modules that a program needs: found, and kept with the model."""

import shutil
import sys
from pathlib import Path
from typing import Any

from .errors import invalid
from .literals import CREDENTIAL_FILES
from .locality import is_installed, local_module
from .requirements import imports_in, imports_in_files
from .walk import Found

_LARGEST = 50 * 1024 * 1024
_LEFT_OUT = shutil.ignore_patterns(
    *("__pycache__", "*.pyc", ".git", ".venv", "venv", "node_modules", "mlruns", "mlflow.db"),
    *CREDENTIAL_FILES,
)


def local_code_of(found: Found, program_source: Any = None) -> dict[str, Path]:
    """Return the user's code that a program uses.

    Returns:
        By top-level name, a file or the folder of a package. Of a folder without `__init__.py`,
        which may hold anything, only the modules that are used, by their dotted names.

    Raises:
        mlflow.exceptions.MlflowException: If code of the program lives in a module that has no
            file, and so cannot be kept.
    """
    waiting = {*found.modules, *found.imports} - {"", "__main__"}
    if program_source is not None:
        waiting |= imports_in(program_source.code)
    code: dict[str, Path] = {}
    seen: set[str] = set()
    while waiting:
        module = waiting.pop()
        top = module.partition(".")[0]
        if module in seen or top in code or top == "__main__" or is_installed(top):
            continue
        seen.add(module)
        path = local_module(top)
        if path is None:
            _refuse_if_gone(top, found)
            continue
        if path.is_file() or (path / "__init__.py").exists():
            code[top] = path
            waiting |= imports_in_files([path])
            continue
        part, package = module_path(path, module), module.rpartition(".")[0]
        if package:
            waiting.add(package)  # it may have an `__init__.py`
        if package and part.is_file():
            code[module] = part
            inside = module if part.name == "__init__.py" else package
            waiting |= imports_in(part.read_text(encoding="utf-8", errors="replace"), inside)
    return code


def module_path(folder: Path, module: str) -> Path:
    """Return the file of a module below a top-level namespace package.

    Such a package has several folders, and a model that was loaded adds one with the part that it
    carries, before all others: what is loaded says itself where it comes from.

    Args:
        folder: The first of its folders.
        module: The module's dotted name.
    """
    loaded = getattr(sys.modules.get(module), "__file__", None)
    if isinstance(loaded, str):
        return Path(loaded)
    top, *parts = module.split(".")
    folders = [Path(each) for each in getattr(sys.modules.get(top), "__path__", ())] or [folder]
    files = []
    for each in folders:
        base = each.joinpath(*parts)
        files += [base / "__init__.py", base.with_name(base.name + ".py")]
    return next((file for file in files if file.is_file()), files[-1])


def _refuse_if_gone(top: str, found: Found) -> None:
    """Refuse a module that the program holds a part of, which is loaded and has no file."""
    path = found.modules.get(top)
    module = sys.modules.get(top)
    if path is not None and module is not None and not hasattr(module, "__file__"):
        return  # made by hand in this process: its classes are pickled by value
    if path is not None and module is None:
        raise invalid(
            f"{path} comes from the module {top!r}, which cannot be found. Pass the file or folder"
            " that holds it in code_paths=[...]."
        )


def copy_local_code(code: dict[str, Path], target: Path) -> None:
    """Copy the user's modules into a folder of the model."""
    for top, path in code.items():
        size = _size(path)
        if size > _LARGEST:
            raise invalid(
                f"The program uses the local package {top!r} ({path}), which holds"
                f" {size // 2**20} MB. Move data out of it, or pass what is needed in code_paths."
            )
        below = target.joinpath(*top.split(".")[:-1])
        if path.name == "__init__.py":
            below = below / top.rpartition(".")[2]
        below.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, below / top, ignore=_LEFT_OUT, dirs_exist_ok=True)
        else:
            shutil.copy2(path, below / path.name)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
