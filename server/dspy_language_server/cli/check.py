"""`check`: findings of files and folders, for people and for machines."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from dspy_language_server.cli import CLEAN, FINDINGS, analyse
from dspy_language_server.cli.formats import WRITERS
from dspy_language_server.rules import catalog

BEGINNING = {"line": 1, "column": 1}


def check(options: argparse.Namespace) -> int:
    """Runs the command."""
    paths, task, problems = analyse.plan(
        options.paths,
        python=options.python,
        dspy_version=options.dspy_version,
        select=options.select,
        ignore=options.ignore,
    )
    for problem in problems:
        sys.stderr.write(f"dspy-language-server: {problem}\n")
    entries = list(analyse.run(paths, task, report))
    WRITERS[options.format](entries, sys.stdout)
    failing = {"error", "warning"} if options.strict else {"error"}
    return FINDINGS if any(entry["severity"] in failing for entry in entries) else CLEAN


def report(analysed: analyse.Analysed, task: analyse.Task) -> list[dict[str, Any]]:
    """The findings of one file, as the design's JSON has them."""
    if analysed.error is not None or analysed.program is None:
        return [
            {
                "path": analysed.path,
                "code": analyse.UNREADABLE,
                "severity": "error",
                "message": analysed.error or "The file cannot be read.",
                "url": None,
                "start": BEGINNING,
                "end": BEGINNING,
            }
        ]
    found = catalog.check(
        analysed.program, dialect=analysed.dialect, configuration=task.configuration
    )
    return [
        {
            "path": analysed.path,
            "code": finding.code,
            "severity": finding.severity.value,
            "message": finding.message,
            "url": None,
            **analysed.place(finding.span),
        }
        for finding in found
    ]
