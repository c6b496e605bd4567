"""Keeps the campaign's figures, and writes the table of docs/reliability.md from them.

python tests/soak/kept.py          writes the table anew
python tests/soak/kept.py --check  fails where it is not what the kept figures say
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "figures.json"
DOCUMENT = HERE.parents[1] / "docs" / "reliability.md"
BLOCK = re.compile(r"(<!-- soak: (\w+) -->\n).*?(<!-- end of soak -->)", re.DOTALL)


def figures() -> dict[str, Any]:
    """The figures of each row's last kept run, by the row's short name."""
    if not RESULTS.exists():
        return {}
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return found


def keep(name: str, row: dict[str, Any]) -> None:
    """Keep a row's figures in place of its earlier ones, and write the document."""
    RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps({**figures(), name: row}, indent=1, ensure_ascii=False)
    RESULTS.write_text(f"{text}\n", "utf-8")
    DOCUMENT.write_text(rendered(DOCUMENT.read_text("utf-8")), "utf-8")


def _said(figures: dict[str, Any]) -> str:
    return ", ".join(
        f"{value:,} {name}" if isinstance(value, int) else f"{name} {value}"
        for name, value in figures.items()
        if name != "seconds"
    )


def _table(rows: dict[str, Any]) -> str:
    lines = [
        "| `ONLY=` | what is done | to reach | figures | verdict |\n| --- | --- | --- | --- | --- |"
    ]
    for name, row in rows.items():
        problems = row["problems"]
        verdict = f"{problems} problems" if problems else "held"
        told = row["run"]
        run = f"seed {told['seed']}, scale {told['scale']:g}, {row['figures'].get('seconds', 0):,.0f} s"
        how = f"{_said(row['figures'])} ({run})"
        lines.append(f"| `{name}` | {row['name']} | {row['wanted']} | {how} | {verdict} |")
    return "\n".join(lines) + "\n"


def _series(rows: dict[str, Any]) -> str:
    lines = rows.get("long", {}).get("series") or ["no series is kept yet"]
    return "\n".join(["```", *lines, "```"]) + "\n"


def _run(rows: dict[str, Any]) -> str:
    runs = [row["run"] for row in rows.values()]
    if not runs:
        return "No figures are kept yet.\n"
    last = max(runs, key=lambda run: run["day"])
    return f"Kept on {last['day']}: {last['system']}, {last['cores']} cores, Python {last['python']}.\n"


PARTS = {"table": _table, "series": _series, "run": _run}


def rendered(text: str) -> str:
    """A document's text with its blocks as the kept figures have them."""
    rows = figures()
    return BLOCK.sub(lambda m: f"{m[1]}{PARTS[m[2]](rows)}{m[3]}", text)


def main() -> int:
    """Write the document, or say that it is out of date."""
    text = DOCUMENT.read_text("utf-8")
    if rendered(text) == text:
        return 0
    if "--check" in sys.argv:
        print("docs/reliability.md is out of date: run tests/soak/kept.py")
        return 1
    DOCUMENT.write_text(rendered(text), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
