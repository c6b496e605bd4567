"""Opens real VS Code in a browser, with the extension and `examples/`: what `make editor` runs.

Nothing listens beyond 127.0.0.1. Ends with Ctrl+C; the copy of the examples and the MLflow store
stay in build/editor, so that a second visit finds the first one's runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import webbrowser
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import install
from code_server import CodeServer


def main() -> int:
    """Installs, builds, serves until Ctrl+C."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fresh", action="store_true", help="start from untouched examples")
    options = parser.parse_args()
    if code := install.main(for_tests=False):
        return code
    home = CHECKOUT / "build" / "editor"
    if options.fresh:
        shutil.rmtree(home, ignore_errors=True)
    folder = home / "examples"
    if not folder.exists():
        ignored = shutil.ignore_patterns("mlruns", "mlflow.db", "__pycache__")
        shutil.copytree(CHECKOUT / "examples", folder, ignore=ignored)
    settings = {
        "dspy.interpreter": sys.executable,
        "dspy.mlflow.trackingUri": f"sqlite:///{folder}/mlflow.db",
    }
    server = CodeServer(install.CACHE, home / "code-server", build_vsix(), settings)
    # `make` forwards a termination as well as Ctrl+C: both end in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        address = server.start(folder)
        print(
            f"\nVS Code with DSPy Companion: {address}\nOpen chain_of_thought.py. Ctrl+C ends it."
        )
        # Only where there is a desktop: text browsers would take over the terminal.
        if sys.platform == "darwin" or os.environ.get("DISPLAY"):
            webbrowser.open(address)
        signal.pause()
    except KeyboardInterrupt:
        print("\nClosing.")
    finally:
        server.stop()
    return 0


def build_vsix() -> Path:
    """The extension, made from this checkout."""
    client = CHECKOUT / "vscode-client"
    print("Building the extension ...", flush=True)
    subprocess.run([sys.executable, "scripts/bundle.py"], cwd=client, check=True)
    subprocess.run(
        ["node", "scripts/package.mjs"], cwd=client, check=True, stdout=subprocess.DEVNULL
    )
    return max((client / "dist").glob("*.vsix"), key=lambda file: file.stat().st_mtime)


if __name__ == "__main__":
    sys.exit(main())
