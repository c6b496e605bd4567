"""`inspect`: every signature of files and folders, with its fields, as JSON."""

from __future__ import annotations

import argparse
import ast
import json
import sys
from typing import Any

from dspy_language_server.cli import CLEAN, FINDINGS, analyse
from dspy_language_server.program.model import ClassDefinition, SignatureString
from dspy_language_server.rules import catalog
from dspy_language_server.signature.model import Severity, Span


def inspect(options: argparse.Namespace) -> int:
    """Runs the command; unreadable files are told on stderr and make the exit code 1."""
    paths, task, _ = analyse.plan(
        options.paths, python=options.python, dspy_version=options.dspy_version
    )
    entries = []
    code = CLEAN
    for entry in analyse.run(paths, task, report):
        if "error" in entry:
            sys.stderr.write(f"{entry['path']}: {entry['error']}\n")
            code = FINDINGS
        else:
            entries.append(entry)
    json.dump(entries, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
    return code


def report(analysed: analyse.Analysed, _: analyse.Task) -> list[dict[str, Any]]:
    """The signatures of one file in source order."""
    program = analysed.program
    if analysed.error is not None or program is None:
        return [{"path": analysed.path, "error": analysed.error}]
    errors = [
        finding.span
        for finding in catalog.check(program, dialect=analysed.dialect)
        if finding.severity is Severity.ERROR
    ]
    found = [(string.span, _string(analysed, string)) for string in program.strings()]
    found += [
        (definition.span, _class(analysed, definition, errors))
        for definition in program.classes()
        if definition.kind == "signature" and definition.signature is not None
    ]
    return [entry for _, entry in sorted(found, key=lambda item: item[0])]


def _string(analysed: analyse.Analysed, string: SignatureString) -> dict[str, Any]:
    reading = string.reading
    return {
        "path": analysed.path,
        **_start(analysed, string.span),
        "kind": "string",
        "callee": string.callee,
        "valid": reading.accepted,
        "inputs": [_field(f.name, f.type_text, f.resolved) for f in reading.inputs],
        "outputs": [_field(f.name, f.type_text, f.resolved) for f in reading.outputs],
    }


def _class(
    analysed: analyse.Analysed, definition: ClassDefinition, errors: list[Span]
) -> dict[str, Any]:
    signature = definition.signature
    assert signature is not None
    span = definition.span
    wrong = any(span.start <= error.start and error.end <= span.end for error in errors)
    return {
        "path": analysed.path,
        **_start(analysed, definition.name_span),
        "kind": "class",
        "callee": definition.name,
        "valid": not wrong if signature.complete else None,
        "inputs": [_field(f.name, f.type_text, f.resolved) for f in signature.inputs],
        "outputs": [_field(f.name, f.type_text, f.resolved) for f in signature.outputs],
    }


def _start(analysed: analyse.Analysed, span: Span) -> dict[str, Any]:
    place = analysed.place(span)
    del place["end"]
    return place


def _field(name: str, type_text: str | None, resolved: str | None) -> dict[str, str | None]:
    return {"name": name, "type": _one_spacing(type_text or "str"), "resolved": resolved}


def _one_spacing(type_text: str) -> str:
    """A type as written, with one spacing."""
    try:
        return ast.unparse(ast.parse(type_text.strip(), mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(type_text.split())
