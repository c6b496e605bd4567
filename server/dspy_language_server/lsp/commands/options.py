"""How a program is logged: the command's arguments, else what was chosen before, else the settings."""

from __future__ import annotations

import asyncio
from typing import Any

from dspy_language_server.lsp import asking
from dspy_language_server.lsp.commands.answers import Job, literal, written
from dspy_language_server.lsp.session import Session
from dspy_language_server.worker import WorkerClient

KEYS = ("experiment", "modelName", "registeredModelName", "format", "inputExample")
_OTHER = "New experiment…"
_MOST_OFFERED = 20


async def options_of(
    session: Session, worker: WorkerClient, job: Job, arguments: dict[str, Any]
) -> dict[str, Any]:
    """The options of one log; with `ask` those that no argument gives are asked, and remembered."""
    name = job.subject.name or ""
    given = {key: arguments[key] for key in KEYS if arguments.get(key) is not None}
    remembered = job.folder.memory.get(job.file, name)
    if job.ask:
        asked = await _Asking(session, worker, job, remembered).ask(given)
        job.folder.memory.keep(job.file, name, **asked)
        remembered = {**remembered, **asked}
    settings = job.folder.settings
    options: dict[str, Any] = {"format": settings.text("log.format")}
    if experiment := settings.text("log.experiment"):
        options["experiment"] = experiment
    chosen = {key: remembered[key] for key in KEYS if remembered.get(key) is not None}
    return {**options, **chosen, **given}


class _Asking:
    """The questions about one log, each with its present answer filled in."""

    def __init__(
        self, session: Session, worker: WorkerClient, job: Job, known: dict[str, Any]
    ) -> None:
        self._session, self._worker, self._job, self._known = session, worker, job, known

    async def ask(self, given: dict[str, Any]) -> dict[str, Any]:
        """The answers; None for what is to be as the settings say."""
        answers: dict[str, Any] = {}
        for key, question in (
            ("experiment", self._experiment),
            ("modelName", self._model_name),
            ("registeredModelName", self._registered_name),
            ("format", self._format),
            ("inputExample", self._example),
        ):
            if key in given:
                continue
            try:
                answers[key] = await question()
            except asking.CannotAskError:
                continue
        return answers

    async def _experiment(self) -> str | None:
        names = await self._worker.experiments(self._job.settings)
        now = self._known.get("experiment") or self._job.folder.settings.text("log.experiment")
        names = list(dict.fromkeys([*([now] if now else []), *names]))[:_MOST_OFFERED]
        chosen = await _pick(self._session, "Experiment", [*names, _OTHER])
        if chosen != _OTHER:
            return chosen
        return await _text(self._session, "Experiment", "Name of the new experiment", "")

    async def _model_name(self) -> str | None:
        now = str(self._known.get("modelName") or self._job.subject.name or "")
        prompt = "Name of the logged model; empty: the program's"
        return await _text(self._session, "Model name", prompt, now)

    async def _registered_name(self) -> str | None:
        now = str(self._known.get("registeredModelName") or "")
        prompt = "Name in the model registry; empty: do not register"
        return await _text(self._session, "Registered name", prompt, now)

    async def _format(self) -> str:
        now = self._known.get("format") or self._job.folder.settings.text("log.format")
        formats = sorted(("source", "cloudpickle"), key=lambda each: each != now)
        return await _pick(self._session, "Format", formats)

    async def _example(self) -> Any:
        now = self._known.get("inputExample")
        prompt = 'A value by input, such as {"question": "…"}; empty: none'
        shown = written(now) if now is not None else ""
        text = await _text(self._session, "Input example", prompt, shown)
        if text is None:
            return None
        value = literal(text)
        return value if isinstance(value, dict) else text


async def _pick(session: Session, title: str, labels: list[str]) -> str:
    chosen = await asking.pick(session, title, [{"label": label} for label in labels])
    if chosen is None:
        raise asyncio.CancelledError
    return labels[chosen]


async def _text(session: Session, title: str, prompt: str, value: str) -> str | None:
    """What was typed; None for nothing."""
    answer = await asking.text(session, title, prompt, value)
    if answer is None:
        raise asyncio.CancelledError
    return answer.strip() or None
