"""dspy.log and dspy.plan: from the editor's text to a run in MLflow."""

from __future__ import annotations

import ast
import asyncio
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from lsprotocol import types

from dspy_language_server.lsp import asking
from dspy_language_server.lsp.commands.subjects import subject_of
from dspy_language_server.lsp.progress import Progress
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.workers import job_settings
from dspy_language_server.worker import JobSettings, Subject, WorkerError

Token = int | str | None
QUESTIONS = 6
"""More answers than this no job needs: a loop of questions would never end."""

Attempt = Callable[[Subject, JobSettings], Awaitable[dict[str, Any]]]


async def plan(session: Session, arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """What would be run, skipped and confirmed; nothing of it is run."""
    subject, folder = subject_of(session, arguments)
    worker = session.workers.of(folder, "plan what to run")
    return await worker.plan(subject, job_settings(folder, arguments))


async def log(session: Session, arguments: dict[str, Any], token: Token) -> dict[str, Any]:
    """Builds the object in the worker and logs it."""
    subject, folder = subject_of(session, arguments)
    worker = session.workers.of(folder, "log programs")
    options = {
        key: arguments[key]
        for key in ("modelName", "registeredModelName", "inputExample")
        if arguments.get(key) is not None
    }
    options["format"] = arguments.get("format") or folder.settings.text("log.format")
    experiment = arguments.get("experiment") or folder.settings.text("log.experiment")
    if experiment:
        options["experiment"] = experiment
    title = f"Logging `{subject.name}` to MLflow" if subject.name else "Logging to MLflow"
    async with Progress(session, title, token) as progress:

        async def attempt(subject: Subject, settings: JobSettings) -> dict[str, Any]:
            return await worker.log(subject, settings, options, progress=progress)

        result = await with_answers(session, subject, job_settings(folder, arguments), attempt)
    _tell(session, result, subject)
    return result


async def with_answers(
    session: Session, subject: Subject, settings: JobSettings, attempt: Attempt
) -> dict[str, Any]:
    """Tries a job; what it lacks is asked of the person, if the client can, and it is tried again."""
    for _ in range(QUESTIONS):
        try:
            return await attempt(subject, settings)
        except WorkerError as error:  # noqa: PERF203 - a person is asked in between
            try:
                answered = await _answer(session, error, subject, settings)
            except asking.CannotAskError:
                raise error from None
            if answered is None:
                raise
            subject, settings = answered
    return await attempt(subject, settings)


async def _answer(
    session: Session, error: WorkerError, subject: Subject, settings: JobSettings
) -> tuple[Subject, JobSettings] | None:
    """The job with what was missing; None where it is not for a person to say.

    Raises:
        CannotAskError: The client cannot ask.
        CancelledError: The person dismissed the question.
    """
    match error.code:
        case "choose-object":
            candidates = error.detail.get("candidates") or []
            items = [
                {
                    "label": c["name"],
                    "description": f"{c.get('kind', '')}, line {c.get('line', '?')}",
                }
                for c in candidates
            ]
            if not items:
                return None
            chosen = await asking.pick(session, "Which program?", items)
            if chosen is None:
                raise asyncio.CancelledError
            return replace(subject, name=candidates[chosen]["name"]), settings
        case "constructor-arguments":
            given = await _constructor_arguments(session, error)
            return subject, replace(settings, constructor_arguments=given)
        case "confirm":
            if not await asking.confirm(session, error.message, "Run it"):
                raise asyncio.CancelledError
            return subject, replace(settings, confirmed=True)
        case _:
            return None


async def _constructor_arguments(session: Session, error: WorkerError) -> dict[str, Any]:
    given: dict[str, Any] = {}
    parameters = error.detail.get("parameters") or error.detail.get("required") or []
    for parameter in parameters:
        name = parameter["name"] if isinstance(parameter, dict) else str(parameter)
        answer = await asking.text(
            session, "Constructor arguments", f"Value of `{name}` (a Python literal, or text)"
        )
        if answer is None:
            raise asyncio.CancelledError
        given[name] = literal(answer)
    return given


def literal(text: str) -> Any:
    """A Python literal as its value, any other text as itself."""
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if isinstance(value, str | int | float | bool | list | dict | None) else text


def _tell(session: Session, result: dict[str, Any], subject: Subject) -> None:
    """The closing message: what was logged, and how to open it. A client with a panel shows its own."""
    if session.client.shows_results:
        return
    message = closing_message(subject.name or result.get("name") or "the program", result)
    session.server.window_show_message(types.ShowMessageParams(types.MessageType.Info, message))


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
        message += f" ({len(result['skipped'])} statements were not needed and not run.)"
    return message
