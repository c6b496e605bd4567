"""Checks real code and lists every finding of severity error.

    .venv/bin/python tests/realworld/survey.py            # prints what differs from the kept list
    .venv/bin/python tests/realworld/survey.py --warnings # prints warnings too
    .venv/bin/python tests/realworld/survey.py --write    # keeps reasons, adds what is new

The kept list, `expected_findings.json`, gives for each finding the reason why it is right.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KEPT = HERE / "expected_findings.json"
PACKAGES = ("dspy", "gepa", "mlflow")
# Both fixed by tests/requirements.lock, like the packages themselves.
RELEASE = "3.4.1"


class Row(NamedTuple):
    """One finding, in the words of the kept list."""

    where: str
    line: int
    code: str
    severity: str
    text: str
    message: str

    @property
    def key(self) -> str:
        """What makes it the same finding when lines move: the file, the code, the text."""
        return f"{self.where} {self.code} {self.text}"


def package_folder(name: str) -> Path:
    spec = find_spec(name)
    assert spec is not None, f"{name} is not installed"
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)))


def sources(scope: str) -> Iterator[tuple[str, Path, Path]]:
    """(name, file, root of its imports) of everything in a scope: a package, realworld, examples."""
    if scope == "realworld":
        root = HERE / "programs"
        files = [*root.rglob("*.py"), *root.rglob("*.ipynb")]
    elif scope == "examples":
        root = ROOT / "examples"
        files = [
            p for p in [*root.rglob("*.py"), *root.rglob("*.ipynb")] if p.name != "mistakes.py"
        ]
    else:
        folder = package_folder(scope)
        root = folder.parent
        files = list(folder.rglob("*.py"))
    for file in sorted(files):
        if ".ipynb_checkpoints" not in file.parts:
            yield f"{scope}/{file.relative_to(root).as_posix()}", file, root


def survey(scope: str) -> list[Row]:
    """Every finding in a scope but hints."""
    sys.path.insert(0, str(ROOT / "server"))
    from dspy_language_server.program.project import Project
    from dspy_language_server.rules.catalog import check
    from dspy_language_server.signature.dialect import dialect_for

    dialect = dialect_for(RELEASE)
    rows: list[Row] = []
    project = None
    for name, file, root in sources(scope):
        text = file.read_text("utf-8", "replace")
        if "dspy" not in text:
            continue
        if project is None:
            project = Project(dialect=dialect, roots=[str(root)], read=read_file)
        document = open_file(project, file, text)
        program = project.program(str(file))
        if program is None:
            continue
        for finding in check(program, dialect=dialect):
            if finding.severity.value == "hint":
                continue
            rows.append(
                Row(
                    name,
                    document.line_at(finding.span.start) + 1,
                    finding.code,
                    finding.severity.value,
                    document.slice(finding.span).split("\n", 1)[0],
                    finding.message,
                )
            )
    return rows


def open_file(project, file: Path, text: str):
    if file.suffix != ".ipynb":
        return project.open(str(file), text)
    from dspy_language_server.source.notebook import read_notebook

    cells = [(f"{file}#{cell.number}", cell.source) for cell in read_notebook(text)]
    return project.open_notebook(str(file), cells)


def read_file(path: str) -> str | None:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def kept() -> dict[str, str]:
    """The reason by finding."""
    return json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}


SCOPES = (*PACKAGES, "realworld", "examples")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scopes", nargs="*", default=SCOPES)
    parser.add_argument("--warnings", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    known = kept()
    rows = [row for scope in given.scopes for row in survey(scope)]
    errors = {row.key: row for row in rows if row.severity == "error"}
    for row in rows:
        new = row.severity == "error" and row.key not in known
        if new or given.warnings:
            print(
                f"{row.where}:{row.line} {row.code} {row.severity} {row.text!r}\n    {row.message}"
            )
    gone = [key for key in known if key not in errors and key.split("/")[0] in given.scopes]
    for key in gone:
        print(f"gone: {key}")
    if given.write:
        merged = {k: v for k, v in known.items() if k not in gone}
        merged |= {key: known.get(key, "REASON MISSING") for key in errors}
        text = json.dumps(dict(sorted(merged.items())), indent=2, ensure_ascii=False)
        KEPT.write_text(text + "\n", "utf-8")
    print(f"{len(errors)} errors in {', '.join(given.scopes)}")
    return 1 if gone or set(errors) - set(known) else 0


if __name__ == "__main__":
    sys.exit(main())
