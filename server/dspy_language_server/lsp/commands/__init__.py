"""workspace/executeCommand: one file per family of commands; what runs user code goes to the worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from dspy_language_server.lsp.commands import log, preview, run, server_state, store
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.session import Session
from dspy_language_server.worker import WorkerError

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

Token = int | str | None
Command = Callable[[Session, dict[str, Any], Token], Awaitable[dict[str, Any]]]

COMMANDS: dict[str, Command] = {
    "dspy.log": log.log,
    "dspy.plan": log.plan,
    "dspy.run": run.run,
    "dspy.openRun": store.open_run,
    "dspy.diffLogged": store.diff_logged,
    "dspy.previewPrompt": preview.preview_prompt,
    "dspy.showOutput": server_state.show_output,
    "dspy.restartWorker": server_state.restart_worker,
    "dspy.information": server_state.information,
}


def register(server: CompanionServer) -> None:
    """Registers the request and announces the commands."""
    session = server.session
    server.protocol.fm.commands.update(COMMANDS)

    @server.feature(types.WORKSPACE_EXECUTE_COMMAND)
    async def execute_command(params: types.ExecuteCommandParams) -> dict[str, Any]:
        command = COMMANDS.get(params.command)
        if command is None:
            raise Refusal(f"There is no command {params.command!r}.", code=INVALID_PARAMS)
        given = list(params.arguments or [])
        arguments = given[0] if given else {}
        if len(given) > 1 or not isinstance(arguments, dict):
            raise Refusal(
                f"{params.command} takes one object as its argument, such as "
                '`{"uri": "file:///…/app.py", "name": "CoT"}`.',
                code=INVALID_PARAMS,
            )
        try:
            return await command(session, arguments, params.work_done_token)
        except WorkerError as error:
            data = {"code": error.code, **error.detail}
            raise Refusal(error.message, data=data) from error

    @server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def cancel(params: types.WorkDoneProgressCancelParams) -> None:
        task = session.progress_tasks.get(params.token)
        if task is not None:
            task.cancel()
