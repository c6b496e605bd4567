"""dspy.openRun, dspy.compareRuns and dspy.diffLogged: what the store holds of a program."""

from __future__ import annotations

import difflib
from typing import Any

from dspy_language_server.lsp.folders import Folder
from dspy_language_server.lsp.logged import when
from dspy_language_server.lsp.progress import Progress
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.subjects import subject_of
from dspy_language_server.lsp.workers import job_settings
from dspy_language_server.worker import JobSettings, Subject, WorkerClient

Token = int | str | None
_COMPARED = 10
"""Versions that are compared where nobody says which: the newest."""


async def open_run(session: Session, arguments: dict[str, Any], token: Token) -> dict[str, Any]:
    """The address of a run, a model or a trace in MLflow's UI, shown where that is left to us."""
    run_id, model_uri = arguments.get("run_id"), arguments.get("model_uri")
    trace_id = arguments.get("trace_id")
    folder, subject = _about(session, arguments, named=bool(run_id or model_uri or trace_id))
    worker = session.workers.of(folder, "open runs")
    settings = job_settings(folder, arguments)
    async with Progress(session, "Opening MLflow", token) as progress:
        if subject is not None:
            run_id = (await last_version(worker, subject, settings))["run_id"]
        answer = await worker.open(
            settings, run_id=run_id, model_uri=model_uri, trace_id=trace_id, progress=progress
        )
    session.presenter.address(answer["url"])
    return {**answer, "run_id": run_id}


async def compare_runs(session: Session, arguments: dict[str, Any], token: Token) -> dict[str, Any]:
    """The versions of a program side by side in MLflow's UI."""
    run_ids = arguments.get("run_ids") or []
    if not isinstance(run_ids, list) or not all(isinstance(each, str) for each in run_ids):
        raise Refusal("`run_ids` must be a list of run ids.", code=INVALID_PARAMS)
    folder, subject = _about(session, arguments, named=bool(run_ids))
    worker = session.workers.of(folder, "compare runs")
    settings = job_settings(folder, arguments)
    async with Progress(session, "Opening MLflow", token) as progress:
        if subject is not None:
            found = await last_version(worker, subject, settings)
            run_ids = found["run_ids"][:_COMPARED]
            if len(run_ids) < 2:
                text = f"{found['name']} has been logged once: there is nothing to compare yet."
                raise Refusal(text, data={"code": "not-found"})
        answer = await worker.open(settings, run_ids=run_ids, progress=progress)
    session.presenter.address(answer["url"])
    return {**answer, "run_ids": run_ids}


def _about(
    session: Session, arguments: dict[str, Any], *, named: bool
) -> tuple[Folder, Subject | None]:
    """The folder whose store is meant; and the program, where the store's own names do not say."""
    if not named:
        if arguments.get("uri") is None:
            raise Refusal(
                "Say what is meant: `uri` and `name`, or what the store calls it (`run_id`, "
                "`model_uri`, `trace_id`, `run_ids`).",
                code=INVALID_PARAMS,
            )
        subject, folder = subject_of(session, arguments)
        return folder, subject
    uri = arguments.get("uri")
    known = session.folder_of(uri) if isinstance(uri, str) else None
    return known or (session.folders[-1] if session.folders else session.loose), None


async def diff_logged(session: Session, arguments: dict[str, Any], token: Token) -> dict[str, Any]:
    """The code of the last logged version, and what would be logged now."""
    subject, folder = subject_of(session, arguments)
    worker = session.workers.of(folder, "compare with logged versions")
    settings = job_settings(folder, arguments)
    async with Progress(session, "Reading the last logged version", token):
        last = await last_version(worker, subject, settings)
    name = subject.name or last["name"]
    if last["code"] is None:
        raise Refusal(
            f'The code of {name} is gone: run "{last["run_name"]}" has no source/slice.py.',
            data={"code": "not-found"},
        )
    left = {"title": f"{name}, logged {when(last['time'])}", "text": last["code"]}
    right = {"title": f"{name}, in the editor", "text": last["current"]}
    changes = "".join(
        f"{line}\n"
        for line in difflib.unified_diff(
            left["text"].splitlines(),
            right["text"].splitlines(),
            left["title"],
            right["title"],
            lineterm="",
        )
    )
    same = f"{name} is as it was logged {when(last['time'])}.\n"
    session.presenter.document(f"{name}.diff", changes or same)
    return {"left": left, "right": right, "changed": bool(changes), "run_id": last["run_id"]}


async def last_version(
    worker: WorkerClient, subject: Subject, settings: JobSettings
) -> dict[str, Any]:
    """The last logged version of an object, or a refusal that says that there is none."""
    found = await worker.logged(subject, settings)
    if not found:
        name = subject.name or "This program"
        raise Refusal(f"{name} has not been logged yet.", data={"code": "not-found"})
    return found
