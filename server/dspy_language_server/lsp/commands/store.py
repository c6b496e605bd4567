"""dspy.openRun and dspy.diffLogged: what the store holds of a program."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from dspy_language_server.lsp.commands.subjects import subject_of
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.workers import job_settings
from dspy_language_server.worker import JobSettings, Subject, WorkerClient

Token = int | str | None


async def open_run(session: Session, arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """The address of a run or model in MLflow's UI, shown where the client leaves that to us."""
    run_id, model_uri = arguments.get("run_id"), arguments.get("model_uri")
    if run_id is None and model_uri is None:
        if arguments.get("uri") is None:
            raise Refusal(
                "Say what to open: `run_id`, `model_uri`, or `uri` and `name`.", code=INVALID_PARAMS
            )
        subject, folder = subject_of(session, arguments)
        worker = session.workers.of(folder, "open runs")
        settings = job_settings(folder, arguments)
        run_id = (await _logged(worker, subject, settings))["run_id"]
    else:
        uri = arguments.get("uri")
        known = session.folder_of(uri) if isinstance(uri, str) else None
        folder = known or (session.folders[-1] if session.folders else session.loose)
        worker = session.workers.of(folder, "open runs")
        settings = job_settings(folder, arguments)
    answer = await worker.open(settings, run_id=run_id, model_uri=model_uri)
    if session.client.shows_documents and not session.client.shows_results:
        session.server.start_soon(
            session.server.window_show_document_async(
                types.ShowDocumentParams(answer["url"], external=True)
            )
        )
    return answer


async def diff_logged(session: Session, arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """The code of the last logged version, and what would be logged now."""
    subject, folder = subject_of(session, arguments)
    worker = session.workers.of(folder, "compare with logged versions")
    settings = job_settings(folder, arguments)
    last = await _logged(worker, subject, settings)
    now = await worker.plan(subject, settings)
    name = subject.name or now.get("name") or "program"
    return {
        "left": {"title": f"{name} (logged {last.get('time', '')})".strip(), "text": last["code"]},
        "right": {"title": f"{name} (editor)", "text": now["code"]},
    }


async def _logged(worker: WorkerClient, subject: Subject, settings: JobSettings) -> dict[str, Any]:
    found = await worker.logged(subject, settings)
    if not found:
        name = subject.name or "This program"
        raise Refusal(f"{name} has not been logged yet.", data={"code": "not-found"})
    return found
