"""A workspace, and the real worker on it: a real interpreter, real dspy, a real MLflow store."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "soak"))

from stores import PROGRAM, Workspace

from dspy_language_server.worker import WorkerClient


@pytest.fixture(scope="session")
def _made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh store, made once: making one takes seconds."""
    from mlflow import MlflowClient

    file = tmp_path_factory.mktemp("store") / "store.db"
    MlflowClient(f"sqlite:///{file}").get_experiment("0")
    return file


@pytest.fixture
def workspace(tmp_path: Path, _made_store: Path) -> Workspace:
    (tmp_path / "store.db").write_bytes(_made_store.read_bytes())
    return Workspace(tmp_path).with_own_files()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker() -> AsyncIterator[WorkerClient]:
    """One worker for a module's tests, as an editor has one for a session."""
    client = WorkerClient(sys.executable)
    yield client
    await client.close()


@pytest.fixture
def program() -> str:
    return PROGRAM
