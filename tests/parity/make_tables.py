"""Writes the signature language's tables from the releases themselves.

    python tests/parity/make_tables.py [RELEASE …] [python3.12 …]

Without arguments: every supported dspy release and every Python that is installed.
"""

import json
import subprocess
import sys
from pathlib import Path

import environments

HERE = Path(__file__).resolve().parent
TABLES = environments.ROOT / "server" / "dspy_language_server" / "signature" / "tables"


def write(interpreter: Path, probe: str, target: Path) -> None:
    print(f"Measuring {target.stem} ...", flush=True)
    done = subprocess.run(
        [interpreter, "-W", "ignore", HERE / probe],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    table = json.loads(done.stdout)
    target.write_text(json.dumps(table, indent=0, sort_keys=True, ensure_ascii=True) + "\n")


def main(wanted: list[str]) -> None:
    for release in environments.RELEASES:
        if not wanted or release in wanted:
            python = environments.for_release(release)
            write(python, "probe_release.py", TABLES / f"dspy-{release}.json")
    for version in environments.PYTHONS:
        if not wanted or f"python{version}" in wanted:
            python = environments.for_python(version)
            write(python, "probe_python.py", TABLES / f"python-{version}.json")


if __name__ == "__main__":
    main(sys.argv[1:])
