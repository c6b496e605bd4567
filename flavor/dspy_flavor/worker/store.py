"""The MLflow store of a job: which one, opened once at a time, and what fails there."""

import contextlib
import hashlib
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from .job import JobError

JOB = "dspy_companion.job"
WORKER = "dspy_companion.worker"
FILE = "dspy_companion.file"
OBJECT = "dspy_companion.object"


def choose_store(settings: dict[str, Any]) -> str:
    """Set the tracking server: the setting, then the environment, then MLflow's own default."""
    import mlflow

    root = Path(settings["root"])
    if root.is_dir():
        os.chdir(root)
    if settings.get("tracking_uri"):
        mlflow.set_tracking_uri(settings["tracking_uri"])
    else:
        mlflow.set_tracking_uri(os.environ.get("MLFLOW_TRACKING_URI"))
    return str(mlflow.get_tracking_uri())


def store_exists(uri: str) -> bool:
    """Whether there is a store to ask: looking must not make one."""
    parts = urlsplit(uri)
    if parts.scheme == "sqlite":
        return Path(unquote(parts.path.removeprefix("/"))).exists()
    if parts.scheme in {"", "file"}:
        return Path(unquote(parts.path)).exists()
    return True


@contextlib.contextmanager
def one_at_a_time(uri: str) -> Iterator[None]:
    """Let one process at a time open a store: making a new one is not safe for two."""
    if not uri.startswith("sqlite") or sys.platform == "win32":
        yield
        return
    import fcntl

    name = hashlib.sha256(f"{Path.cwd()}|{uri}".encode()).hexdigest()[:24]
    file = Path(tempfile.gettempdir(), f"dspy-companion-{os.getuid()}-{name}.lock")
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(file, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def store_failures(uri: str, settings: dict[str, Any]) -> Iterator[None]:
    """Turn what a store raises into one message."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except JobError:
        raise
    except MlflowException as error:
        raise _failure(error, uri, settings) from error
    except OSError as error:
        text = f"The MLflow store {_shown(uri)} cannot be used: {error}."
        raise JobError("store", text) from error


def _failure(error: Exception, uri: str, settings: dict[str, Any]) -> JobError:
    text = str(error)
    if uri.startswith("http") and ("API request to" in text or "Max retries" in text):
        seconds = settings.get("mlflow_timeout") or 20
        return JobError(
            "store",
            f"The MLflow tracking server {_shown(uri)} did not answer within {seconds:g} seconds."
            " Start it, or choose another in the setting dspy.mlflow.trackingUri. Nothing was"
            " logged.",
        )
    first = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    return JobError("store", f"MLflow ({_shown(uri)}): {first}")


def _shown(uri: str) -> str:
    """Return a URI without the user and password in it."""
    scheme, mark, rest = uri.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else uri


def worker_id() -> str:
    """Return a name for the daemon that no other process will have: host, number, start."""
    return f"{socket.gethostname()}/{os.getppid()}/{started(os.getppid())}"


def started(pid: int) -> str:
    """Return when a process was started, in the kernel's count; "" if it is not known."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def is_alive(worker: str) -> bool:
    """Whether the daemon of a name may still be there; those of other machines may."""
    host, _, rest = worker.partition("/")
    number, _, start = rest.partition("/")
    if host != socket.gethostname() or not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not start or started(int(number)) == start
