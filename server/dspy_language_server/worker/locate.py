"""Finds the worker's source: beside the server in a checkout, a wheel or an extension."""

from __future__ import annotations

from pathlib import Path

from dspy_language_server.worker.model import WorkerError

_MAIN = Path("dspy_flavor", "worker", "__main__.py")
_SERVER = Path(__file__).resolve().parent.parent


def find_worker(hint: str | None = None) -> Path:
    """Return the file that starts the worker.

    Args:
        hint: The folder that contains `dspy_flavor`, or `dspy_flavor` itself.
    """
    folders = [
        _SERVER.parent,  # a wheel: both packages are in site-packages
        _SERVER.parent.parent / "flavor",  # a checkout, or the extension's bundled/ folder
        _SERVER.parent / "flavor",
    ]
    if hint:
        folders[:0] = [Path(hint), Path(hint).parent]
    for folder in folders:
        if (folder / _MAIN).is_file():
            return folder / _MAIN
    raise WorkerError(
        "worker",
        "The worker's files were not found beside the server: the installation is incomplete."
        " Install it anew: pip install --force-reinstall dspy-companion.",
    )
