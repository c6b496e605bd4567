"""Which modules come with an environment, and which are the user's own files."""

import functools
import importlib.util
import sys
import sysconfig
from pathlib import Path
from types import ModuleType


@functools.lru_cache(maxsize=4096)
def is_installed(module: str) -> bool:
    """Whether `module` comes with Python or an installed distribution.

    Modules without a file (`__main__`, a notebook, something built by hand) and files outside
    site-packages are the user's.
    """
    top = module.partition(".")[0]
    if top == "__main__":  # the user's, also where a tool such as pytest has begun the process
        return False
    if top in sys.stdlib_module_names:
        return True
    file = module_file(top)
    return file is not None and _is_in_environment(file)


def local_module(module: str) -> Path | None:
    """Return the user's file or package folder that holds `module`, if it is one of theirs."""
    top = module.partition(".")[0]
    if not top or top == "__main__" or is_installed(top):
        return None
    file = module_file(top)
    if file is None:
        return None
    if file.is_dir():
        return file
    return file.parent if file.name == "__init__.py" else file


def module_file(top: str) -> Path | None:
    """Return where a top-level module is: its file, or the folder of a namespace package."""
    loaded = sys.modules.get(top)
    if loaded is not None:
        return _file_of(loaded)
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None:
        return None
    if spec.origin and spec.origin not in {"built-in", "frozen", "namespace"}:
        return Path(spec.origin)
    return next((Path(folder) for folder in spec.submodule_search_locations or ()), None)


def _file_of(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    if isinstance(file, str):
        return Path(file)
    folders = getattr(module, "__path__", None)
    return next((Path(folder) for folder in folders or ()), None)


def _is_in_environment(file: Path) -> bool:
    if any(part in {"site-packages", "dist-packages"} for part in file.parts):
        return True
    own = Path(__file__).parent
    if own == file.parent or own in file.parents:
        return True
    resolved = file.resolve()
    return any(folder in resolved.parents for folder in _library_folders())


@functools.lru_cache(maxsize=1)
def _library_folders() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    return tuple({Path(paths[key]).resolve() for key in ("stdlib", "platstdlib", "purelib")})
