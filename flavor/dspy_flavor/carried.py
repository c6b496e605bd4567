"""The loader that a model carries: a copy of this package's loading half, under its own name."""

import functools
import hashlib
import sys
from pathlib import Path

LOADING = (
    "artifact",
    "chat",
    "credentials",
    "earlier",
    "errors",
    "interface",
    "isolation",
    "jsonable",
    "load",
    "locality",
    "lm",
    "model",
    "names",
    "overrides",
    "parallel",
    "pickles",
    "redact",
    "returns",
    "rows",
    "settings",
    "streaming",
    "tree",
    "types_as_text",
    "values",
    "wording",
)
"""The modules that loading and answering need: not those that save, log or evaluate."""

_INIT = '''"""The loading half of dspy_flavor {version}, as it was when this model was saved."""

from .load import _load_pyfunc, load_model

__version__ = "{version}"
__all__ = ["_load_pyfunc", "load_model"]
'''


@functools.lru_cache(maxsize=1)
def carried_files() -> tuple[str, dict[str, bytes]]:
    """Return the name that the loader is imported under, and its files.

    Python keeps one module per name: the name holds the files' hash, so that loaders of two
    versions live side by side in one process.
    """
    package = Path(__file__).parent
    version = sys.modules[__package__].__version__
    files = {"__init__.py": _INIT.format(version=version).encode()}
    for name in LOADING:
        files[f"{name}.py"] = (package / f"{name}.py").read_bytes()
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(name.encode() + b"\0" + data + b"\0")
    return f"dspy_flavor_{version.replace('.', '_')}_{digest.hexdigest()[:12]}", files


def carry_loader(code: Path) -> str:
    """Write the loader below a model's `code` folder and return its module name."""
    name, files = carried_files()
    folder = code / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return name
