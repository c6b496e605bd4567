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


# Answers the extension's question as a Python of this version does; runs no program.
ANSWERS_AS_PYTHON = """\
#!/bin/sh
case "$2" in
-c) echo '{{"executable": "'"$0"'", "version": {version}, "implementation": "cpython", "freeThreaded": false}}' ;;
*) exit 3 ;;
esac
"""


def program(file: Path, text: str) -> str:
    """Writes an executable file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return str(file)


@pytest.fixture
def host(tmp_path: Path, editors: Path, python: Path, request: pytest.FixtureRequest) -> Host:
    """A window on a copy of `examples/`, set up for one suite."""
    folder = tmp_path / "examples"
    ignored = shutil.ignore_patterns("ml*", "__pycache__")
    shutil.copytree(CHECKOUT / "examples", folder, ignore=ignored)
    bare = tmp_path / "bare"
    subprocess.run([str(python), "-m", "venv", "--without-pip", str(bare)], check=True)
    broken = ANSWERS_AS_PYTHON.format(version=[3, 12, 0])
    host = Host(
        editors,
        tmp_path / "home",
        folder,
        settings={
            "dspy.interpreter": str(python),
            "dspy.mlflow.trackingUri": f"sqlite:///{folder}/mlflow.db",
        },
        environment={
            "DSPY_TEST_SELECTED": str(python),
            "DSPY_TEST_OTHER": str(bare / "bin" / "python"),
            "DSPY_TEST_BROKEN": program(tmp_path / "broken" / "python", broken),
        },
    )
    match request.getfixturevalue("suite"):
        case "interpreter":
            del host.settings["dspy.interpreter"]
            host.extensions = (CLIENT / "out" / "python_environments",)
        case "missing":
            del host.settings["dspy.interpreter"]
            old = ANSWERS_AS_PYTHON.format(version=[3, 8, 18])
            only = Path(program(tmp_path / "old" / "python3", old)).parent
            host.environment["PATH"] = str(only)
    return host


@pytest.mark.usefixtures("suites")
@pytest.mark.parametrize("suite", SUITES)
def test_suite(host: Host, suite: str, vsix: Path):
    report = host.run(suite, vsix)
    failures = [f"{one['fullTitle']}: {one['err'].get('stack')}" for one in report["failures"]]
    assert not failures, "\n\n".join([*failures, host.log()])
    assert report["stats"]["passes"] == report["stats"]["tests"] > 0
