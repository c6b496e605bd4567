"""A workspace, and the real worker on it: a real interpreter, real dspy, a real MLflow store."""

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dspy_language_server.worker import JobSettings, Subject, WorkerClient

PROGRAM = """\
import dspy

class QA(dspy.Module):
    def __init__(self):
        super().__init__()
        self.step = dspy.ChainOfThought("question -> answer")

    def forward(self, question):
        return self.step(question=question)
"""


@dataclass
class Workspace:
    root: Path

    @property
    def store(self) -> str:
        return f"sqlite:///{self.root}/store.db"

    def settings(self, **changed: Any) -> JobSettings:
        return JobSettings(str(self.root), **{"tracking_uri": self.store, **changed})

    def subject(self, text: str, name: str | None = None, file: str = "app.py") -> Subject:
        return Subject(str(self.root / file), text, name)

    def client(self) -> Any:
        from mlflow import MlflowClient

        return MlflowClient(self.store)

    def runs(self, status: str | None = None) -> list[Any]:
        from mlflow.entities import ViewType

        runs = self.client().search_runs(["0"], run_view_type=ViewType.ALL)
        return [run for run in runs if status in {None, run.info.status}]


@pytest.fixture(scope="session")
def _made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh store, made once: making one takes seconds."""
    from mlflow import MlflowClient

    file = tmp_path_factory.mktemp("store") / "store.db"
    MlflowClient(f"sqlite:///{file}").get_experiment("0")
    return file


@pytest.fixture
def workspace(tmp_path: Path, _made_store: Path) -> Workspace:
    import sqlite3

    (tmp_path / "store.db").write_bytes(_made_store.read_bytes())
    with sqlite3.connect(tmp_path / "store.db") as database:
        artifacts = (tmp_path / "mlruns" / "0").as_uri()
        database.execute("update experiments set artifact_location = ?", (artifacts,))
    return Workspace(tmp_path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker() -> AsyncIterator[WorkerClient]:
    """One worker for a module's tests, as an editor has one for a session."""
    client = WorkerClient(sys.executable)
    yield client
    await client.close()


@pytest.fixture
def program() -> str:
    return PROGRAM
