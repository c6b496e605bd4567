"""The worker's client: one object for one interpreter, with a method for each kind of job."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from dspy_language_server.worker.locate import find_worker
from dspy_language_server.worker.model import (
    JobSettings,
    Progress,
    Subject,
    WorkerError,
    as_message,
)
from dspy_language_server.worker.process import Ask, WorkerProcess

_LONGEST_DELAY = 8.0

AskInputs = Callable[[list[dict[str, Any]]], Awaitable[Mapping[str, Any]]]

State = Callable[[str], None]
"""Called with `starting`, `ready`, `busy`, `failed` or `off`."""


class WorkerClient:
    """Jobs in the user's interpreter. Every method but `close` may start the worker.

    Cancelling the task that awaits a method ends the job's process; the worker then marks what
    the job left in the store. All methods raise `WorkerError`.
    """

    def __init__(
        self,
        interpreter: str,
        *,
        flavor_path: str | None = None,
        on_state: State | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        """Make a client; nothing is started.

        Args:
            interpreter: The path of the user's Python.
            flavor_path: The folder that contains `dspy_flavor`; found beside the server if None.
            on_state: Told of each change of state, for the status item.
            arguments: Further arguments for the worker, such as `--spawn`.
        """
        self.interpreter = interpreter
        self._flavor_path = flavor_path
        self._arguments = tuple(arguments)
        self._on_state = on_state or (lambda _: None)
        self._process: WorkerProcess | None = None
        self._starting = asyncio.Lock()
        self._failures = 0
        self._jobs = 0
        self._closed = False
        self.output = ""
        """What the last job printed, bounded."""

    async def prewarm(self) -> None:
        """Start the worker and wait until dspy and mlflow are imported."""
        process = await self._running()
        await process.ready()

    async def information(self) -> dict[str, Any]:
        """Return `{interpreter, python, dspy, mlflow, dspy_flavor, pid, mode}`."""
        process = await self._running()
        return await process.ready()

    async def plan(self, subject: Subject, settings: JobSettings) -> dict[str, Any]:
        """Say what logging would run; nothing of the user's is run.

        Returns:
            `{name, class_name, line, kind, run, skipped, confirm, notes, candidates, code}`; the
            first three lists hold `{line, end_line, text, reason}`, candidates hold `{name, kind,
            line, parameters, required}`, in a notebook with `cell`, counted from 1 over the code cells. `kind` is `class` or `variable`; with `error: {code,
            message}` where a choice is missing (`choose-object`, `constructor-arguments`).
        """
        return await self._job("plan", as_message(subject, settings), None, quiet=True)

    async def log(
        self,
        subject: Subject,
        settings: JobSettings,
        options: Mapping[str, Any] | None = None,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Build the object, and log it to MLflow.

        Args:
            subject: The text, and which object.
            settings: Limits and the store.
            options: `experiment`, `modelName`, `registeredModelName`, `format` (`source` or
                `cloudpickle`), `inputExample`: each may be missing.
            progress: Told of each step.

        Returns:
            `{run_id, model_uri, model_id, experiment_id, experiment_name, run_name, tracking_uri,
            signature, format, skipped, url, duration_seconds}`.
        """
        message = {**as_message(subject, settings), "options": dict(options or {})}
        return await self._job("log", message, progress)

    async def run(
        self,
        subject: Subject | None,
        settings: JobSettings,
        inputs: Mapping[str, Any] | AskInputs,
        *,
        model_uri: str | None = None,
        experiment: str | None = None,
        trace: bool = False,
        progress: Progress | None = None,
        pieces: Callable[[str, str], None] | None = None,
    ) -> dict[str, Any]:
        """Call a program, a predictor or a logged model once.

        Args:
            subject: The text, and which object; None with `model_uri`.
            settings: Limits and the store.
            inputs: Values by input field; or what asks for them, given the fields of the program
                once it is built, `[{name, type, required}]`. What it raises ends the job and is
                raised.
            model_uri: A logged model to call instead.
            experiment: Where the trace is recorded; None for MLflow's own choice.
            trace: Whether a trace is recorded.
            progress: Told of each step.
            pieces: Called with (field, text) for each piece of the answer as it arrives.

        Returns:
            `{outputs, seconds, usage, trace_id, trace_url, trace_problem, inputs}`.
        """
        message = {
            **as_message(subject, settings),
            "inputs": None if callable(inputs) else dict(inputs),
            "model_uri": model_uri,
            "experiment": experiment,
            "trace": trace,
        }
        asked: dict[str, Any] = {"inputs": message["inputs"]}

        async def answer(question: dict[str, Any]) -> dict[str, Any]:
            assert callable(inputs), "who gives the inputs is not asked"
            asked["inputs"] = dict(await inputs(question["fields"]))
            return asked

        return {**await self._job("run", message, progress, pieces, answer), **asked}

    async def preview(
        self,
        settings: JobSettings,
        signatures: Sequence[Mapping[str, Any]],
        inputs: Mapping[str, Any] | None = None,
        *,
        adapter: Mapping[str, Any] | None = None,
        adapter_unread: int | None = None,
        subject: Subject | None = None,
        target: Mapping[str, str | None] | None = None,
    ) -> dict[str, Any]:
        """Return the messages that DSPy would send; no LM is called.

        Args:
            settings: Limits; `confirmed` where the person agreed to run the file's definitions.
            signatures: Those that the server read, each `{key, api, name, instructions, inputs:
                [{name, type, desc, options}], outputs: [...]}`; `key` is the attribute of a program
                that asks it. The text of a signature string is never evaluated.
            inputs: Values by input field; a placeholder stands for each that is missing.
            adapter: `{name, options, why, firm}`: DSPy's class (or `chat`, `json`, `xml`), what it is
                constructed with, who chose it, and whether it holds whatever the program configures.
            adapter_unread: The line that chooses an adapter in a way that the text does not tell.
            subject: The file.
            target: The program in it, `{name, attribute}`: with the person's agreement it is built,
                and says itself what it sends.

        Returns:
            `{messages: [{role, content}], prompts: [{predictor, messages}], adapter, text, notes,
            unread, unknown}`; `unread` says what only running the definitions can tell, `unknown`
            lists the types that are shown as `str`.
        """
        message = {
            **as_message(subject, settings),
            "signatures": [dict(each) for each in signatures],
            "inputs": dict(inputs or {}),
            "adapter": None if adapter is None else dict(adapter),
            "adapter_unread": adapter_unread,
            "target": None if target is None else dict(target),
        }
        return await self._job("preview", message, None, quiet=True)

    async def logged(self, subject: Subject, settings: JobSettings) -> dict[str, Any]:
        """Return the last logged version of an object, or `{}`.

        Returns:
            `{run_id, run_name, experiment_id, time, model_uri, registered, run_ids, name, code,
            current, tracking_uri}`: `code` was logged (None where its files are gone), `current`
            is what would be logged now, `run_ids` are all its versions, the newest first.
        """
        return await self._job("logged", as_message(subject, settings), None)

    async def versions(
        self,
        subject: Subject,
        settings: JobSettings,
        known: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the last logged version of each of a file's programs, in the background.

        Args:
            subject: The text.
            settings: The store.
            known: What an earlier call found; then only `changed` is looked at anew, and the
                store is not asked.

        Returns:
            `{name: {run_id, run_name, experiment_id, time, model_uri, registered, code, changed}}`.
        """
        message = {**as_message(subject, settings), "known": None if known is None else dict(known)}
        answer = await self._job("versions", message, None, quiet=True)
        found: dict[str, Any] = answer["versions"]
        return found

    async def experiments(self, settings: JobSettings) -> list[str]:
        """Return the names of the store's experiments."""
        answer = await self._job("experiments", as_message(None, settings), None)
        return [str(name) for name in answer["experiments"]]

    async def open(
        self,
        settings: JobSettings,
        *,
        run_id: str | None = None,
        model_uri: str | None = None,
        trace_id: str | None = None,
        run_ids: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Return `{url}` of a run, a model, a trace, or of several runs side by side.

        For a local store one `mlflow ui` is started on loopback; it ends with the worker.
        """
        message = {
            **as_message(None, settings),
            "run_id": run_id,
            "model_uri": model_uri,
            "trace_id": trace_id,
            "run_ids": list(run_ids),
        }
        return await self._job("open", message, progress)

    async def restart(self) -> None:
        """End the worker and its jobs; the next job starts it anew at once."""
        process, self._process = self._process, None
        self._failures = 0
        if process is not None:
            await process.close()
        self._on_state("off")

    async def close(self) -> None:
        """End the worker and its jobs for good."""
        self._closed = True
        await self.restart()

    async def _job(
        self,
        method: str,
        message: dict[str, Any],
        progress: Progress | None,
        pieces: Callable[[str, str], None] | None = None,
        ask: Ask | None = None,
        *,
        quiet: bool = False,
    ) -> dict[str, Any]:
        """Hand a job over; a quiet one is no work that a person is told of."""
        if progress is not None and (self._process is None or not self._process.is_ready):
            progress("Importing dspy and mlflow")
        process = await self._running()
        if quiet:
            await process.ready()
            answer = await process.request(method, message, progress, pieces)
        else:
            answer = await self._busy(process, method, message, progress, pieces, ask)
            self.output = answer.get("output") or ""
        if (error := answer.get("error")) is not None:
            raise WorkerError(error["code"], error["message"], error.get("detail"))
        result: dict[str, Any] = answer["result"]
        return result

    async def _busy(
        self,
        process: WorkerProcess,
        method: str,
        message: dict[str, Any],
        progress: Progress | None,
        pieces: Callable[[str, str], None] | None,
        ask: Ask | None,
    ) -> dict[str, Any]:
        self._jobs += 1
        self._on_state("busy")
        try:
            await process.ready()
            return await process.request(method, message, progress, pieces, ask)
        finally:
            self._jobs -= 1
            if self._jobs == 0 and process.is_ready:
                self._on_state("ready")

    async def _running(self) -> WorkerProcess:
        if self._closed:
            raise WorkerError("worker", "The worker was ended with the editor.")
        async with self._starting:
            if self._process is None or self._process.ended:
                if self._failures:
                    await asyncio.sleep(min(2.0 ** (self._failures - 1), _LONGEST_DELAY))
                self._on_state("starting")
                try:
                    self._process = await WorkerProcess.start(
                        self.interpreter, find_worker(self._flavor_path), self._arguments
                    )
                except WorkerError:
                    self._on_state("failed")
                    raise
                self._process.on_ready = self._is_ready
                self._process.on_end = self._has_ended
            return self._process

    def _is_ready(self) -> None:
        self._failures = 0
        self._on_state("ready")

    def _has_ended(self) -> None:
        self._failures += 1
        if not self._closed:
            self._on_state("failed")
