"""Writes the table of optimizer parameters from the releases themselves.

    .venv/bin/python tests/rules/make_parameter_tables.py

Uses the environments of `tests/parity/environments.py` and writes `rules/tables/parameters.json`.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "server/dspy_language_server/rules/tables/parameters.json"
PROBE = Path(__file__).with_name("probe_parameters.py")


def measure(interpreter: Path) -> dict:
    """The table of one release."""
    done = subprocess.run([interpreter, PROBE], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    sys.path.insert(0, str(ROOT / "tests" / "parity"))
    from environments import RELEASES, for_release

    table = {release: measure(for_release(release)) for release in RELEASES}
    TABLE.write_text(json.dumps(table, separators=(",", ":")) + "\n", "utf-8")
    print(f"wrote {TABLE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
