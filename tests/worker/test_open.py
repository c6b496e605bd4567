"""MLflow's pages of a tracking server: the addresses at which a real one, and Databricks, show them."""
# ruff: noqa: ASYNC210 - a look at a page; no other task waits

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest

from dspy_language_server.worker import WorkerClient, WorkerError

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real tracking server."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
         "--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/store.db",
         "--default-artifact-root", f"{folder}/artifacts"],
        cwd=folder,
        env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"{url}/health", timeout=2).close()
            break
        except OSError:
            assert time.monotonic() < deadline, "the tracking server did not start"
            time.sleep(0.2)
    yield url
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


async def test_a_tracking_servers_own_pages_are_opened(worker, workspace, program, server) -> None:
    settings = workspace.settings(tracking_uri=server.replace("://", "://someone:word@"))
    subject = workspace.subject(program, "QA")
    first = await worker.log(subject, settings)
    second = await worker.log(subject, settings)
    assert second["url"] == f"{server}/#/experiments/0/runs/{second['run_id']}"
    assert (await worker.open(settings, run_id=first["run_id"]))["url"] == first["url"]
    model = await worker.open(settings, model_uri=first["model_uri"])
    assert model["url"] == f"{server}/#/experiments/0/models/{first['model_id']}"
    runs = [second["run_id"], first["run_id"]]
    compared = await worker.open(settings, run_ids=runs)
    assert compared["url"].startswith(f"{server}/#/compare-runs?runs=%5B%22{runs[0]}")
    assert (await worker.versions(subject, settings))["QA"]["run_id"] == second["run_id"]
    for url in (model["url"], compared["url"]):
        assert "word" not in url
        with urllib.request.urlopen(url.partition("#")[0]) as page:
            assert b"<title>MLflow</title>" in page.read()


async def test_a_run_that_a_server_does_not_have_is_told(worker, workspace, server) -> None:
    settings = workspace.settings(tracking_uri=server)
    with pytest.raises(WorkerError, match=r"Run with id=0{32} not found") as caught:
        await worker.open(settings, run_id="0" * 32)
    assert caught.value.code == "store"


async def test_databricks_shows_its_own_pages(workspace, program, server, monkeypatch) -> None:
    """Databricks speaks the tracking server's protocol; a profile says where its workspace is."""
    own = workspace.settings(tracking_uri=server)
    (workspace.root / "databricks.cfg").write_text(f"[team]\nhost = {server}\ntoken = dapi-x\n")
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(workspace.root / "databricks.cfg"))
    client = WorkerClient(sys.executable)
    run_id = (await client.log(workspace.subject(program, "QA"), own))["run_id"]
    settings = workspace.settings(tracking_uri="databricks://team")
    opened = await client.open(settings, run_id=run_id)
    assert opened["url"] == f"{server}/ml/experiments/0/runs/{run_id}"
    await client.close()


async def test_a_store_that_nobody_here_can_show_is_told(worker, workspace) -> None:
    with pytest.raises(WorkerError) as caught:
        await worker.open(workspace.settings(tracking_uri="uc:no-such-catalog"))
    assert "uc:no-such-catalog" in caught.value.message
    assert "Traceback" not in caught.value.message
