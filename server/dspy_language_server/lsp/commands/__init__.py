"""workspace/executeCommand: one file per family of commands; what runs user code goes to the worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from lsprotocol import types

from dspy_language_server.lsp.commands import log, preview, run, server_state, store
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.session import Session
from dspy_language_server.worker import WorkerError

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

Token = int | str | None
Command = Callable[[Session, dict[str, Any], Token], Awaitable[dict[str, Any]]]

_PLACE = ("uri", "name", "position")
_LOG = (
    *_PLACE, "experiment", "modelName", "registeredModelName", "format", "inputExample",
    "constructorArguments", "trackingUri", "execute", "confirmed",
)  # fmt: skip
_RUN = (
    *_PLACE, "model_uri", "logged", "inputs", "again", "experiment", "constructorArguments",
    "trackingUri", "execute", "confirmed", "trace", "ask",
)  # fmt: skip


class Entry(NamedTuple):
    """A command: what carries it out, and the arguments that it takes."""

    carry_out: Command
    arguments: tuple[str, ...] = ()


COMMANDS: dict[str, Entry] = {
    "dspy.log": Entry(log.log, (*_LOG, "ask")),
    "dspy.plan": Entry(log.plan, _LOG),
    "dspy.run": Entry(run.run, _RUN),
    "dspy.openRun": Entry(
        store.open_run, (*_PLACE, "run_id", "model_uri", "trace_id", "trackingUri")
    ),
    "dspy.compareRuns": Entry(store.compare_runs, (*_PLACE, "run_ids", "trackingUri")),
    "dspy.diffLogged": Entry(store.diff_logged, (*_PLACE, "trackingUri")),
    "dspy.previewPrompt": Entry(
        preview.preview_prompt, ("uri", "position", "inputs", "adapter", "confirmed", "ask")
    ),
    "dspy.showOutput": Entry(server_state.show_output),
    "dspy.forgetChoices": Entry(server_state.forget_choices),
    "dspy.restartWorker": Entry(server_state.restart_worker),
    "dspy.information": Entry(server_state.information),
}
"""What `workspace/executeCommand` takes; docs/settings.md lists the same."""


def register(server: CompanionServer) -> None:
    """Registers the request and announces the commands."""
    session = server.session
    server.protocol.fm.commands.update({name: entry.carry_out for name, entry in COMMANDS.items()})

    @server.feature(types.WORKSPACE_EXECUTE_COMMAND)
    async def execute_command(params: types.ExecuteCommandParams) -> dict[str, Any]:
        entry = COMMANDS.get(params.command)
        if entry is None:
            raise Refusal(f"There is no command {params.command!r}.", code=INVALID_PARAMS)
        given = list(params.arguments or [])
        arguments = given[0] if given else {}
        if len(given) > 1 or not isinstance(arguments, dict):
            raise Refusal(
                f"{params.command} takes one object as its argument, such as "
                '`{"uri": "file:///…/app.py", "name": "CoT"}`.',
                code=INVALID_PARAMS,
            )
        unknown = [str(key) for key in arguments if key not in entry.arguments]
        if unknown:
            takes = ", ".join(f"`{key}`" for key in entry.arguments) or "no argument"
            raise Refusal(
                f"{params.command} has no argument {', '.join(f'`{key}`' for key in unknown)}. It "
                f"takes {takes}.",
                code=INVALID_PARAMS,
            )
        try:
            return await entry.carry_out(session, arguments, params.work_done_token)
        except WorkerError as error:
            data = {"code": error.code, **error.detail}
            raise Refusal(error.message, data=data) from error

    @server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def cancel(params: types.WorkDoneProgressCancelParams) -> None:
        task = session.progress_tasks.get(params.token)
        if task is not None:
            task.cancel()
