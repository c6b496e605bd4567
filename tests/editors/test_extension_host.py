"""The extension's own suites (vscode-client/test/host), inside the extension host of real VS Code."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from extension_host import CLIENT, Host

pytestmark = [pytest.mark.editors, pytest.mark.timeout(600)]

CHECKOUT = CLIENT.parent
SUITES = sorted(path.name.removesuffix(".host.ts") for path in CLIENT.glob("test/host/*.host.ts"))


@pytest.fixture(scope="module")
def suites() -> None:
    """The suites, bundled from this checkout."""
    command = ["node", "scripts/test.mjs", "--host"]
    result = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture
def host(tmp_path: Path, editors: Path, python: Path) -> Host:
    """A window on a copy of `examples/`, with the interpreter of this checkout."""
    folder = tmp_path / "examples"
    ignored = shutil.ignore_patterns("ml*", "__pycache__")
    shutil.copytree(CHECKOUT / "examples", folder, ignore=ignored)
    settings = {
        "dspy.interpreter": str(python),
        "dspy.mlflow.trackingUri": f"sqlite:///{folder}/mlflow.db",
    }
    return Host(editors, tmp_path / "home", folder, settings)


@pytest.mark.usefixtures("suites")
@pytest.mark.parametrize("suite", SUITES)
def test_suite(host: Host, suite: str, vsix: Path):
    report = host.run(suite, vsix)
    failures = [f"{one['fullTitle']}: {one['err'].get('stack')}" for one in report["failures"]]
    assert not failures, "\n\n".join([*failures, host.log()])
    assert report["stats"]["passes"] == report["stats"]["tests"] > 0
