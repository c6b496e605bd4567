"""All documents that are known, by URI, and the names they import from each other.

The room's surface for `rules`, `ide` and `lsp`:

    project = Project(roots=["/workspace"], read=read_text, exists=is_file, dialect=dialect)
    document = project.open("file:///workspace/app.py", text)      # from the editor
    project.change(uri, [Change(Span(3, 4), "x")])                 # offsets in code points
    project.close(uri)                                             # back to what is on disk
    program = project.program(uri)                                 # always up to date
    context = program.at(offset)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from dspy_language_server.program.model import Location, Occurrence, SignatureField, Value
from dspy_language_server.program.program import Program
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.scope import EMPTY, Scope
from dspy_language_server.source.document import Change, Document


class Project:
    """Documents by URI, open or read from disk on demand, and what their names mean.

    Args:
        dialect: The rules of the dspy release that the programs run with.
        roots: Folders that modules are looked up in, absolute paths, in order.
        read: The text of a file by absolute path, or None where there is none. Called only for
            files that an import names; the answer is kept until `invalidate`.
        to_uri: The URI of a path.
        to_path: The path of a URI, or None for one that is no file.
        environment: The names of the interpreter's modules, for types of signature strings.
    """

    def __init__(
        self,
        *,
        dialect: Dialect,
        roots: Sequence[str] = (),
        read: Callable[[str], str | None] = lambda _: None,
        to_uri: Callable[[str], str] = lambda path: path,
        to_path: Callable[[str], str | None] = lambda uri: uri,
        environment: Scope = EMPTY,
    ) -> None:
        raise NotImplementedError

    def open(self, uri: str, text: str) -> Document:
        """Takes a document from the editor (or replaces its text)."""
        raise NotImplementedError

    def open_notebook(self, uri: str, cells: Sequence[tuple[str, str]]) -> Document:
        """Takes a notebook: (cell URI, source) of its code cells, in order, one program."""
        raise NotImplementedError

    def change(self, uri: str, changes: Iterable[Change]) -> Document:
        """Applies an edit; costs what it changes."""
        raise NotImplementedError

    def close(self, uri: str) -> None:
        """The editor closed it: what is on disk counts again."""
        raise NotImplementedError

    def invalidate(self, uri: str) -> None:
        """A file changed, appeared or vanished on disk."""
        raise NotImplementedError

    def program(self, uri: str) -> Program | None:
        """The program of a document that is open, or of a file that can be read."""
        raise NotImplementedError

    def programs(self) -> Iterator[Program]:
        """The programs of all documents known so far (open, imported or asked for)."""
        raise NotImplementedError

    def occurrences(self, field: SignatureField) -> list[Occurrence]:
        """Every place in the known documents that names this field, its declaration first."""
        raise NotImplementedError

    def references(self, value: Value) -> list[Location]:
        """Every place that names this module, class, predictor or signature."""
        raise NotImplementedError
