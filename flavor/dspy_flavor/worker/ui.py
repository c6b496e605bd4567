"""MLflow's own pages: one `mlflow ui` on loopback for each local store, ended with the daemon."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from .job import Channel, JobError
from .store import choose_store, shown, store_exists, store_failures

_PATIENCE = 110.0
_SHOWN_BY_US = frozenset({"", "file", "mssql", "mysql", "postgresql", "sqlite"})
"""Stores that `mlflow ui` opens by itself."""
_KEEPER = str(Path(__file__).with_name("keeper.py"))


class Uis:
    """The daemon's `mlflow ui`s: at most one for each local store, ended with the daemon."""

    def __init__(self) -> None:
        """Start nothing."""
        self._running: dict[str, tuple[int, subprocess.Popen[bytes]]] = {}

    @property
    def pids(self) -> set[int]:
        """The processes that run."""
        return {process.pid for _, process in self._running.values() if process.poll() is None}

    def ports(self) -> dict[str, int]:
        """Return the port of each store's; under `""` a free one for the next."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports = {"": int(free.getsockname()[1])}
        for key, (port, process) in self._running.items():
            if process.poll() is None:
                ports[key] = port
        return ports

    def start(self, wanted: dict[str, Any]) -> None:
        """Start one, unless it runs for this store already."""
        key = key_of(wanted["store"], wanted["folder"])
        known = self._running.get(key)
        if known is not None and known[1].poll() is None:
            return
        store = _absolute(wanted["store"], wanted["folder"])
        files = str(Path(wanted["folder"], "mlartifacts"))
        command = [sys.executable, "-I", "-m", "mlflow", "server", "--host", "127.0.0.1"]
        command += ["--port", str(wanted["port"]), "--backend-store-uri", store]
        command += ["--artifacts-destination", files]
        environment = {
            **os.environ,
            "MLFLOW_TRACKING_URI": store,
            # Seven more processes, for scoring in the background; these pages are for looking.
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        process = subprocess.Popen(  # noqa: S603 - MLflow, in the interpreter that has it
            [sys.executable, "-I", _KEEPER, *command, "--workers", "1"],
            # MLflow starts another Python, which imports from the current folder first.
            cwd=Path(sys.executable).anchor or os.sep,
            stdin=subprocess.PIPE,  # held open: its end is what the keeper waits for
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # what ends the editor's whole group must not end the keeper
        )
        self._running[key] = wanted["port"], process

    def close(self) -> None:
        """End all, with the processes that they made."""
        for _, process in self._running.values():
            if process.stdin is not None:
                process.stdin.close()
            process.wait()
        self._running.clear()


def _absolute(store: str, folder: str) -> str:
    """Return a store's address as it holds in any folder."""
    scheme = "sqlite:///"
    if store.startswith(scheme):
        return f"{scheme}{Path(folder, store.removeprefix(scheme))}"
    return store if ":" in store else str(Path(folder, store))


def key_of(store: str, folder: str) -> str:
    """Return what tells stores apart: a relative one is another in another folder."""
    return f"{folder}|{store}"


def open_page(params: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Return the address of a run, a model, a trace or a comparison in MLflow's pages."""
    settings = params["settings"]
    store = choose_store(settings)
    if not store_exists(store):
        raise JobError("not-found", f"There is no MLflow store at {store} yet: nothing was logged.")
    with store_failures(store, settings):
        place = _place(params)
        served = page_of(store, place)
    if served is not None:
        return {"url": served}
    if urlsplit(store).scheme.partition("+")[0] not in _SHOWN_BY_US:
        raise JobError(
            "refused",
            f"MLflow's pages of {shown(store)} cannot be opened from here: run {place} is in them.",
        )
    channel.progress("Starting MLflow's UI")
    folder = os.getcwd()  # noqa: PTH109 - a text
    ports = params["ui"]
    port = ports.get(key_of(store, folder), ports[""])
    channel.send({"ui": {"store": store, "folder": folder, "port": port}})
    url = f"http://127.0.0.1:{port}"
    _wait_for(url)
    return {"url": page_of(url, place)}


def page_of(store: str, place: str) -> str | None:
    """Return a page's address at the server of a store; None where the store has none of its own.

    A user and password of the server's address are left out.
    """
    if store.startswith("http"):
        return f"{shown(store).rstrip('/')}/#/{place}"
    if store.partition(":")[0] == "databricks":
        from mlflow.utils.databricks_utils import get_databricks_host_creds

        return f"{str(get_databricks_host_creds(store).host).rstrip('/')}/ml/{place}"
    return None


def run_place(experiment: str, run_id: str) -> str:
    """Return the page of a run."""
    return f"experiments/{experiment}/runs/{run_id}"


def trace_place(experiment: str, trace_id: str) -> str:
    """Return the page of an experiment's traces with one of them open."""
    return f"experiments/{experiment}/traces?selectedEvaluationId={quote(trace_id)}"


def compare_place(experiments: list[str], run_ids: list[str]) -> str:
    """Return the page that holds runs side by side."""
    runs = quote(json.dumps(run_ids, separators=(",", ":")))
    of = quote(json.dumps(list(dict.fromkeys(experiments)), separators=(",", ":")))
    return f"compare-runs?runs={runs}&experiments={of}"


def _place(params: dict[str, Any]) -> str:
    from mlflow import MlflowClient

    client = MlflowClient()
    uri = params.get("model_uri") or ""
    if params.get("run_ids"):
        runs = [client.get_run(run_id) for run_id in params["run_ids"]]
        return compare_place([run.info.experiment_id for run in runs], params["run_ids"])
    if params.get("trace_id"):
        trace = client.get_trace(params["trace_id"])
        experiment = getattr(trace.info, "experiment_id", None) or "0"
        return trace_place(str(experiment), params["trace_id"])
    if uri.startswith("models:/m-"):
        model = client.get_logged_model(uri.removeprefix("models:/"))
        return f"experiments/{model.experiment_id}/models/{model.model_id}"
    if params.get("run_id"):
        run = client.get_run(params["run_id"])
        return run_place(run.info.experiment_id, run.info.run_id)
    return "experiments"


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 - loopback
                if answer.status == 200:
                    return
        except OSError:  # noqa: PERF203 - not there yet
            time.sleep(0.2)
    raise JobError(
        "store",
        f"MLflow's UI did not answer at {url} within {_PATIENCE:g} seconds. Try again: it may still be starting.",
    )
