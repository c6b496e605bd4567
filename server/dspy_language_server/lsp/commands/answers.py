"""What a job lacks is asked of the person once, remembered for the workspace, and the job tried again."""

from __future__ import annotations

import ast
import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from dspy_language_server.lsp import asking
from dspy_language_server.lsp.folders import Folder
from dspy_language_server.lsp.paths import inside, relative
from dspy_language_server.lsp.session import Session
from dspy_language_server.worker import JobSettings, Subject, WorkerError

QUESTIONS = 6
"""More answers than this no job needs: a loop of questions would never end."""


@dataclass(frozen=True)
class Job:
    """A job with what is known of it so far.

    Attributes:
        folder: Whose settings and remembered choices hold.
        subject: The text, and which object.
        settings: Limits, the store, and what the person agreed to.
        ask: Whether what is remembered is asked again, too.
    """

    folder: Folder
    subject: Subject
    settings: JobSettings
    ask: bool = False

    @property
    def file(self) -> str:
        """The file as the workspace calls it: choices are remembered by it."""
        return file_key(self.folder, self.subject.path)


Attempt = Callable[[Job], Awaitable[dict[str, Any]]]


def file_key(folder: Folder, path: str) -> str:
    """A file's path within its folder."""
    if folder.path is not None and inside(path, folder.path):
        return relative(path, folder.path)
    return path


async def with_answers(session: Session, job: Job, attempt: Attempt) -> tuple[dict[str, Any], Job]:
    """Tries a job; what it lacks is looked up or asked, if the client can, and it is tried again.

    Returns:
        What the job answered, and the job with what was missing.

    Raises:
        WorkerError: It failed, or lacks what nobody could be asked.
        CancelledError: The person dismissed a question.
    """
    for _ in range(QUESTIONS):
        try:
            return await attempt(job), job
        except WorkerError as error:  # noqa: PERF203 - a person is asked in between
            try:
                answered = await _answer(session, error, job)
            except asking.CannotAskError:
                raise error from None
            if answered is None:
                raise
            job = answered
    return await attempt(job), job


async def _answer(session: Session, error: WorkerError, job: Job) -> Job | None:
    """The job with what was missing; None where it is not for a person to say."""
    match error.code:
        case "choose-object":
            return await _choose(session, error, job)
        case "constructor-arguments":
            return await _construct(session, error, job)
        case "confirm":
            return await _confirm(session, error, job)
        case "program" if error.detail.get("offer") == "file":
            question = f"{error.message}\nRun the whole file instead?"
            if not await asking.confirm(session, question, "Run Whole File"):
                return None
            return replace(job, settings=replace(job.settings, execute="file"))
        case _:
            return None


async def _choose(session: Session, error: WorkerError, job: Job) -> Job | None:
    candidates = error.detail.get("candidates") or []
    names = [str(candidate["name"]) for candidate in candidates]
    if not names:
        return None
    name = job.folder.memory.get(job.file).get("object")
    if job.ask or name not in names:
        items = [
            {"label": c["name"], "description": f"{c.get('kind', '')}, {_place(c)}"}
            for c in candidates
        ]
        chosen = await asking.pick(session, "Which program?", items)
        if chosen is None:
            raise asyncio.CancelledError
        name = names[chosen]
        job.folder.memory.keep(job.file, object=name)
    return replace(job, subject=replace(job.subject, name=name))


def _place(candidate: dict[str, Any]) -> str:
    cell = f"code cell {candidate['cell']}, " if candidate.get("cell") else ""
    return f"{cell}line {candidate.get('line', '?')}"


async def _construct(session: Session, error: WorkerError, job: Job) -> Job:
    name = str(error.detail.get("name") or job.subject.name or "")
    parameters = [str(parameter) for parameter in error.detail.get("parameters") or []]
    known = job.folder.memory.get(job.file, name).get("constructorArguments")
    known = known if isinstance(known, dict) else {}
    given = known
    if job.ask or set(known) != set(parameters):
        given = {}
        for parameter in parameters:
            answer = await asking.text(
                session,
                f"Arguments of `{name}`",
                f"Value of `{parameter}` (a Python literal, or text)",
                written(known[parameter]) if parameter in known else "",
            )
            if answer is None:
                raise asyncio.CancelledError
            given[parameter] = literal(answer)
        job.folder.memory.keep(job.file, name, constructorArguments=given)
    settings = replace(job.settings, constructor_arguments=given)
    return replace(job, subject=replace(job.subject, name=name or None), settings=settings)


async def _confirm(session: Session, error: WorkerError, job: Job) -> Job:
    """Asks whether what goes beyond building is run; an answer for ever is one for these lines."""
    name = str(error.detail.get("name") or job.subject.name or "")
    lines = [[each["text"], each["reason"]] for each in error.detail.get("confirm") or []]
    agreed = hashlib.sha256(json.dumps(lines).encode()).hexdigest()
    if job.ask or job.folder.memory.get(job.file, name).get("agreed") != agreed:
        always = "Always for These Lines"
        answer = await asking.choose(session, error.message, ["Run It", always, "Cancel"])
        if answer not in {"Run It", always}:
            raise asyncio.CancelledError
        if answer == always:
            job.folder.memory.keep(job.file, name, agreed=agreed)
    return replace(job, settings=replace(job.settings, confirmed=True))


def literal(text: str) -> Any:
    """A Python or JSON literal as its value, any other text as itself."""
    for read in (ast.literal_eval, json.loads):
        try:
            value = read(text.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        return value if isinstance(value, str | int | float | bool | list | dict | None) else text
    return text


def written(value: Any) -> str:
    """A value as a person would type it again."""
    return value if isinstance(value, str) and literal(value) == value else json.dumps(value)
