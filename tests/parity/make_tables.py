"""Writes the signature language's tables from the releases themselves.

    python tests/parity/make_tables.py [RELEASE …] [python3.12 …]

Without arguments: every supported dspy release and every supported Python. Python 3.14 is measured in a build for
WebAssembly, in Node.js: what that build cannot import is taken over from the table before.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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
    save(json.loads(done.stdout), target)


def write_wasm(version: str) -> None:
    """Measures a Python for WebAssembly, with the standard modules that dspy imports in the newest other one."""
    previous = environments.PYTHONS[environments.PYTHONS.index(version) - 1]
    target = TABLES / f"python-{version}.jsonl"
    print(f"Measuring {target.stem} ...", flush=True)
    code = "import sys, dspy; print(*(n for n in sys.modules if n.split('.')[0] in sys.stdlib_module_names))"
    listed = subprocess.run(
        [environments.for_python(previous), "-W", "ignore", "-c", code],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ).stdout.split()  # fmt: skip
    folder = environments.for_wasm(version)
    done = subprocess.run(
        ["node", HERE / "wasm.mjs", folder, "probe_python.py", *listed],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    table = json.loads(done.stdout[done.stdout.index("{") :])
    lines = (TABLES / f"python-{previous}.jsonl").read_text("utf-8").splitlines()
    known = dict(json.loads(line) for line in lines[1:])
    standard = set(table["standard"])
    measured = table["modules"]
    heads = {name: name.partition(".")[0] for name in known}
    borrowed = [n for n, head in heads.items() if head in standard and head not in measured]
    table["modules"].update({name: known[name] for name in borrowed})
    table["borrowed"] = borrowed
    save(table, target)


def save(table: dict[str, Any], target: Path) -> None:
    """Writes a table; that of a Python with a line for each module, to be read when one is needed."""
    if target.suffix == ".json":
        target.write_text(json.dumps(table, indent=0, sort_keys=True) + "\n")
        return
    modules = table.pop("modules")
    parts = [table, *([name, modules[name]] for name in sorted(modules))]
    target.write_text("".join(json.dumps(part, sort_keys=True) + "\n" for part in parts))


def main(wanted: list[str]) -> None:
    for release in environments.RELEASES:
        if not wanted or release in wanted:
            python = environments.for_release(release)
            write(python, "probe_release.py", TABLES / f"dspy-{release}.json")
    for version in environments.PYTHONS:
        if wanted and f"python{version}" not in wanted:
            continue
        if version in environments.IN_WASM:
            write_wasm(version)
        else:
            python = environments.for_python(version)
            write(python, "probe_python.py", TABLES / f"python-{version}.jsonl")


if __name__ == "__main__":
    main(sys.argv[1:])
