"""An untrusted workspace: the server refuses by itself whatever would run its code."""

import sys

import pytest

from dspy_language_server.lsp.commands import COMMANDS

RUNNING = [
    "dspy.log",
    "dspy.plan",
    "dspy.run",
    "dspy.openRun",
    "dspy.compareRuns",
    "dspy.diffLogged",
    "dspy.previewPrompt",
]
SOURCE = 'import dspy\nqa = dspy.Predict("question -> answer")\n'


def opened(wire, folder, **options):
    wire.initialize(rootUri=folder.as_uri(), initializationOptions=options)
    uri = (folder / "app.py").as_uri()
    document = {"uri": uri, "languageId": "python", "version": 1, "text": SOURCE}
    wire.send(method="textDocument/didOpen", params={"textDocument": document})
    return uri


@pytest.mark.parametrize("command", RUNNING)
def test_commands_sent_by_hand_are_refused(wire, tmp_path, command):
    uri = opened(wire, tmp_path)
    given = {"uri": uri, "name": "qa", "run_id": "x", "position": {"line": 1, "character": 20}}
    arguments = {key: given[key] for key in COMMANDS[command].arguments if key in given}
    wire.send(
        id=1,
        method="workspace/executeCommand",
        params={"command": command, "arguments": [arguments]},
    )
    error = wire.answer(1)["error"]
    assert error["data"]["code"] == "untrusted"
    assert "not trusted" in error["message"]


def test_an_interpreter_of_the_workspace_is_not_considered(wire, tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    marker = tmp_path / "was-run"
    python.write_text(f"#!/bin/sh\ntouch {marker}\n")
    python.chmod(0o755)
    opened(wire, tmp_path, settings={"interpreter": str(python)})
    wire.send(id=1, method="workspace/executeCommand", params={"command": "dspy.information"})
    assert wire.answer(1)["result"]["interpreter"] != str(python)
    assert not marker.exists()


def test_trust_can_be_granted_later(wire, tmp_path):
    opened(wire, tmp_path, settings={"interpreter": sys.executable})
    wire.send(method="dspy/didGrantTrust", params={})
    wire.send(id=1, method="workspace/executeCommand", params={"command": "dspy.information"})
    assert wire.answer(1)["result"]["trusted"] is True


def test_the_worker_starts_when_a_trusted_workspace_shows_dspy(wire, tmp_path):
    opened(wire, tmp_path, settings={"interpreter": sys.executable})
    wire.send(id=1, method="textDocument/codeLens", params={"textDocument": {"uri": "file:///x"}})
    wire.answer(1)
    states = [m["params"]["worker"] for m in wire.seen if m.get("method") == "dspy/status"]
    assert set(states) <= {"off"}
    wire.send(method="dspy/didGrantTrust", params={})
    while wire.receive().get("params", {}).get("worker") != "starting":
        pass
