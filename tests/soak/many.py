"""Many at once: jobs, clients and editors that meet in one worker, one store, one file. None is lost."""

import asyncio
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from figures import Row
from stores import PROGRAM, Workspace
from wire import Editor

from dspy_language_server.worker import WorkerClient, WorkerError

CLIENTS = 10


async def outcome(job: Any) -> str:
    """How a job ended: its run, or the code and text of the refusal."""
    try:
        return str((await job)["run_id"])
    except WorkerError as error:
        return f"{error.code}: {error.message}"


def account(row: Row, what: str, workspace: Workspace, said: list[str], *, refusals: str) -> None:
    """Each job is a finished run of its own, or was refused by the code that is expected."""
    finished = {run.info.run_id for run in workspace.runs("FINISHED")}
    logged = [each for each in said if each in finished]
    refused = [each for each in said if each not in finished]
    row.count("finished", len(logged))
    row.count("refused", len(refused))
    row.expect(len(set(logged)) == len(logged), f"{what}: two jobs answered with the same run")
    for each in refused:
        row.expect(refusals and each.startswith(refusals), f"{what}: a job failed: {each}")
        row.expect("Traceback" not in each and len(each) < 1500, f"{what}: {each}")
    lost = finished - set(said)
    row.expect(not lost, f"{what}: runs that nobody was told of: {sorted(lost)}")
    row.problems += [f"{what}: {problem}" for problem in workspace.unfinished()]
    row.problems += [f"{what}: {problem}" for problem in workspace.not_whole()]
    ready = sum(str(model.status) == "READY" for model in workspace.models())
    row.expect(ready == len(logged), f"{what}: {len(logged)} were logged and {ready} are READY")


async def queued(row: Row, workspace: Workspace, jobs: int) -> None:
    """That many jobs at once for one worker."""
    client = WorkerClient(sys.executable)
    await client.prewarm()
    asked = [
        asyncio.ensure_future(
            client.log(workspace.subject(), workspace.settings(), {"experiment": "programs"})
        )
        for _ in range(jobs)
    ]
    said = await asyncio.gather(*map(outcome, asked))
    row.count("jobs", jobs)
    account(row, f"{jobs} jobs queued", workspace, said, refusals="busy" if jobs > 60 else "")
    await client.close()


async def clients(row: Row, workspace: Workspace, count: int, each: int) -> None:
    """Clients with workers of their own on one store."""
    workers = [WorkerClient(sys.executable) for _ in range(count)]
    await asyncio.gather(*(worker.prewarm() for worker in workers))
    asked = [
        worker.log(
            workspace.subject(),
            workspace.settings(mlflow_timeout=60),
            {"experiment": "programs", "registeredModelName": "shared"},
        )
        for worker in workers
        for _ in range(each)
    ]
    said = await asyncio.gather(*map(outcome, asked))
    row.count("jobs", len(asked))
    account(row, f"{count} clients on one store", workspace, said, refusals="")
    versions = [v.version for v in workspace.client().search_model_versions("name='shared'")]
    row.expect(len(versions) == len(asked), f"{count} clients: versions {sorted(versions)}")
    await asyncio.gather(*(worker.close() for worker in workers))


def editors(row: Row, root: Path) -> None:
    """Two editors with the same file open, each with an edit of its own; the store is not there yet."""
    workspace = Workspace(root)
    (root / "app.py").write_text(PROGRAM)
    settings = {"interpreter": sys.executable, "mlflow": {"trackingUri": workspace.uri}}
    both = [Editor(root, trusted=True, settings=settings).start() for _ in range(2)]
    asked = []
    for editor, field in zip(both, ("reply", "verdict"), strict=True):
        uri = editor.open("app.py", PROGRAM.replace("answer", field))
        asked.append(editor.start_command("dspy.log", uri=uri, name="QA"))
    answers = [editor.answer(number) for editor, number in zip(both, asked, strict=True)]
    said = [str((a.get("result") or a.get("error") or {}).get("run_id", a)) for a in answers]
    row.count("jobs", 2)
    account(row, "two editors on one workspace", workspace, said, refusals="")
    for answer, field in zip(answers, ("reply", "verdict"), strict=True):
        signature = str((answer.get("result") or {}).get("signature"))
        row.expect(field in signature, f"two editors: {field} is not in {signature}")
    for editor in both:
        row.expect(editor.close() == 0, "two editors: a server did not end with 0")


def campaign(seed: int, jobs: int, count: int = CLIENTS, each: int = 2) -> Row:
    """Queue jobs, more than fit once; then many clients; then two editors."""
    row = Row("many at once", "all finish or are refused clearly, none lost")
    parts = ["queued", "too many", "clients", "editors"]
    random.Random(seed).shuffle(parts)
    with row.timed():
        for part in parts:
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder).resolve()
                if part == "queued":
                    asyncio.run(queued(row, Workspace(root).made(), jobs))
                elif part == "too many" and jobs >= 50:
                    asyncio.run(queued(row, Workspace(root).made(), 80))
                elif part == "clients":
                    asyncio.run(clients(row, Workspace(root).made(), count, each))
                elif part == "editors":
                    editors(row, root)
    return row
