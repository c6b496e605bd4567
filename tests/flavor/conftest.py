"""A real store, a real endpoint for the language model, and programs of each kind."""

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from openai_endpoint import Endpoint


@pytest.fixture
def endpoint():
    server = Endpoint()
    yield server
    server.close()


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """A sqlite store as MLflow creates it; tests get copies, since creating one takes seconds."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    # By a client: setting the process's tracking URI would outlive this session's flavor tests.
    # In its own folder: the first experiment keeps its artifacts below the current one.
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        MlflowClient(f"sqlite:///{path}").search_experiments()
    finally:
        os.chdir(before)
    return path


@pytest.fixture(autouse=True)
def store(empty_store, tmp_path, monkeypatch):
    """A tracking store of the test's own."""
    import mlflow

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    path = tmp_path / "mlflow.db"
    shutil.copyfile(empty_store, path)
    uri = f"sqlite:///{path}"
    mlflow.set_tracking_uri(uri)
    mlflow.create_experiment("programs", artifact_location=(tmp_path / "artifacts").as_uri())
    mlflow.set_experiment("programs")
    yield uri
    while mlflow.active_run():
        mlflow.end_run()
    # Loading a model makes it the process's active one; it is no model of the next test's store.
    mlflow.clear_active_model()


@pytest.fixture(autouse=True)
def settings():
    """DSPy's settings as they were, whatever a test or a load configures."""
    from importlib import import_module

    module = import_module("dspy.dsp.utils.settings")
    before = dict(module.main_thread_config)
    yield module.main_thread_config
    module.main_thread_config.clear()
    module.main_thread_config.update(before)


@pytest.fixture
def lm(endpoint, settings):
    """A language model behind the endpoint, configured as a script configures it."""
    import dspy

    model = dspy.LM("openai/test", api_base=endpoint.url, api_key="sk-none", cache=False)
    settings["lm"] = model
    return model


@pytest.fixture
def log(store):
    """Log a program, in a run, and return the model's info."""
    import mlflow

    import dspy_flavor

    def log(program, **arguments):
        with mlflow.start_run():
            return dspy_flavor.log_model(program, name="model", **arguments)

    return log


@pytest.fixture
def folder():
    """The local folder of a logged model."""
    from mlflow.artifacts import download_artifacts

    return lambda info: Path(download_artifacts(info.model_uri))


@pytest.fixture(params=["cloudpickle", "source"])
def serialization_format(request):
    return request.param


@pytest.fixture
def everything_published(store, tmp_path):
    """All bytes that a test has put into the store: its database and every artifact."""

    def read():
        database = Path(store.removeprefix("sqlite:///")).read_bytes()
        files = (path for path in (tmp_path / "artifacts").rglob("*") if path.is_file())
        return database + b"".join(path.read_bytes() for path in files)

    return read


def pytest_sessionstart(session):
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
