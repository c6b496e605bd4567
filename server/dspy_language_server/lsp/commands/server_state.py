"""dspy.showOutput, dspy.forgetChoices, dspy.restartWorker and dspy.information: the server itself."""

from __future__ import annotations

import platform
from typing import Any

from dspy_language_server import __version__
from dspy_language_server.lsp.session import Session

Token = int | str | None


async def show_output(session: Session, _arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """What the last job printed."""
    text = session.workers.output
    session.presenter.document("Output of the last job.txt", text or "It printed nothing.\n")
    return {"text": text}


async def forget_choices(session: Session, _arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """Forgets what the person chose in the workspace's folders: programs, options, inputs."""
    for folder in session.all_folders:
        folder.memory.forget()
    return {}


async def restart_worker(session: Session, _arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """Ends the workers; the next job starts one anew, with the packages of now."""
    await session.workers.restart()
    for folder in session.all_folders:
        folder.refresh()
    session.conditions_changed()
    return {}


async def information(session: Session, _arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """Versions, interpreter, dialect, trust and paths, for the status item and bug reports."""
    return {
        **session.status.value,
        "server": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "positionEncoding": session.encoding,
        "folders": [folder.path for folder in session.folders],
        "configuration": [
            folder.configuration.path for folder in session.folders if folder.configuration.path
        ],
        "flavorPath": session.flavor_path,
        "openDocuments": len(session.versions),
    }
