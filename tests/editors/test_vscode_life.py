"""Trust, crashes and the end of an editor, in real VS Code."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest
from processes import kill, processes_of, server_of
from workbench import until

pytestmark = [pytest.mark.editors, pytest.mark.timeout(600)]

MISTAKE = 'import dspy\n\nqa = dspy.Predict("question -> answer: flot")\n'
SQUIGGLES = ".squiggly-error, .squiggly-warning"


def test_restricted_mode_checks_and_runs_nothing_until_trust_is_granted(open_window):
    server, workbench = open_window(trusted=False)
    # Were it run by logging or looking around, this file would leave a trace.
    file = workbench.write(
        "suspect.py",
        "import dspy\nfrom pathlib import Path\n\n"
        f'Path("{workbench.folder}/it-ran").touch()\n\n\n'
        'class Suspect(dspy.Module):\n    """Writes a file."""\n\n'
        "    def __init__(self):\n        super().__init__()\n"
        f'        Path("{workbench.folder}/it-ran").touch()\n'
        '        self.ask = dspy.Predict("question -> answer")\n',
    )
    workbench.write("mistake.py", MISTAKE)
    workbench.open("mistake.py")
    workbench.see(SQUIGGLES)

    # What the workspace itself names is not started either, though a restart looks for a Python.
    python = workbench.write("python", f"#!/bin/sh\ntouch {workbench.folder}/it-ran\n")
    python.chmod(0o755)
    (workbench.folder / ".vscode").mkdir()
    settings = workbench.write(".vscode/settings.json", f'{{"dspy.interpreter": "{python}"}}')
    first = server_of(server.home)
    workbench.command("DSPy: Restart Server")
    until(lambda: _other_server(server.home, first))
    assert not (workbench.folder / "it-ran").exists()
    settings.unlink()

    workbench.open("suspect.py")
    workbench.go_to_text(file, "class Suspect", 7)
    workbench.command("DSPy: Log Module to MLflow")
    said = workbench.notification("Restricted Mode")
    workbench.screenshot("restricted")
    assert "Manage Workspace Trust" in said
    assert not (workbench.folder / "it-ran").exists()
    assert not any("dspy_flavor" in command for command in processes_of(server.home).values())

    workbench.clear_notifications()
    workbench.command("Workspaces: Manage Workspace Trust")
    workbench.browser.do("click", selector=".workspace-trust-editor .monaco-button", text="Trust")
    workbench.gone(".statusbar-item", "Restricted Mode")
    workbench.screenshot("trusted")

    workbench.open("chain_of_thought.py")
    workbench.go_to_text(workbench.folder / "chain_of_thought.py", "class CoT", 7)
    workbench.command("DSPy: Log Module to MLflow")
    workbench.notification("Logged to MLflow")
    client = mlflow.MlflowClient(f"sqlite:///{workbench.folder}/mlflow.db")
    assert client.search_runs([client.search_experiments()[0].experiment_id])


def test_a_server_that_was_killed_comes_back_by_itself(open_window):
    server, workbench = open_window()
    file = workbench.write("mistake.py", MISTAKE)
    workbench.open("mistake.py")
    workbench.see(SQUIGGLES)
    first = server_of(server.home)
    kill(first)
    second = until(lambda: _other_server(server.home, first))
    assert second != first
    # The new server knows the open document, and answers what is typed now.
    workbench.go_to_text(file, "flot", 1)
    workbench.hover("flot", "Output field")
    workbench.screenshot("back-again")

    workbench.press("Escape")
    workbench.command("DSPy: Restart Server")
    assert until(lambda: _other_server(server.home, second))


@pytest.mark.parametrize("way", ["closed", "killed"])
def test_no_process_survives_the_editor(open_window, way: str):
    server, workbench = open_window()
    workbench.open("chain_of_thought.py")
    workbench.go_to_text(workbench.folder / "chain_of_thought.py", "class CoT", 7)
    workbench.command("DSPy: Log Module to MLflow")
    workbench.notification("Logged to MLflow")
    running = processes_of(server.home)
    assert any("serve.py" in command for command in running.values())
    assert any("dspy_flavor" in command for command in running.values()), running
    if way == "closed":
        server.stop()
    else:
        # The editor alone: its server and worker have to notice by themselves.
        for pid, command in running.items():
            if not Path(command.split()[0]).name.startswith("python"):
                kill(pid)
    until(lambda: not processes_of(server.home))


def _other_server(home, than: int) -> int | None:
    servers = [pid for pid, command in processes_of(home).items() if "serve.py" in command]
    return servers[0] if len(servers) == 1 and servers[0] != than else None
