"""How large the packaged extension is, and how long its server takes to be ready.

    python tests/benchmarks/bench_package.py [--rounds 15] [--json FILE]

The server is the one that `vscode-client/scripts/bundle.py` makes for this platform, started as the
extension starts it: from the process's start to the answer of `initialize`. Sizes are those of
the packages in vscode-client/dist, where `make package-all` has left them.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wire import Wire

CLIENT = Path(__file__).resolve().parents[2] / "vscode-client"


def bundle(folder: Path) -> Path:
    """The server and its libraries as they are packaged; returns what is started."""
    script = CLIENT / "scripts" / "bundle.py"
    subprocess.run([sys.executable, str(script), "--into", str(folder)], check=True)
    return folder / "serve.py"


def start_once(serve: Path, root: Path) -> float:
    """Seconds from the process's start until it is initialized."""
    began = time.perf_counter()
    wire = Wire([sys.executable, "-I", "-S", str(serve)], root=root)
    wire.initialize()
    took = time.perf_counter() - began
    wire.close()
    return took


def sizes() -> dict[str, int]:
    """Bytes of each package by its platform."""
    found = {}
    for file in sorted((CLIENT / "dist").glob("*.vsix")):
        target = "-".join(file.stem.rsplit("-", 2)[1:])
        found[target] = file.stat().st_size
    return found


def main() -> int:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not sizes():
        print("There are no packages to weigh: run `make package-all` first.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary).resolve()
        serve = bundle(root / "bundled")
        start_once(serve, root)  # compiles the modules, as the first start after an install does
        times = [start_once(serve, root) for _ in range(arguments.rounds)]
    figures = {"start": statistics.median(times), "sizes": sizes()}
    print(f"start to initialized  {figures['start']:.2f} s  (median of {arguments.rounds})")
    for target, size in figures["sizes"].items():
        print(f"{target:20}  {size / 1e6:.1f} MB")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
