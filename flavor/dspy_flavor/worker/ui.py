"""MLflow's own pages: one `mlflow ui` on loopback for a local store, ended with the daemon."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import Any

from .job import Channel, JobError
from .store import choose_store, store_failures

_PATIENCE = 60.0


class Ui:
    """The daemon's `mlflow ui`: at most one, for one store."""

    def __init__(self) -> None:
        """Choose a free port; nothing is started."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None
        self._store = ""

    @property
    def pid(self) -> int | None:
        """The process, if it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and running else None

    def start(self, wanted: dict[str, str]) -> None:
        """Start it, unless it runs for this store already."""
        key = f"{wanted['folder']}|{wanted['store']}"
        if self.pid is not None and self._store == key:
            return
        self.close()
        self._store = key
        command = [sys.executable, "-I", "-m", "mlflow", "server", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--backend-store-uri", wanted["store"]]
        self._process = subprocess.Popen(  # noqa: S603 - MLflow, in the interpreter that has it
            [*command, "--workers", "1"],
            cwd=wanted["folder"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "MLFLOW_TRACKING_URI": wanted["store"]},
        )

    def close(self) -> None:
        """End it, with the processes that it made."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def open_page(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Return the address of a run or a model in MLflow's pages."""
    settings = params["settings"]
    store = choose_store(settings)
    with store_failures(store, settings):
        place = _place(params)
    if store.startswith("http"):
        return {"url": f"{store.rstrip('/')}/{place}"}
    channel.progress("Starting MLflow's UI")
    channel.send({"ui": {"store": store, "folder": os.getcwd()}})  # noqa: PTH109 - a text
    url = f"http://127.0.0.1:{params['ui']}"
    _wait_for(url)
    return {"url": f"{url}/{place}"}


def _place(params: dict[str, Any]) -> str:
    from mlflow import MlflowClient

    client = MlflowClient()
    uri = params.get("model_uri") or ""
    if uri.startswith("models:/m-"):
        model = client.get_logged_model(uri.removeprefix("models:/"))
        return f"#/experiments/{model.experiment_id}/models/{model.model_id}"
    if params.get("run_id"):
        run = client.get_run(params["run_id"])
        return f"#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
    return "#/experiments"


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 - loopback
                if answer.status == 200:
                    return
        except OSError:  # noqa: PERF203 - not there yet
            time.sleep(0.2)
    raise JobError("store", f"MLflow's UI did not start at {url} within {_PATIENCE:g} seconds.")
