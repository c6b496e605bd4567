"""The MLflow store of a job: which one, opened once at a time, and what fails there."""

import contextlib
import errno
import hashlib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dspy_flavor.temporary import one_process

from .job import JobError

_NO_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FULL = re.compile(
    r"No space left on device|[Dd]isk quota exceeded|database or disk is full|File too large"
    r"|disk I/O error|No usable temporary directory found"
)
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}
_READ_ONLY = re.compile(r"attempt to write a readonly database|Read-only file system")
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
    if not uri.startswith("sqlite"):
        yield
        return
    name = hashlib.sha256(f"{Path.cwd()}|{uri}".encode()).hexdigest()[:24]
    with one_process(name):
        yield


@contextlib.contextmanager
def store_failures(uri: str, settings: dict[str, Any]) -> Iterator[None]:
    """Turn what a store raises into one message."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except JobError:
        raise
    except MlflowException as error:
        raise full_disk(error) or _failure(error, uri, settings) from error
    except OSError as error:
        if (full := full_disk(error)) is not None:
            raise full from error
        if error.errno in _NO_RIGHT:
            raise _read_only_error(f"{error.strerror}: {error.filename}", uri) from error
        text = f"The MLflow store {shown(uri)} cannot be used: {error}."
        raise JobError("store", text) from error


def full_disk(error: BaseException) -> JobError | None:
    """Return what to say where a failure, or one behind it, is that the disk takes no more."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        if isinstance(at, OSError) and at.errno in _NO_SPACE:
            return _disk_error(os.strerror(at.errno or errno.ENOSPC), at.filename)
        if (said := _FULL.search(str(at))) is not None:
            return _disk_error(said[0], None)
        at = at.__cause__ or at.__context__
    return None


def _disk_error(reason: str, file: Any) -> JobError:
    where = f" at {Path(os.fsdecode(file)).parent}" if isinstance(file, (str, bytes)) else ""
    return JobError(
        "store",
        f"The disk takes no more{where} ({reason}). Nothing was logged. Make room where the store, the"
        " workspace and temporary files are, then try again.",
    )


def _failure(error: Exception, uri: str, settings: dict[str, Any]) -> JobError:
    text = str(error)
    if uri.startswith("http") and ("API request to" in text or "Max retries" in text):
        seconds = settings.get("mlflow_timeout") or 20
        return JobError(
            "store",
            f"The MLflow tracking server {shown(uri)} did not answer within {seconds:g} seconds."
            " Start it, or choose another in the setting dspy.mlflow.trackingUri. Nothing was"
            " logged.",
        )
    if (said := _READ_ONLY.search(text)) is not None:
        return _read_only_error(said[0], uri)
    lines = [line for line in text.splitlines() if line.strip() and "autoflush" not in line]
    first = lines[0].strip() if lines else type(error).__name__
    return JobError("store", f"MLflow ({shown(uri)}): {first}")


def _read_only_error(reason: str, uri: str) -> JobError:
    return JobError(
        "store",
        f"The MLflow store {shown(uri)} cannot be written ({reason}). Nothing was logged. Let your"
        " user write to its database and to the folder of its artifacts, or choose another store in"
        " the setting dspy.mlflow.trackingUri.",
    )


def shown(uri: str) -> str:
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
