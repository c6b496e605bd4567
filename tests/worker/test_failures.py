"""User code that raises, hangs, exits, forks, floods, crashes: one message, and the next job works."""

import asyncio
import contextlib
import os
import signal
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from dspy_language_server.worker import WorkerClient, WorkerError
from dspy_language_server.worker.process import WorkerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

BAD = {
    "raises": ("raise ValueError('no bears')", "program", "line 3: ValueError: no bears"),
    "exits": ("import sys; sys.exit(4)", "program", "line 3: the program ended itself"),
    "leaves": ("import os; os._exit(4)", "ended", "line 3: The program ended the Python process"),
    "crashes": ("import os; os.abort()", "ended", "SIGABRT"),
    "segfaults": ("import ctypes; ctypes.string_at(0)", "ended", "SIGSEGV"),
    "reads": ("input()", "program", "line 3: EOFError"),
    "imports": ("import not_there_at_all", "program", "line 3: ModuleNotFoundError"),
    "hangs": ("import time; time.sleep(60)", "time-limit", "after 2 seconds"),
    "hogs": ("hog = bytearray(4 << 30)", "memory-limit", "dspy.log.memoryLimit"),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_user_code_does_is_one_message_with_its_line(worker, workspace, name) -> None:
    line, code, said = BAD[name]
    text = f"import dspy\nqa = dspy.Predict('a -> b')\n{line}\n"
    limits = {"time_limit": 2} if name == "hangs" else {}
    limits |= {"memory_limit": 256} if name == "hogs" else {}
    settings = workspace.settings(execute="file", **limits)
    with pytest.raises(WorkerError) as caught:
        await worker.log(workspace.subject(text, "qa"), settings)
    assert caught.value.code == code
    assert said in caught.value.message
    assert "Traceback" not in caught.value.message
    assert workspace.runs() == []


async def test_the_line_is_the_one_in_the_users_class(worker, workspace) -> None:
    text = "import dspy\nclass QA(dspy.Module):\n    def __init__(self):\n        1 / 0\n"
    with pytest.raises(WorkerError, match=r"app.py, line 4 while making `QA\(\)`: ZeroDivision"):
        await worker.log(workspace.subject(text, "QA"), workspace.settings())


async def test_a_line_of_a_notebook_is_one_of_its_cell(worker, workspace) -> None:
    import dataclasses

    cells = ("%pip list\nimport dspy", "def halve(x):\n    return x / 0\n\nqa = halve(1)")
    subject = workspace.subject("", "qa", "book.ipynb")
    with pytest.raises(WorkerError) as caught:
        await worker.log(dataclasses.replace(subject, cells=cells), workspace.settings())
    assert caught.value.message.startswith("book.ipynb, code cell 2, line 2: ZeroDivisionError")


NOISY = {
    "prints": "print('x' * 5_000_000)",
    "closes stdout": "import os; os.close(1); os.close(2)",
    "forks": "import os\nif os.fork() == 0:\n    import time; time.sleep(60)",
    "threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
    "replaces stdout": "import sys; sys.stdout = None",
}


@pytest.mark.parametrize("name", NOISY)
async def test_what_does_no_harm_does_not_stop_the_log(worker, workspace, name) -> None:
    text = f"import dspy\nqa = dspy.Predict('a -> b')\n{NOISY[name]}\n"
    settings = workspace.settings(execute="file")
    logged = await worker.log(workspace.subject(text, "qa"), settings)
    assert workspace.client().get_run(logged["run_id"]).info.status == "FINISHED"
    assert len(worker.output) < 200_000


async def test_a_secret_of_the_environment_is_in_no_message(workspace, monkeypatch) -> None:
    monkeypatch.setenv("SEARCH_API_KEY", "canary-2718281828")
    client = WorkerClient(sys.executable)
    text = "import os\nkey = os.environ['SEARCH_API_KEY']\nprint(key)\nqa = open(key)\n"
    with pytest.raises(WorkerError) as caught:
        await client.log(workspace.subject(text, "qa"), workspace.settings(execute="file"))
    assert "FileNotFoundError" in caught.value.message
    assert "canary" not in caught.value.message + client.output
    await client.close()


async def test_a_credential_that_the_program_read_itself_is_in_no_message(
    worker, workspace
) -> None:
    """From a file, in a header, in a local variable: known by the name that holds it."""
    (workspace.root / "held").write_text("q7fHk2mZ0xT9 b8Wn4Lr1vYc6 Zk3Tq9Xw5Rm2")
    text = """
import os
import dspy
API_KEY, header, password = open("held").read().split()
lm = dspy.LM("openai/x", extra_headers={"Authorization": f"Bearer {header}"})
dspy.configure(lm=lm)
print(API_KEY, header)

def connect():
    local_token = open("held").read().split()[2]
    os.write(2, local_token.encode())
    raise ConnectionError(f"{API_KEY} {header} {local_token} refused")

qa = connect()
"""
    said = []
    with pytest.raises(WorkerError) as caught:
        await worker.log(
            workspace.subject(text, "qa"), workspace.settings(execute="file"), progress=said.append
        )
    assert "ConnectionError: [left out] [left out] [left out] refused" in caught.value.message
    for value in ("q7fHk2mZ0xT9", "b8Wn4Lr1vYc6", "Zk3Tq9Xw5Rm2"):
        assert value not in f"{caught.value.detail} {worker.output} {said}"


async def test_leftovers_of_a_killed_worker_are_marked_whatever_its_next_job_is(
    workspace, program
) -> None:
    """In another experiment than the next job's, and where that job fails."""
    slow = program.replace("    def forward", "    def __getstate__(self):\n        import time\n"
                           "        time.sleep(60)\n\n    def forward")  # fmt: skip
    killed, reached = WorkerClient(sys.executable), asyncio.Event()

    def progress(step: str) -> None:
        if step == "Writing files":
            reached.set()

    job = asyncio.ensure_future(
        killed.log(
            workspace.subject(slow, "QA"),
            workspace.settings(),
            {"format": "cloudpickle", "experiment": "another"},
            progress=progress,
        )
    )
    await asyncio.wait_for(reached.wait(), 60)
    os.kill((await killed.information())["pid"], signal.SIGKILL)
    with pytest.raises(WorkerError):
        await job
    await killed.close()
    another = workspace.client().get_experiment_by_name("another").experiment_id
    assert [r.info.status for r in workspace.client().search_runs([another])] == ["RUNNING"]

    client = WorkerClient(sys.executable)
    refused = "import dspy\nqa = dspy.Predict('a -> b')\nqa.notes = 'sk-proj-" + "a1B2" * 10 + "'\n"
    with pytest.raises(WorkerError, match="OpenAI"):
        await client.log(workspace.subject(refused, "qa"), workspace.settings())
    await client.close()
    assert [r.info.status for r in workspace.client().search_runs([another])] == ["KILLED"]


async def test_the_pages_of_a_killed_worker_are_gone_with_it(workspace, program) -> None:
    killed = WorkerClient(sys.executable)
    logged = await killed.log(workspace.subject(program, "QA"), workspace.settings())
    opened = await killed.open(workspace.settings(), run_id=logged["run_id"])
    pages = opened["url"].partition("#")[0]
    assert answers(f"{pages}health")
    os.kill((await killed.information())["pid"], signal.SIGKILL)
    await killed.close()
    deadline = time.monotonic() + 60
    while answers(f"{pages}health"):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)


