"""dspy.run: calls a program, a predictor or a logged model once, and shows the answer as it arrives."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from dspy_language_server.lsp import asking
from dspy_language_server.lsp.commands.answers import Job, literal, with_answers, written
from dspy_language_server.lsp.commands.log import with_name
from dspy_language_server.lsp.commands.store import last_version
from dspy_language_server.lsp.folders import Folder
from dspy_language_server.lsp.progress import Progress
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.subjects import subject_of
from dspy_language_server.lsp.workers import job_settings
from dspy_language_server.worker import WorkerClient

Token = int | str | None
_STRINGS = frozenset({"str", "string", "Any"})
_TAIL = 80
_PAUSE = 0.1


async def run(session: Session, arguments: dict[str, Any], token: Token) -> dict[str, Any]:
    """Asks for the inputs that are not given, calls, and returns the outputs."""
    inputs = arguments.get("inputs")
    if inputs is not None and not isinstance(inputs, dict):
        raise Refusal("`inputs` must be an object: a value by field.", code=INVALID_PARAMS)
    if arguments.get("uri") is None and arguments.get("model_uri") is not None:
        folder = session.folders[-1] if session.folders else session.loose
        call = _Call(session, folder, None, arguments)
    else:
        subject, folder = subject_of(session, arguments)
        settings = job_settings(folder, arguments)
        job = Job(folder, subject, settings, ask=arguments.get("ask") is True)
        call = _Call(session, folder, job, arguments)
    title = arguments.get("name") or arguments.get("model_uri") or "program"
    async with Progress(session, f"Running `{title}`", token) as progress:
        return await call.answer(inputs, progress, token)


class _Call:
    """One call of a program of a file, or (without a job) of a logged model."""

    def __init__(
        self, session: Session, folder: Folder, job: Job | None, arguments: dict[str, Any]
    ) -> None:
        self._session, self._folder, self._job = session, folder, job
        self._arguments = arguments
        self._worker: WorkerClient = session.workers.of(folder, "run programs")
        self._model_uri: str | None = arguments.get("model_uri")
        self._settings = job.settings if job is not None else job_settings(folder, arguments)

    async def answer(
        self, inputs: dict[str, Any] | None, progress: Progress, token: Token
    ) -> dict[str, Any]:
        """Asks, calls, and shows."""
        if self._job is not None and not self._job.subject.name:
            self._job = await with_name(self._session, self._job)
        if self._arguments.get("logged") is True and self._job is not None:
            found = await last_version(self._worker, self._job.subject, self._settings)
            self._model_uri = found["model_uri"]
        if inputs is None and self._arguments.get("again") is True:
            inputs = self._known() or None
        pieces = _Pieces(self._session, progress, token, self._name)
        result = await self._call(inputs, progress, pieces)
        name = self._name
        self._session.presenter.document(f"Run of {name}.md", report(name, result))
        return {**result, "name": name}

    @property
    def _name(self) -> str:
        named = self._job.subject.name if self._job is not None else None
        return named or self._model_uri or "program"

    async def _call(
        self, inputs: dict[str, Any] | None, progress: Progress, pieces: _Pieces
    ) -> dict[str, Any]:
        settings = self._folder.settings
        wanted = self._ask if inputs is None else inputs
        options: dict[str, Any] = {
            "experiment": self._arguments.get("experiment") or settings.text("log.experiment"),
            "trace": self._arguments.get("trace", settings.flag("run.trace")) is True,
            "progress": progress,
            "pieces": pieces,
        }
        if self._job is None or self._model_uri is not None:
            subject = self._job.subject if self._job is not None else None
            return await self._worker.run(
                subject, self._settings, wanted, model_uri=self._model_uri, **options
            )

        async def attempt(job: Job) -> dict[str, Any]:
            return await self._worker.run(job.subject, job.settings, wanted, **options)

        result, self._job = await with_answers(self._session, self._job, attempt)
        return result

    @property
    def _place(self) -> tuple[str, str]:
        return (self._job.file if self._job is not None else "", self._name)

    def _known(self) -> dict[str, Any]:
        """The inputs of the last run."""
        known = self._folder.memory.get(*self._place).get("inputs")
        return known if isinstance(known, dict) else {}

    async def _ask(self, fields: list[dict[str, Any]]) -> dict[str, Any]:
        """The inputs field by field, asked of the person with the last ones filled in."""
        inputs = await _asked(self._session, fields, self._known())
        self._folder.memory.keep(*self._place, inputs=inputs)
        return inputs


async def _asked(
    session: Session, fields: list[dict[str, Any]], known: dict[str, Any]
) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for number, field in enumerate(fields, 1):
        name, kind = field["name"], field["type"]
        count = f" ({number} of {len(fields)})" if len(fields) > 1 else ""
        optional = "" if field["required"] else ", optional: empty to leave it out"
        is_text = kind in _STRINGS
        last = known.get(name)
        shown = "" if last is None else last if is_text and isinstance(last, str) else written(last)
        try:
            given = await asking.text(
                session, f"Input {name}{count}", f"{name}: {kind}{optional}", shown
            )
        except asking.CannotAskError:
            example = json.dumps({f["name"]: f"<{f['type']}>" for f in fields})
            raise Refusal(
                f"The argument `inputs` is missing: {example}.",
                data={"code": "inputs", "fields": fields},
            ) from None
        if given is None:
            raise asyncio.CancelledError
        if given or field["required"]:
            inputs[name] = given if is_text else literal(given)
    return inputs


class _Pieces:
    """Hands on what arrives of an answer: each piece to a client that shows them, else its end."""

    def __init__(self, session: Session, progress: Progress, token: Token, name: str) -> None:
        self._session, self._progress, self._token, self._name = session, progress, token, name
        self._texts: dict[str, str] = {}
        self._next = 0.0

    def __call__(self, field: str, text: str) -> None:
        """A piece of an output arrived."""
        if self._session.client.shows_pieces and self._token is not None:
            told = {"token": self._token, "name": self._name, "field": field, "text": text}
            self._session.server.protocol.send_notification("dspy/piece", told)
            return
        self._texts[field] = self._texts.get(field, "") + text
        now = asyncio.get_running_loop().time()
        if now >= self._next:
            self._next = now + _PAUSE
            self._progress(f"{field}: {self._texts[field][-_TAIL:]}")


def report(name: str, result: dict[str, Any]) -> str:
    """A call as Markdown: its inputs, each output under its name, then time, tokens and trace."""
    lines = [f"# {name}", ""]
    lines += [f"- `{key}`: {_shown(value)}" for key, value in result["inputs"].items()]
    for key, value in result["outputs"].items():
        text = value if isinstance(value, str) else f"```json\n{_shown(value)}\n```"
        lines += ["", f"## {key}", "", text]
    facts = [f"{result['seconds']:.2f} s"]
    for model, usage in (result.get("usage") or {}).items():
        facts.append(f"{model}: {usage.get('total_tokens') or 'unknown'} tokens")
    if result.get("trace_url") or result.get("trace_id"):
        facts.append(f"trace {result.get('trace_url') or result['trace_id']}")
    if result.get("trace_problem"):
        facts.append(f"no trace: {result['trace_problem']}")
    return "\n".join([*lines, "", "---", " · ".join(facts), ""])


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
