"""Measures everything beside its peers, prints one table, and keeps the figures as JSON.

    python tests/benchmarks/run.py [--quick] [--only server]

Each part is a script of its own; one that fails leaves its rows open and the run ends with 1.
"""

import argparse
import compileall
import json
import os
import platform
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from report import RESULTS, as_text, rows

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "bench"
PARTS = {
    "signature": ["bench_signature.py"],
    "server": ["bench_server.py"],
    "flavor": ["bench_flavor.py"],
    "log": ["bench_log.py"],
    "package": ["bench_package.py"],
}
QUICK = {
    "server": ["--quick"],
    "flavor": ["--rounds", "2"],
    "log": ["--rounds", "2"],
    "package": ["--rounds", "3"],
}


def machine() -> dict[str, str | int | float]:
    """What the figures were measured on, and how busy it was."""
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else -1
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
        "load before": load,
        "day": time.strftime("%Y-%m-%d"),
    }


def compile_installed() -> None:
    """Compile all modules, as pip does when it installs; the starts that are measured load them."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print("== compiling what is installed", file=sys.stderr, flush=True)
    for folder in (sysconfig.get_path("purelib"), ROOT / "server", ROOT / "flavor"):
        compileall.compile_dir(folder, quiet=2, workers=0)


def main() -> int:
    """Run the parts, keep what they measured, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no slow peers")
    parser.add_argument("--only", choices=PARTS, action="append", help="keep the others' figures")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    compile_installed()
    kept = json.loads(RESULTS.read_text("utf-8")) if options.only and RESULTS.exists() else {}
    figures = {"machine": machine(), "parts": dict(kept.get("parts", {}))}
    failed = []
    for part in options.only or PARTS:
        print(f"== {part}", file=sys.stderr, flush=True)
        output = BUILD / f"{part}.json"
        output.unlink(missing_ok=True)
        extra = QUICK.get(part, []) if options.quick else []
        script, *arguments = PARTS[part]
        command = [sys.executable, str(HERE / script), *arguments, *extra, "--json", str(output)]
        if subprocess.run(command, check=False).returncode or not output.exists():
            failed.append(part)
            figures["parts"].pop(part, None)
        else:
            figures["parts"][part] = json.loads(output.read_text("utf-8"))
    # A quick look is not worth keeping.
    target = BUILD / "quick.json" if options.quick else RESULTS
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(f"\n{as_text(rows(figures['parts']))}\n\nwritten to {target.relative_to(ROOT)}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
