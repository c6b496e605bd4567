"""What fails around a job: the store, the disk, the pipe, the editor. One clear message, no orphan.

The disk that is full is real: the worker may write no byte more to any file (`RLIMIT_FSIZE`), or the
store is on a volume of its own that has no room left. What is read-only is so for root, too: the
worker gives up the right to pass over a file's mode.
"""

import asyncio
import contextlib
import os
import random
import resource
import shlex
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from figures import Row
from kills import children, kill, strays
from stores import PROGRAM, Workspace
from wire import PATIENCE, Editor

from dspy_language_server.worker import WorkerClient, WorkerError

GARBAGE = {
    "no HTTP": b"\x00\xff" * 100,
    "HTML": b"HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n<html>not it</html>    ",
    "no JSON": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{,}",
    "odd JSON": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[1, null]",
    "an error": b"HTTP/1.1 500 Oops\r\nContent-Length: 11\r\n\r\nTraceback (",
    "a closed connection": b"",
}


class Answers(socketserver.ThreadingTCPServer):
    """A tracking server that answers with the same bytes each time, or with none for a minute."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self, answer: bytes | None) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.answer = answer
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(socketserver.BaseRequestHandler):
    server: Answers

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.request.recv(65536)
            if self.server.answer is None:
                time.sleep(60)
            else:
                self.request.sendall(self.server.answer)


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """Let processes that start now write nothing to files; pipes are no files."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


async def said_by(client: WorkerClient, workspace: Workspace, **settings: Any) -> tuple[str, str]:
    """Log, and return the code and message of the failure."""
    job = client.log(
        workspace.subject(), workspace.settings(**settings), {"experiment": "programs"}
    )
    try:
        await asyncio.wait_for(job, PATIENCE)
    except WorkerError as error:
        return error.code, error.message
    return "logged", ""


def judge(row: Row, what: str, code: str, message: str, *parts: str) -> None:
    """A failure is one message: what happened, where, no traceback."""
    row.count("failures made")
    row.expect(code not in {"logged", "ended"}, f"{what}: it ended as {code!r} {message}")
    row.expect("Traceback" not in message and len(message) < 1500, f"{what}: {message}")
    row.expect("\n\n" not in message, f"{what}: {message!r}")
    for part in parts:
        row.expect(part in message, f"{what}: {part!r} is not said in {message!r}")


async def tracking_servers(row: Row, root: Path, kinds: list[str]) -> None:
    """Down, slow, and answering garbage."""
    workspace = Workspace(root).made()
    client = WorkerClient(sys.executable)
    for kind in kinds:
        server = Answers(GARBAGE.get(kind))
        url = server.url
        if kind == "down":
            server.shutdown()
            server.server_close()
        code, message = await said_by(client, workspace, tracking_uri=url, mlflow_timeout=2)
        judge(row, f"tracking server: {kind}", code, message, url)
        server.shutdown()
        server.server_close()
    code, message = await said_by(client, workspace)
    row.expect(code == "logged", f"after the tracking servers the next job failed: {message}")
    await client.close()
    row.problems += workspace.not_whole()


DISK = ("disk", "space")
"""Words of which a message about a full disk has one: the person has to know that it is not us."""


def expect_disk(row: Row, what: str, message: str) -> None:
    said = any(word in message.lower() for word in DISK)
    row.expect(said, f"{what}: the disk is not blamed in {message!r}")
    row.expect("Nothing was logged" in message, f"{what}: what came of it is not said: {message!r}")


async def disk_full(row: Row, root: Path) -> None:
    """The worker may write no byte: nothing is READY, and the message blames the disk."""
    workspace = Workspace(root).made()
    client = WorkerClient(sys.executable)
    with full_disk():
        await client.prewarm()
    code, message = await said_by(client, workspace)
    judge(row, "disk full", code, message, "The disk takes no more", "Make room")
    expect_disk(row, "disk full", message)
    await client.close()
    row.problems += [f"disk full: {problem}" for problem in workspace.not_whole()]


@contextlib.contextmanager
def volume(place: Path) -> Iterator[bool]:
    """A volume of a few megabytes at a folder; False where this machine lets us mount none."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", "--lazy", str(place)], capture_output=True, check=False)


def fill(place: Path) -> Path:
    """Leave no room on a volume."""
    ballast = place / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return ballast


async def volume_full(row: Row, root: Path) -> None:
    """No room for the store, or for the models' files; then there is room again."""
    for what in ("store.db", "artifacts"):
        work = root / what.replace(".", "-")
        place = work if what == "store.db" else work / what
        place.mkdir(parents=True)
        with volume(place) as mounted:
            if not mounted:
                row.figures["full volumes"] = "cannot be mounted here"
                return
            workspace = Workspace(work).made()
            ballast = fill(place)
            client = WorkerClient(sys.executable)
            name = f"no room for {what}"
            code, message = await said_by(client, workspace)
            judge(row, name, code, message)
            expect_disk(row, name, message)
            ready = [m for m in workspace.models() if str(m.status) == "READY"]
            row.expect(not ready, f"{name}: READY all the same: {ready}")
            ballast.unlink()
            code, message = await said_by(client, workspace)
            row.expect(code == "logged", f"{name}: with room again: {message}")
            row.problems += [f"{name}: {each}" for each in workspace.unfinished()]
            row.problems += [f"{name}: {each}" for each in workspace.not_whole()]
            await client.close()


