"""The peers that we are measured beside, installed from their registries into `.venvs/peers`."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".venvs" / "peers"
HERE = Path(__file__).resolve().parent
PINNED_PYTHON = HERE / "peers.txt"
PINNED_NODE = ["pyright@1.1.414"]


def ours() -> list[str]:
    """Our server's command line."""
    return [str(Path(sys.executable).with_name("dspy-language-server"))]


def noop() -> list[str]:
    """A pygls server that does nothing."""
    return [sys.executable, str(HERE / "noop_server.py")]


def ruff() -> list[str]:
    """Ruff's server, native code that knows no DSPy."""
    return [str(Path(sys.executable).with_name("ruff")), "server"]


def pyright() -> list[str] | None:
    """Pyright's server, or None where npm cannot install it."""
    script = HOME / "node_modules" / "pyright" / "langserver.index.js"
    if not script.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm")
        if npm is None:
            return None
        command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(HOME)]
        done = subprocess.run([*command, *PINNED_NODE], check=False, capture_output=True)
        if done.returncode:
            return None
    node = shutil.which("node")
    return [node, str(script), "--stdio"] if node else None


def jedi() -> list[str] | None:
    """jedi-language-server, or None where it cannot be installed."""
    program = HOME / "venv" / "bin" / "jedi-language-server"
    if not program.exists():
        uv = str(Path(sys.executable).with_name("uv"))
        python = str(HOME / "venv" / "bin" / "python")
        for command in (
            [uv, "venv", "--quiet", "--clear", str(HOME / "venv")],
            [
                uv,
                "pip",
                "install",
                "--quiet",
                "--compile-bytecode",
                "--python",
                python,
                "-r",
                str(PINNED_PYTHON),
            ],
        ):
            if subprocess.run(command, check=False, capture_output=True).returncode:
                return None
    return [str(program)]
