"""Starts the worker from its file: `python -I …/dspy_flavor/worker/__main__.py [--spawn]`."""

import importlib.util
import sys
from pathlib import Path


def _load_own_package() -> None:
    """Import `dspy_flavor` from beside this file, without putting its folder on the path.

    The folder may be the server's site-packages, which the user's interpreter must not see.
    """
    folder = Path(__file__).resolve().parent.parent
    spec = importlib.util.spec_from_file_location(
        "dspy_flavor", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["dspy_flavor"] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    if sys.version_info < (3, 10):  # noqa: UP036 - the user's interpreter may be any
        sys.exit(f"DSPy Companion needs Python 3.10 or newer, not {sys.version.split()[0]}")
    _load_own_package()
    from dspy_flavor.worker.daemon import main

    main(sys.argv[1:])