EDITOR = """\
import asyncio, sys
from dspy_language_server.worker import JobSettings, Subject, WorkerClient
async def main(root, store, text):
    client = WorkerClient(sys.executable)
    settings = JobSettings(root, tracking_uri=store)
    await client.log(Subject(root + "/app.py", text, "QA"), settings)
    print((await client.open(settings))["url"], flush=True)
    await asyncio.sleep(600)
asyncio.run(main(*sys.argv[1:]))
"""


async def test_the_pages_are_gone_when_the_editor_is_killed_as_a_group(workspace, program) -> None:
    command = [
        sys.executable,
        "-c",
        EDITOR,
        str(workspace.root),
        workspace.settings().tracking_uri,
        program,
    ]
    editor = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    pages = (await editor.stdout.readline()).decode().partition("#")[0]
    assert answers(f"{pages}health")
    os.killpg(editor.pid, signal.SIGKILL)
    await editor.wait()
    deadline = time.monotonic() + 30
    while answers(f"{pages}health"):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)


def answers(url: str) -> bool:
    """Whether anything listens there."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status == 200
    except OSError:
        return False


async def test_a_cancelled_job_leaves_nothing_ready(worker, workspace, program) -> None:
    slow = program.replace("    def forward", "    def __getstate__(self):\n        import time\n"
                           "        time.sleep(60)\n\n    def forward")  # fmt: skip
    reached = asyncio.Event()

    def progress(step: str) -> None:
        if step == "Writing files":
            reached.set()

    job = asyncio.ensure_future(
        worker.log(
            workspace.subject(slow, "QA"),
            workspace.settings(),
            {"format": "cloudpickle"},
            progress=progress,
        )
    )
    await asyncio.wait_for(reached.wait(), 60)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    for _ in range(100):
        if workspace.runs("KILLED"):
            break
        await asyncio.sleep(0.2)
    assert [run.info.status for run in workspace.runs()] == ["KILLED"]
    models = workspace.client().search_logged_models(experiment_ids=["0"])
    assert all(str(model.status) != "READY" for model in models)
    await worker.log(workspace.subject(program, "QA"), workspace.settings())


async def test_an_unreachable_tracking_server_is_named(worker, workspace, program) -> None:
    settings = workspace.settings(tracking_uri="http://127.0.0.1:9", mlflow_timeout=2)
    with pytest.raises(WorkerError) as caught:
        await worker.log(workspace.subject(program, "QA"), settings)
    assert caught.value.code == "store"
    assert "http://127.0.0.1:9 did not answer within 2 seconds" in caught.value.message


async def test_a_program_that_cannot_be_read_is_a_message(worker, workspace) -> None:
    with pytest.raises(WorkerError, match=r"app.py, line 1: the file is not complete Python"):
        await worker.log(workspace.subject("class QA(", "QA"), workspace.settings())


async def test_many_jobs_at_once_all_finish(worker, workspace, program) -> None:
    subject, settings = workspace.subject(program, "QA"), workspace.settings()
    logged = await asyncio.gather(*(worker.log(subject, settings) for _ in range(6)))
    assert len({result["run_id"] for result in logged}) == 6


async def test_a_quick_job_passes_those_that_wait(worker, workspace) -> None:
    slow = workspace.subject(
        "import time, dspy\ntime.sleep(60)\nqa = dspy.Predict('a -> b')\n", "qa"
    )
    settings = workspace.settings(execute="file")
    jobs = [asyncio.ensure_future(worker.log(slow, settings)) for _ in range(4)]
    planned = await asyncio.wait_for(worker.plan(slow, settings), 50)
    assert planned["name"] == "qa"
    assert not any(job.done() for job in jobs)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)


async def test_the_worker_comes_back_after_a_crash(workspace, program) -> None:
    client = WorkerClient(sys.executable)
    first = (await client.information())["pid"]
    os.kill(first, signal.SIGKILL)
    for _ in range(50):
        with contextlib.suppress(WorkerError):
            await client.plan(workspace.subject(program), workspace.settings())
            break
    assert (await client.information())["pid"] != first
    await client.close()


async def test_a_process_that_has_ended_is_known_to_asyncio(tmp_path, caplog) -> None:
    """Where something else takes its exit code, asyncio complains of an unknown child in the log."""
    main = tmp_path / "ends.py"
    main.write_text("import os\nos.read(0, 1)\nos.kill(os.getpid(), 9)\n")
    for _ in range(40):
        process = await WorkerProcess.start(sys.executable, main, [])
        process._process.stdin.write(b"x")
        while not process.ended:  # noqa: ASYNC110 - what is watched is the state itself
            await asyncio.sleep(0.001)
        await process.close()
    assert [r.getMessage() for r in caplog.records if r.name == "asyncio"] == []


async def test_the_parent_that_forks_has_one_python_thread() -> None:
    """Forking a parent with more, or one that has touched a store, can hang."""
    code = "from dspy_flavor.worker.preload import preload, preload_for_calls;"
    code += "preload(); preload_for_calls();"
    code += "import threading; print(threading.active_count())"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert printed.decode().split() == ["1"]


async def test_nothing_is_left_when_the_client_goes(workspace) -> None:
    client = WorkerClient(sys.executable)
    pid = (await client.information())["pid"]
    mark = workspace.root / "pid"
    text = f"import os, time, dspy\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\nqa=1"
    job = asyncio.ensure_future(
        client.log(workspace.subject(text, "qa"), workspace.settings(execute="file"))
    )
    while not mark.exists() or not mark.read_text():  # noqa: ASYNC110 - another process writes
        await asyncio.sleep(0.05)
    await client.close()
    with pytest.raises(WorkerError):
        await job
    assert not Path(f"/proc/{pid}").exists()
    child = Path(f"/proc/{mark.read_text()}/stat")
    assert not child.exists() or " Z " in child.read_text()


async def test_files_of_the_workspace_with_known_names_are_not_run_at_the_start(
    workspace, program
) -> None:
    for name in ("dspy", "mlflow", "sitecustomize", "usercustomize", "json"):
        (workspace.root / f"{name}.py").write_text("raise SystemExit('hostile')\n")
    client = WorkerClient(sys.executable)
    logged = await client.log(workspace.subject(program, "QA"), workspace.settings())
    assert logged["run_id"]
    await client.close()


async def test_jobs_work_where_processes_cannot_be_forked(workspace, program) -> None:
    client = WorkerClient(sys.executable, arguments=["--spawn"])
    assert (await client.information())["mode"] == "spawn"
    logged = await client.log(workspace.subject(program, "QA"), workspace.settings())
    assert workspace.client().get_run(logged["run_id"]).info.status == "FINISHED"
    await client.close()
