"""A workspace with a store of its own, and whether everything in the store is whole."""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any

from dspy_language_server.worker import JobSettings, Subject

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_DISABLE_AUTH", "true")

PROGRAM = """\
import dspy

class QA(dspy.Module):
    def __init__(self):
        super().__init__()
        self.step = dspy.ChainOfThought("question -> answer")

    def forward(self, question):
        return self.step(question=question)
"""


class Workspace:
    """A folder with a sqlite store in it.

    Args:
        root: The folder.
        uri: A tracking server to use instead of the folder's own store.
    """

    def __init__(self, root: Path, uri: str | None = None) -> None:
        self.root = root
        self.uri = uri or f"sqlite:///{root}/store.db"
        self.known: set[str] = set()
        """Models that were looked at and found whole."""

    def made(self) -> "Workspace":
        """Make the store and the experiment `programs`; files of models go below the folder."""
        client = self.client()
        if client.get_experiment_by_name("programs") is None:
            place = (self.root / "artifacts").as_uri() if self.uri.startswith("sqlite") else None
            client.create_experiment("programs", artifact_location=place)
        return self.with_own_files()

    def with_own_files(self) -> "Workspace":
        """Have the Default experiment's files below the folder, not where the store was made."""
        file = self.root / "store.db"
        if file.exists():
            with contextlib.closing(sqlite3.connect(file)) as database, database:
                database.execute(
                    "update experiments set artifact_location = ? where name = 'Default'",
                    ((self.root / "mlruns" / "0").as_uri(),),
                )
        return self

    def client(self) -> Any:
        from mlflow import MlflowClient

        return MlflowClient(self.uri, self.uri)

    def settings(self, **changed: Any) -> JobSettings:
        return JobSettings(str(self.root), **{"tracking_uri": self.uri, **changed})

    def subject(
        self, text: str | None = None, name: str | None = None, file: str = "app.py"
    ) -> Subject:
        """What a job is about: the program `QA` where nothing is said."""
        if text is None:
            text, name = PROGRAM, name or "QA"
        return Subject(str(self.root / file), text, name)

    def models(self) -> list[Any]:
        experiments = [e.experiment_id for e in self.client().search_experiments()]
        return list(self.client().search_logged_models(experiment_ids=experiments))

    def runs(self, status: str | None = None) -> list[Any]:
        from mlflow.entities import ViewType

        experiments = [e.experiment_id for e in self.client().search_experiments()]
        runs = self.client().search_runs(experiments, run_view_type=ViewType.ALL)
        return [run for run in runs if status in {None, run.info.status}]

    def unfinished(self) -> list[str]:
        """What still says that it is being made."""
        runs = [f"run {r.info.run_id} is RUNNING" for r in self.runs("RUNNING")]
        return runs + [
            f"model {m.model_id} is {m.status}"
            for m in self.models()
            if str(m.status) not in {"READY", "FAILED"}
        ]

    def not_whole(self) -> list[str]:
        """What is READY and cannot be read to its last byte: logged models and versions of models."""
        import mlflow

        import dspy_flavor

        mlflow.set_tracking_uri(self.uri)
        ready = {m.model_id for m in self.models() if str(m.status) == "READY"}
        problems = []
        uris = [f"models:/{identity}" for identity in sorted(ready)]
        for version in self.client().search_model_versions():
            uris.append(f"models:/{version.name}/{version.version}")
            if version.status != "READY":
                problems.append(f"version {version.name}/{version.version} is {version.status}")
        for uri in [uri for uri in uris if uri not in self.known]:
            try:
                dspy_flavor.inspect_model(uri)
                assert dspy_flavor.load_model(uri).predictors()[0].signature.input_fields
                self.known.add(uri)
            except Exception as error:  # noqa: PERF203 - the others are looked at too
                problems.append(f"{uri} is READY and not whole: {error}")
        return problems
