"""A job's process: cut off from the daemon, bounded, and answering exactly once."""

import contextlib
import faulthandler
import os
import queue
import random
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

from . import frames
from .job import Channel, JobError
from .known import known_credentials, without
from .limits import die_with_parent, limit_memory
from .preload import preload
from .store import full_disk

RUNS_USER_CODE = frozenset({"log", "run", "preview"})
Job = Callable[[dict[str, Any], Channel], dict[str, Any]]


def run_forked(
    method: str,
    params: dict[str, Any],
    ends: tuple[int, int, int],
    private: list[int],
) -> NoReturn:
    """Do a job in a process that was just forked; never return."""
    channel, output, replies = ends
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        die_with_parent()
        for descriptor in private:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        perform(method, params, Channel(channel, lambda: frames.receive(replies)))
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it is told before the process ends
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def serve_one(stdin: int, stdout: int) -> NoReturn:
    """Stand ready with the imports done, do one job, and end."""
    preload()
    reader = frames.Reader()
    messages: list[dict[str, Any]] = []
    while not messages:
        data = os.read(stdin, 1 << 16)
        if not data:
            os._exit(0)
        messages = reader.feed(data)
    os.dup2(2, 1)
    replies: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(stdin, reader, replies), daemon=True).start()
    perform(messages[0]["method"], messages[0]["params"], Channel(stdout, replies.get))
    os._exit(0)


def _listen(
    stdin: int, reader: frames.Reader, replies: "queue.SimpleQueue[dict[str, Any]]"
) -> None:
    """Take the daemon's replies; end this process and what it started when the daemon is gone."""
    while data := os.read(stdin, 1 << 16):
        for message in reader.feed(data):
            replies.put(message)
    os.killpg(0, signal.SIGKILL)


def perform(method: str, params: dict[str, Any], channel: Channel) -> None:
    """Do a job and answer."""
    sys.stdout, sys.stderr = _text_stream(1), _text_stream(2)
    with contextlib.suppress(Exception):
        faulthandler.enable(os.dup(2))
    random.seed()
    settings = params.get("settings") or {}
    timeout = str(max(1, int(settings.get("mlflow_timeout") or 20)))
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = timeout
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    limit_memory(int(settings.get("memory_limit") or 0))
    failure: BaseException | None = None
    try:
        answer: dict[str, Any] = {"result": _job(method)(params, channel)}
    except JobError as error:
        failure = error
        answer = {"error": {"code": error.code, "message": str(error), "detail": error.detail}}
    except MemoryError:
        text = "The job needs more memory than the setting dspy.log.memoryLimit allows."
        answer = {"error": {"code": "memory-limit", "message": text}}
    except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
        failure = error
        full = full_disk(error)
        text = str(full or f"The job failed: {type(error).__name__}: {error}")
        answer = {"error": {"code": full.code if full else "worker", "message": text}}
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    if method in RUNS_USER_CODE:
        secrets = known_credentials(failure)
        channel.note(secrets=secrets)
        answer = without(answer, secrets)
    channel.send(answer)


def _text_stream(descriptor: int) -> TextIO:
    """Return a stream that takes any character, and is not closed with what it writes to."""
    return os.fdopen(
        descriptor, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )


def _job(method: str) -> Job:
    from .jobs import JOBS

    if method not in JOBS:
        raise JobError("worker", f"The worker knows no job {method!r}.")
    return JOBS[method]
