"""Starts the bundled language server, run by the chosen Python as `python -I -S serve.py`.

`-I -S` keeps everything out of the path but the standard library and what is added here: neither
the workspace nor the interpreter's own packages can replace a module of the server.
"""

import sys
from pathlib import Path

BUNDLED = Path(__file__).resolve().parent
sys.path[:0] = [str(BUNDLED / "server"), str(BUNDLED / "libs")]

from dspy_language_server.cli import main  # noqa: E402  - the path has to be set first

if __name__ == "__main__":
    sys.exit(main())
