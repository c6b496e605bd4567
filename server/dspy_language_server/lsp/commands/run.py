"""dspy.run: calls a program, a predictor or a logged model once."""

from __future__ import annotations

import asyncio
from typing import Any

from dspy_language_server.lsp import asking
from dspy_language_server.lsp.commands.log import literal, with_answers
from dspy_language_server.lsp.commands.subjects import subject_of
from dspy_language_server.lsp.folders import Folder
from dspy_language_server.lsp.progress import Progress
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.workers import job_settings
from dspy_language_server.worker import JobSettings, Subject, WorkerClient

Token = int | str | None


async def run(session: Session, arguments: dict[str, Any], token: Token) -> dict[str, Any]:
    """Asks for the inputs that are not given, calls, and returns the outputs."""
    model_uri = arguments.get("model_uri")
    subject, folder = _about(session, arguments)
    worker = session.workers.of(folder, "run programs")
    settings = job_settings(folder, arguments)
    inputs = arguments.get("inputs")
    if inputs is not None and not isinstance(inputs, dict):
        raise Refusal("`inputs` must be an object: a value by field.", code=INVALID_PARAMS)
    name = subject.name if subject is not None else model_uri
    async with Progress(session, f"Running `{name or 'program'}`", token) as progress:
        if inputs is None:
            inputs = await _inputs(session, worker, subject, settings, model_uri)

        async def attempt(subject: Subject, settings: JobSettings) -> dict[str, Any]:
            return await worker.run(
                subject, settings, inputs, model_uri=model_uri, progress=progress
            )

        if subject is None:
            answer = await worker.run(
                None, settings, inputs, model_uri=model_uri, progress=progress
            )
        else:
            answer = await with_answers(session, subject, settings, attempt)
        return {"name": name, **answer}


def _about(session: Session, arguments: dict[str, Any]) -> tuple[Subject | None, Folder]:
    if arguments.get("uri") is None and arguments.get("model_uri") is not None:
        return None, session.folders[-1] if session.folders else session.loose
    return subject_of(session, arguments)


async def _inputs(
    session: Session,
    worker: WorkerClient,
    subject: Subject | None,
    settings: JobSettings,
    model_uri: str | None,
) -> dict[str, Any]:
    """The inputs field by field, asked of the person."""
    answer = await worker.run(subject, settings, None, model_uri=model_uri)
    inputs: dict[str, Any] = {}
    for field in answer["fields"]:
        try:
            given = await asking.text(
                session, f"Input `{field['name']}`", f"{field['name']}: {field['type']}"
            )
        except asking.CannotAskError:
            names = ", ".join(f["name"] for f in answer["fields"])
            raise Refusal(
                f"The argument `inputs` is missing: an object with {names}.",
                data={"code": "inputs", "fields": answer["fields"]},
            ) from None
        if given is None:
            raise asyncio.CancelledError
        inputs[field["name"]] = given if field["type"] in {"str", "string"} else literal(given)
    return inputs
