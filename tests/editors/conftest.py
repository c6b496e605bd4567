"""Fixtures of the tests in real editors: the editors, the packaged extension, one VS Code window."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from code_server import CodeServer
from editor_browser import Browser
from outcomes import FAILED
from workbench import Workbench

CACHE = CHECKOUT / ".cache" / "editors"
CLIENT = CHECKOUT / "vscode-client"
SCREENSHOTS = CHECKOUT / "build" / "screenshots"
PYTHON = CHECKOUT / ".venv" / "bin" / "python"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Tells a test's fixtures whether it failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def editors() -> Path:
    """The folder of the installed editors; installs what is missing."""
    result = subprocess.run(
        [sys.executable, str(HERE / "install.py")], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return CACHE


@pytest.fixture(scope="session")
def vsix() -> Path:
    """The extension as people install it, made from this checkout."""
    for command in (
        [sys.executable, "scripts/bundle.py"],
        ["node", "scripts/package.mjs"],
    ):
        result = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "WARNING" not in result.stdout + result.stderr
    return max((CLIENT / "dist").glob("*.vsix"), key=lambda file: file.stat().st_mtime)


@pytest.fixture(scope="session")
def python() -> Path:
    """The interpreter with dspy and mlflow that programs run with."""
    return PYTHON


OpenWindow = Callable[..., tuple[CodeServer, Workbench]]


@pytest.fixture(scope="module")
def open_window(
    editors: Path, vsix: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenWindow]:
    """Opens a copy of `examples/` in a fresh VS Code; all are closed at the end."""
    open_servers: list[CodeServer] = []
    open_browsers: list[Browser] = []

    def open_it(*, trusted: bool = True) -> tuple[CodeServer, Workbench]:
        home = tmp_path_factory.mktemp("vscode")
        folder = home / "examples"
        shutil.copytree(
            CHECKOUT / "examples", folder, ignore=shutil.ignore_patterns("ml*", "__pycache__")
        )
        settings = {
            "dspy.interpreter": str(PYTHON),
            "dspy.mlflow.trackingUri": f"sqlite:///{folder}/mlflow.db",
        }
        server = CodeServer(editors, home / "code-server", vsix, settings, trusted=trusted)
        open_servers.append(server)
        address = server.start(folder)
        browser = Browser(editors)
        open_browsers.append(browser)
        return server, Workbench(browser, address, folder, SCREENSHOTS)

    yield open_it
    for browser in open_browsers:
        browser.close()
    for server in open_servers:
        server.stop()
