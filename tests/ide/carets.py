"""Sources with a caret `‸`, and what a feature answers there, in words that a test can compare."""

import textwrap
from dataclasses import dataclass

from dspy_language_server.program.program import Program
from dspy_language_server.program.project import Project
from dspy_language_server.signature.dialect import dialect_for

DIALECT = dialect_for("3.4.1")
URI = "file:///app.py"


@dataclass
class Caret:
    """A program, an offset in it, and the project around it."""

    project: Project
    program: Program
    offset: int
    text: str

    def words(self, span) -> str:
        return self.text[span[0] : span[1]]

    def places(self, locations) -> list[str]:
        """Each place as `line:text`, line from 1; with the file's name where it is another."""
        found = []
        for location in locations:
            text = self.project.program(location.uri).document.text
            line = text.count("\n", 0, location.span[0]) + 1
            name = "" if location.uri == URI else location.uri.rpartition("/")[2] + ":"
            found.append(f"{name}{line}:{text[location.span[0] : location.span[1]]}")
        return found


def caret(source: str, **files: str) -> Caret:
    """The document `source` at its caret; further files by name, `models=…` for `/models.py`."""
    source = textwrap.dedent(source).lstrip("\n")
    offset = source.find("‸")
    text = source.replace("‸", "")
    disk = {f"/{name}.py": textwrap.dedent(body).lstrip("\n") for name, body in files.items()}
    project = Project(
        dialect=DIALECT,
        roots=["/"],
        read=disk.get,
        to_uri=lambda path: f"file://{path}",
        to_path=lambda uri: uri.removeprefix("file://"),
    )
    project.open(URI, text)
    for name in files:
        project.program(f"file:///{name}.py")
    program = project.program(URI)
    assert program is not None
    return Caret(project, program, max(offset, 0), text)


def edited(at: Caret, edits) -> str:
    """The document's text after edits of (span, text)."""
    text = at.text
    for span, new in sorted(edits, key=lambda edit: edit[0], reverse=True):
        text = text[: span[0]] + new + text[span[1] :]
    return text
