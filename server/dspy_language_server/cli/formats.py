"""How `check` writes its findings: text, JSON, SARIF 2.1.0, GitHub's workflow commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TextIO

from dspy_language_server import __version__
from dspy_language_server.rules import catalog
from dspy_language_server.source.letters import visible

Entries = list[dict[str, Any]]


def text(entries: Entries, out: TextIO) -> None:
    """One line per finding, and a count."""
    for entry in entries:
        cell = f":cell {entry['cell']}" if "cell" in entry else ""
        start = entry["start"]
        path = visible(entry["path"]).replace("\n", "\\n")
        out.write(
            f"{path}{cell}:{start['line']}:{start['column']}: "
            f"{entry['severity']} {entry['code']} {entry['message']}\n"
        )
    if entries:
        counts = dict.fromkeys(("error", "warning", "information", "hint"), 0)
        for entry in entries:
            counts[entry["severity"]] += 1
        told = [f"{n} {level}{_plural(level, n)}" for level, n in counts.items() if n]
        out.write(f"Found {', '.join(told)}.\n")
    else:
        out.write("No problems found.\n")


def _plural(level: str, count: int) -> str:
    return "s" if count > 1 and level != "information" else ""


def as_json(entries: Entries, out: TextIO) -> None:
    """The array of the design."""
    json.dump(entries, out, indent=1, ensure_ascii=False)
    out.write("\n")


def sarif(entries: Entries, out: TextIO) -> None:
    """One run of SARIF 2.1.0, columns in code points."""
    levels = {"error": "error", "warning": "warning", "information": "note", "hint": "note"}
    used = {entry["code"] for entry in entries}
    rules = [
        {
            "id": rule.code,
            "name": rule.name,
            "shortDescription": {"text": rule.summary},
            "help": {"text": catalog.page(rule.code) or rule.summary},
        }
        for rule in catalog.RULES
        if rule.code in used
    ]
    results = [
        {
            "ruleId": entry["code"],
            "level": levels[entry["severity"]],
            "message": {"text": entry["message"]},
            "locations": [_sarif_location(entry)],
        }
        for entry in entries
    ]
    tool = {"driver": {"name": "dspy-language-server", "version": __version__, "rules": rules}}
    run = {"tool": tool, "columnKind": "unicodeCodePoints", "results": results}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    json.dump(log, out, indent=1, ensure_ascii=False)
    out.write("\n")


def _sarif_location(entry: dict[str, Any]) -> dict[str, Any]:
    start, end = entry["start"], entry["end"]
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": entry["path"].replace("\\", "/")},
            "region": {
                "startLine": start["line"],
                "startColumn": start["column"],
                "endLine": end["line"],
                "endColumn": end["column"],
            },
        }
    }
    if "cell" in entry:
        location["logicalLocations"] = [{"name": f"cell {entry['cell']}", "kind": "member"}]
    return location


def github(entries: Entries, out: TextIO) -> None:
    """Annotations of a GitHub workflow."""
    levels = {"error": "error", "warning": "warning", "information": "notice", "hint": "notice"}
    for entry in entries:
        start, end = entry["start"], entry["end"]
        message = entry["message"]
        if "cell" in entry:
            message = f"cell {entry['cell']}, line {start['line']}: {message}"
        properties = {
            "file": entry["path"],
            "line": start["line"],
            "col": start["column"],
            "endLine": end["line"],
            "endColumn": end["column"],
            "title": entry["code"],
        }
        given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
        out.write(f"::{levels[entry['severity']]} {given}::{_data(message)}\n")


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


WRITERS: dict[str, Callable[[Entries, TextIO], None]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
}
