"""dspy.log and dspy.plan: from the editor's text to a run in MLflow."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

from dspy_language_server.lsp.commands.answers import Job, with_answers
from dspy_language_server.lsp.commands.options import options_of
from dspy_language_server.lsp.progress import Progress
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.subjects import subject_of
from dspy_language_server.lsp.workers import job_settings
from dspy_language_server.worker import WorkerError

Token = int | str | None


async def plan(session: Session, arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """What would be run, skipped and confirmed; nothing of it is run."""
    subject, folder = subject_of(session, arguments)
    worker = session.workers.of(folder, "plan what to run")
    return await worker.plan(subject, job_settings(folder, arguments))


async def log(session: Session, arguments: dict[str, Any], token: Token) -> dict[str, Any]:
    """Builds the object in the worker and logs it."""
    subject, folder = subject_of(session, arguments)
    worker = session.workers.of(folder, "log programs")
    settings = job_settings(folder, arguments)
    job = Job(folder, subject, settings, ask=arguments.get("ask") is True)
    title = f"Logging `{subject.name}` to MLflow" if subject.name else "Logging to MLflow"
    async with Progress(session, title, token) as progress:
        chosen: dict[str, dict[str, Any]] = {}

        async def attempt(job: Job) -> dict[str, Any]:
            name = job.subject.name or ""
            if name not in chosen:
                chosen[name] = await options_of(session, worker, job, arguments)
            return await worker.log(job.subject, job.settings, chosen[name], progress=progress)

        if job.ask or not subject.name:
            job = await with_name(session, job)
        result, job = await with_answers(session, job, attempt)
    session.logged.look(str(arguments["uri"]))
    session.presenter.message(closing_message(job.subject.name or result["name"], result))
    return result


async def with_name(session: Session, job: Job) -> Job:
    """Chooses the object: what is remembered of it is known by its name."""
    worker = session.workers.of(job.folder, "log programs")

    async def attempt(job: Job) -> dict[str, Any]:
        made = await worker.plan(job.subject, job.settings)
        if (error := made.get("error")) is not None and error["code"] == "choose-object":
            raise WorkerError(error["code"], error["message"], {"candidates": made["candidates"]})
        return made

    made, job = await with_answers(session, job, attempt)
    name = made.get("chosen") or made.get("name") or None
    return replace(job, subject=replace(job.subject, name=name))


def closing_message(name: str, result: dict[str, Any]) -> str:
    """What was logged, where it is, and how a person without our panel opens it."""
    run = result.get("run_name") or result["run_id"]
    place = f'run "{run}"'
    if result.get("experiment_name"):
        place += f' of experiment "{result["experiment_name"]}"'
    message = f"Logged {name} to MLflow: {place}, model {result['model_uri']}."
    if result.get("url"):
        message += f" Open it: {result['url']}"
    elif result.get("tracking_uri"):
        store = shlex.quote(result["tracking_uri"])
        message += f" To open it, run: mlflow ui --backend-store-uri {store}"
    if result.get("skipped"):
        count = len(result["skipped"])
        many = f"{count} statements were" if count > 1 else "1 statement was"
        message += f" ({many} not needed and not run.)"
    for note in result.get("notes") or []:
        message += f" {note}"
    return message