async def no_folder(row: Row, root: Path) -> None:
    """A store whose artifacts cannot be written: their place is a file."""
    workspace = Workspace(root).made()
    (root / "artifacts").write_text("no folder")
    client = WorkerClient(sys.executable)
    code, message = await said_by(client, workspace)
    judge(row, "artifacts cannot be written", code, message, str(root))
    row.expect(not workspace.unfinished(), f"left: {workspace.unfinished()}")
    ready = [m for m in workspace.models() if str(m.status) == "READY"]
    row.expect(not ready, f"READY without a place for its files: {ready}")
    (root / "artifacts").unlink()
    code, message = await said_by(client, workspace)
    row.expect(code == "logged", f"after a read-only store the next job failed: {message}")
    await client.close()


def humble(folder: Path) -> str:
    """An interpreter for which files are read-only as their mode says, also where it is root's."""
    file = folder / "python"
    drop = (
        "import ctypes, os, sys; ctypes.CDLL(None).prctl(24, 1, 0, 0, 0); "
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    file.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -c {shlex.quote(drop)} "$@"\n'
    )
    file.chmod(0o755)
    return str(file)


@contextlib.contextmanager
def read_only(*paths: Path) -> Iterator[None]:
    """Files and folders that may be read and not written."""
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def refusal(interpreter: str, path: Path) -> str:
    """What an interpreter says when it tries to write a file, or into a folder."""
    file = path / "x" if path.is_dir() else path
    command = [interpreter, "-c", f"open({str(file)!r}, 'ab')"]
    return subprocess.run(command, capture_output=True, check=False, text=True).stderr


async def read_only_store(row: Row, root: Path) -> None:
    """The database may be read and not written; then the folder of the models' files."""
    tools, work = root / "tools", root / "work"
    tools.mkdir()
    work.mkdir()
    interpreter = humble(tools)
    workspace = Workspace(work).made()
    client = WorkerClient(interpreter)
    code, message = await said_by(client, workspace)
    row.expect(code == "logged", f"before it is read-only: {message}")
    store, artifacts = work / "store.db", work / "artifacts"
    for what, paths in {"database": (store, work), "artifacts": (artifacts,)}.items():
        name = f"a read-only store: {what}"
        with read_only(*paths):
            refused = await asyncio.to_thread(refusal, interpreter, paths[0])
            row.expect("PermissionError" in refused, f"{name}: it can be written: {refused}")
            code, message = await said_by(client, workspace)
            judge(row, name, code, message, str(work))
            said = any(
                word in message.lower()
                for word in ("read-only", "readonly", "permission", "written")
            )
            row.expect(said, f"{name}: the reason is not said in {message!r}")
            row.expect("Nothing was logged" in message, f"{name}: what came of it: {message!r}")
        row.problems += [f"{name}: {each}" for each in workspace.unfinished()]
        ready = [m for m in workspace.models() if str(m.status) == "READY"]
        row.expect(len(ready) == 1, f"{name}: {len(ready)} are READY after one log")
    code, message = await said_by(client, workspace)
    row.expect(code == "logged", f"after a read-only store the next job failed: {message}")
    row.problems += workspace.not_whole()
    await client.close()


def stays(pid: int) -> bool:
    """Whether a process is still there after a moment to end."""
    for _ in range(50):
        try:
            if " Z " in Path(f"/proc/{pid}/stat").read_text():
                return False
        except OSError:
            return False
        time.sleep(0.1)
    return True


def ends(row: Row, root: Path, how: str) -> None:
    """The editor or the server goes in the middle of a job: no process stays."""
    workspace = Workspace(root).made()
    settings = {"interpreter": sys.executable, "mlflow": {"trackingUri": workspace.uri}}
    editor = Editor(root, trusted=True, settings=settings).start()
    slow = PROGRAM.replace("super().__init__()", "super().__init__(); import time; time.sleep(60)")
    uri = editor.open("app.py", slow)
    arguments = {"command": "dspy.log", "arguments": [{"uri": uri, "name": "QA"}]}
    editor.ask("workspace/executeCommand", {**arguments, "workDoneToken": "job"})
    while "Running" not in (said := editor.progress.get(timeout=PATIENCE)):
        assert said
    workers = children(editor.process.pid)
    row.expect(workers, f"{how}: there is no worker")
    if how == "server killed":
        kill(editor.process.pid)
    elif how == "pipe closed":
        assert editor.process.stdin is not None
        editor.process.stdin.close()
    else:
        editor.notify("exit", None)
    editor.process.wait(30)
    row.count("ends made")
    left = strays(root)
    row.expect(not left, f"{how}: processes {left} are left")
    alive = [pid for pid in workers if stays(pid)]
    row.expect(not alive, f"{how}: the worker {alive} is left")
    editor.close()


def campaign(seed: int, rounds: int, only: tuple[str, ...] = ()) -> Row:
    """Make each failure, for some rounds in an order that the seed decides."""
    row = Row(
        "failures around a job", "one message, no process left, nothing READY that is not whole"
    )
    kinds = ["down", "slow", *GARBAGE]
    work = {
        "tracking": lambda root: asyncio.run(tracking_servers(row, root, kinds)),
        "disk": lambda root: asyncio.run(disk_full(row, root)),
        "volume": lambda root: asyncio.run(volume_full(row, root)),
        "artifacts": lambda root: asyncio.run(no_folder(row, root)),
        "read-only": lambda root: asyncio.run(read_only_store(row, root)),
        **{how: lambda root, how=how: ends(row, root, how)
           for how in ("server killed", "pipe closed", "editor gone")},
    }  # fmt: skip
    with row.timed():
        for number in range(seed, seed + rounds):
            chance = random.Random(number)
            chance.shuffle(kinds)
            for name in chance.sample(list(work), len(work)):
                if only and name not in only:
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    os.environ.pop("MLFLOW_TRACKING_URI", None)
                    work[name](Path(folder).resolve())
    return row
