"""The worker killed at each step of a job: nothing READY that is not whole, nothing left unmarked."""

import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from figures import Row
from stores import Workspace
from wire import PATIENCE

from dspy_language_server.worker import WorkerClient, WorkerError

STEPS = (
    "Reading the file",
    "Opening the MLflow store",
    "Checking for secrets",
    "Writing files",
    "Uploading",
    "Registering",
    "Recording where it comes from",
)
WHO = ("job", "worker")
FORMS = ("source", "cloudpickle")


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


async def killed_at(
    client: WorkerClient, workspace: Workspace, step: str, who: str, delay: float, form: str
) -> str:
    """Log, and kill the job's process or the whole worker a moment after a step began."""
    pid = (await client.information())["pid"]
    reached = asyncio.Event()

    def progress(name: str) -> None:
        if name == step:
            reached.set()

    options = {"experiment": "programs", "registeredModelName": "kept", "format": form}
    job = asyncio.ensure_future(
        client.log(workspace.subject(), workspace.settings(), options, progress=progress)
    )
    waiting = asyncio.ensure_future(reached.wait())
    await asyncio.wait([job, waiting], return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
    waiting.cancel()
    await asyncio.sleep(delay)
    for victim in children(pid) if who == "job" else [pid]:
        kill(victim)
    try:
        await asyncio.wait_for(job, PATIENCE)
    except WorkerError as error:
        return f"{error.code}: {error.message}"
    return "logged"


async def _trial(row: Row, seed: int, root: Path, plan: list[tuple[str, str]]) -> None:
    """Kill once per pair of step and victim, on one store; look at the store after each."""
    chance = random.Random(seed)
    temporary = root / "temporary"
    temporary.mkdir()
    workspace = Workspace(root).made()
    client = WorkerClient(sys.executable)
    for step, who in plan:
        what = f"seed {seed}, {who} killed at {step!r}"
        before = (await client.information())["pid"]
        delay = chance.choice((0.0, 0.0, 0.02, 0.1))
        form = FORMS[(seed + STEPS.index(step) + WHO.index(who)) % 2]
        said = await killed_at(client, workspace, step, who, delay, form)
        row.count("kills")
        row.count("kills that ended a job", said != "logged")
        row.expect("Traceback" not in said, f"{what}: {said}")
        if who == "job":
            row.expect((await client.information())["pid"] == before, f"{what}: the worker ended")
            for left in workspace.unfinished():
                row.problems.append(f"{what} ({said}): {left} after the answer")
        for problem in workspace.not_whole():
            row.problems.append(f"{what}: {problem}")
        try:
            await next_job(client, workspace)
        except WorkerError as error:
            row.problems.append(f"{what}: the next job failed: {error.message}")
        for left in workspace.unfinished():
            row.problems.append(f"{what} ({said}): {left} after the next job")
        row.expect(not strays(root), f"{what}: a process was left: {strays(root)}")
        left = [path.name for path in temporary.iterdir() if path.name.startswith("dspy-")]
        row.expect(not left, f"{what} ({said}): {left} are left among the temporary files")
    row.count("READY models checked", sum(str(m.status) == "READY" for m in workspace.models()))
    await client.close()


async def next_job(client: WorkerClient, workspace: Workspace) -> dict[str, Any]:
    """Log once more; a worker that was killed starts anew by itself."""
    return await client.log(workspace.subject(), workspace.settings(), {"experiment": "programs"})


@contextlib.contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Have processes that start now make their temporary files in a folder."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before


def strays(root: Path) -> list[int]:
    """Processes that still work in a folder once its jobs are done; a moment is given to end."""
    found: list[int] = []
    for _ in range(50):
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and (entry / "cwd").readlink() == root:
                    found.append(int(entry.name))
        if not found:
            return []
        time.sleep(0.1)
    return found


def campaign(seed: int, rounds: int, steps: tuple[str, ...] = STEPS) -> Row:
    """Kill at each step, once the job and once the worker, for some rounds."""
    row = Row(
        "the worker killed at each step", "nothing READY that is not whole; the next job works"
    )
    with row.timed():
        for number in range(seed, seed + rounds):
            plan = [(step, who) for step in steps for who in WHO]
            random.Random(number).shuffle(plan)
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder).resolve()
                with temporary_files_in(root / "temporary"):
                    asyncio.run(_trial(row, number, root, plan))
    return row
