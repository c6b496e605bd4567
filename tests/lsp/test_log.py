"""From the light bulb to a run in MLflow, over the wire, with the real worker and a real store."""

import shutil
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FAILING = """\
import dspy


class Broken(dspy.Module):
    def __init__(self):
        super().__init__()
        self.ratio = 1 / 0
"""
SLOW = FAILING.replace("1 / 0", "__import__('time').sleep(600)")


class Session:
    """A trusted workspace with the offline examples and a store of its own."""

    def __init__(self, wire, folder: Path) -> None:
        self.wire = wire
        self.folder = folder
        self.store = f"sqlite:///{folder}/store.db"
        for name in ("chain_of_thought.py", "offline_lm.py"):
            shutil.copy(EXAMPLES / name, folder)
        settings = {"interpreter": sys.executable, "mlflow": {"trackingUri": self.store}}
        wire.initialize(
            capabilities={"textDocument": {"codeAction": {"codeActionLiteralSupport": {
                "codeActionKind": {"valueSet": ["refactor"]}}}}},
            rootUri=folder.as_uri(),
            workspaceFolders=[{"uri": folder.as_uri(), "name": "app"}],
            initializationOptions={"workspaceTrusted": True, "settings": settings},
        )  # fmt: skip

    def open(self, name: str, text: str) -> str:
        uri = (self.folder / name).as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.wire.send(method="textDocument/didOpen", params={"textDocument": document})
        return uri

    def execute(self, arguments: dict, *, token: str) -> None:
        """Sends the command; its request has the token as its id."""
        params = {"command": "dspy.log", "arguments": [arguments], "workDoneToken": token}
        self.wire.send(id=token, method="workspace/executeCommand", params=params)

    def progress(self, token: str) -> list[dict]:
        return [
            message["params"]["value"]
            for message in self.wire.seen
            if message.get("method") == "$/progress" and message["params"]["token"] == token
        ]


@pytest.fixture
def session(wire, tmp_path: Path) -> Session:
    return Session(wire, tmp_path)


def test_the_code_action_logs_the_class_and_says_where_it_is(session):
    text = (session.folder / "chain_of_thought.py").read_text("utf-8")
    uri = session.open("chain_of_thought.py", text)
    line = text[: text.index("class CoT")].count("\n")
    at = {"line": line, "character": 7}
    params = {"textDocument": {"uri": uri}, "range": {"start": at, "end": at},
              "context": {"diagnostics": []}}  # fmt: skip
    session.wire.send(id="actions", method="textDocument/codeAction", params=params)
    actions = session.wire.answer("actions")["result"]
    action = next(a for a in actions if a["title"] == "Log `CoT` to MLflow")
    assert action["command"]["command"] == "dspy.log"

    session.execute(action["command"]["arguments"][0], token="log")
    result = session.wire.answer("log")["result"]
    client = MlflowClient(session.store)
    assert client.get_run(result["run_id"]).info.status == "FINISHED"
    model = client.get_logged_model(result["model_id"])
    assert (str(model.status), model.model_uri) == ("READY", result["model_uri"])

    kinds = [value["kind"] for value in session.progress("log")]
    assert (kinds[0], kinds[-1]) == ("begin", "end")
    assert "report" in kinds
    shown = [m["params"]["message"] for m in session.wire.seen
             if m.get("method") == "window/showMessage"]  # fmt: skip
    assert len(shown) == 1
    for part in (
        "Logged CoT to MLflow",
        f'run "{result["run_name"]}"',
        f'experiment "{result["experiment_name"]}"',
        result["model_uri"],
        f"mlflow ui --backend-store-uri {session.store}",
    ):
        assert part in shown[0]


def test_a_failing_constructor_is_an_error_with_the_line_of_the_file(session):
    uri = session.open("broken.py", FAILING)
    session.execute({"uri": uri, "name": "Broken"}, token="log")
    error = session.wire.answer("log")["error"]
    assert "ZeroDivisionError" in error["message"]
    assert "broken.py" in error["message"]
    assert "line 7" in error["message"] or "broken.py:7" in error["message"]
    assert session.progress("log")[-1]["kind"] == "end"


def test_a_cancelled_request_ends_the_job_and_the_next_one_is_answered(session):
    uri = session.open("slow.py", SLOW)
    session.execute({"uri": uri, "name": "Broken"}, token="log")
    while not any("Running" in step.get("message", "") for step in session.progress("log")):
        session.wire.receive()
    session.wire.send(method="$/cancelRequest", params={"id": "log"})
    assert "error" in session.wire.answer("log")
    assert session.progress("log")[-1]["kind"] == "end"
    failing = session.open("broken.py", FAILING)
    session.execute({"uri": failing, "name": "Broken"}, token="next")
    assert "ZeroDivisionError" in session.wire.answer("next")["error"]["message"]
