"""All documents that are known, by URI, and the names they import from each other.

The room's surface for `rules`, `ide` and `lsp`:

    project = Project(roots=["/workspace"], read=read_text, dialect=dialect)
    document = project.open("file:///workspace/app.py", text)      # from the editor
    project.change(uri, [Change(Span(3, 4), "x")])                 # offsets in code points
    project.close(uri)                                             # back to what is on disk
    program = project.program(uri)                                 # always up to date
    context = program.at(offset)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from dspy_language_server.program import parameters
from dspy_language_server.program.analysis import Analysis, KnownReading
from dspy_language_server.program.bodies import CLEAN
from dspy_language_server.program.model import Location, Occurrence, SignatureField, Value
from dspy_language_server.program.occurrences import occurrences, references
from dspy_language_server.program.parameters import ModuleParameter
from dspy_language_server.program.program import Program
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.scope import EMPTY, Scope
from dspy_language_server.source.document import Change, Document
from dspy_language_server.source.notebook import joined_cells


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
        self.dialect = dialect
        self.roots = list(roots)
        self.environment = environment
        self.active: list[object] = []
        self.taint = CLEAN
        self.readings: dict[tuple[str, str, frozenset[str] | None], list[KnownReading]] = {}
        self._read = read
        self._to_uri = to_uri
        self._to_path = to_path
        self._programs: dict[str, Program] = {}
        self._open: set[str] = set()
        self._changed: set[str] = set()
        self._importers: dict[str, set[str]] = {}
        self._paths: dict[tuple[str, str], str | None] = {}
        self._looking: set[str] = set()

    # ---------------------------------------------------------------------- documents

    def open(self, uri: str, text: str) -> Document:
        """Takes a document from the editor (or replaces its text)."""
        known = self._programs.get(uri)
        self._open.add(uri)
        if known is None:
            self._forget_paths()
            return self._add(uri, text).document
        known.document.apply([Change(None, text)])
        self._changed.add(uri)
        return known.document

    def open_notebook(self, uri: str, cells: Sequence[tuple[str, str]]) -> Document:
        """Takes a notebook: (cell URI, source) of its code cells, in order, one program."""
        return self.open(uri, joined_cells([source for _, source in cells]))

    def change(self, uri: str, changes: Iterable[Change]) -> Document:
        """Applies an edit; costs what it changes."""
        document = self._programs[uri].document
        document.apply(changes)
        self._changed.add(uri)
        return document

    def close(self, uri: str) -> None:
        """The editor closed it: what is on disk counts again."""
        self._open.discard(uri)
        if uri in self._programs:
            self.invalidate(uri)

    def invalidate(self, uri: str) -> None:
        """A file changed, appeared or vanished on disk."""
        self._forget_paths()
        if uri in self._open:
            return
        known = self._programs.get(uri)
        if known is None:
            # It may be what an import did not find before.
            for program in self._programs.values():
                program.analysis.invalidate_imports(set())
            return
        text = self._text(uri)
        if text is not None:
            known.document.apply([Change(None, text)])
            self._changed.add(uri)
            return
        del self._programs[uri]
        self.readings.clear()  # both hold on to the program
        self.dialect.forget_bindings()
        self._changed.discard(uri)
        for importer in self._importers.pop(uri, set()):
            if importer in self._programs:
                self._spread(importer, self._programs[importer].analysis.invalidate({"*"}))

    def program(self, uri: str) -> Program | None:
        """The program of a document that is open, or of a file that can be read."""
        self._settle()
        known = self._programs.get(uri)
        if known is not None:
            return known
        text = self._text(uri)
        return None if text is None else self._add(uri, text)

    def programs(self) -> Iterator[Program]:
        """The programs of all documents known so far (open, imported or asked for)."""
        self._settle()
        yield from list(self._programs.values())

    def _text(self, uri: str) -> str | None:
        path = self._to_path(uri)
        return None if path is None else self._read(path)

    def _add(self, uri: str, text: str, module_name: str = "__main__") -> Program:
        program = Program(Analysis(Document(uri, text), self, module_name))
        self._programs[uri] = program
        return program

    # -------------------------------------------------------------------------- staleness

    def _settle(self) -> None:
        """Takes over all edits since the last question."""
        while self._changed:
            uri = self._changed.pop()
            program = self._programs.get(uri)
            if program is not None:
                self._spread(uri, program.analysis.update())

    def _spread(self, uri: str, names: set[str]) -> None:
        """Tells the importers of a module which of its names changed."""
        waiting = [(uri, names)]
        told: set[tuple[str, frozenset[str]]] = set()
        while waiting:
            current, changed = waiting.pop()
            if not changed:
                continue
            for importer in tuple(self._importers.get(current, ())):
                program = self._programs.get(importer)
                key = (importer, frozenset(changed))
                if program is None or key in told:
                    continue
                told.add(key)
                waiting.append((importer, program.analysis.invalidate_imports(changed)))

    def _forget_paths(self) -> None:
        self._paths.clear()

    # ---------------------------------------------------------------------------- modules

    def analyses(self) -> Iterator[Analysis]:
        """The analyses of all documents known so far."""
        return (program.analysis for program in list(self._programs.values()))

    def by_uri(self, uri: str) -> Analysis | None:
        """The analysis of a document."""
        program = self._programs.get(uri)
        return None if program is None else program.analysis

    def importers(self, uri: str) -> Iterator[Analysis]:
        """The analyses of the known documents that import a document, maybe through others."""
        for each in sorted(self._open):
            self._programs[each].analysis.units()  # whoever reads a document finds its imports
        waiting = [uri]
        seen = {uri}
        while waiting:
            for importer in sorted(self._importers.get(waiting.pop(), ())):
                program = self._programs.get(importer)
                if importer not in seen and program is not None:
                    seen.add(importer)
                    waiting.append(importer)
                    yield program.analysis

    def module(self, importer: Analysis, name: str, level: int) -> Analysis | None:
        """The analysis of a module of the workspace, as `importer` names it."""
        path = self._to_path(importer.uri)
        if path is None:
            return None
        folder = _parent(path)
        if level:
            for _ in range(level - 1):
                folder = _parent(folder)
            found = self._find(folder, name)
        else:
            places = [folder, *self.roots, *(f"{root}/src" for root in self.roots)]
            found = next((f for p in places if (f := self._find(p, name)) is not None), None)
        if found is None or found == importer.uri:
            return None
        self._importers.setdefault(found, set()).add(importer.uri)
        program = self._programs.get(found)
        return None if program is None else program.analysis

    def _find(self, folder: str, name: str) -> str | None:
        """The URI of a module in a folder; the document is known afterwards."""
        key = (folder, name)
        if key in self._paths:
            return self._paths[key]
        inner = name.replace(".", "/")
        candidates = [f"{folder}/{inner}.py", f"{folder}/{inner}/__init__.py"]
        if not name:
            candidates = [f"{folder}/__init__.py"]
        self._paths[key] = None
        for path in candidates:
            uri = self._to_uri(path)
            if uri not in self._programs:
                text = self._read(path)
                if text is None:
                    continue
                self._add(uri, text, name or "__init__")
            self._paths[key] = uri
            break
        return self._paths[key]

    # -------------------------------------------------------------------------- questions

    def occurrences(self, field: SignatureField) -> list[Occurrence]:
        """Every place in the known documents that names this field, its declaration first."""
        self._settle()
        return occurrences(field, [p.analysis for p in self._programs.values()])

    def parameter_occurrences(self, parameter: ModuleParameter) -> list[Occurrence]:
        """Every place in the known documents that names this parameter of a module's method."""
        self._settle()
        return parameters.occurrences(parameter, [p.analysis for p in self._programs.values()])

    def references(self, value: Value) -> list[Location]:
        """Every place that names this module, class, predictor or signature."""
        self._settle()
        return references(value, [p.analysis for p in self._programs.values()])


def _parent(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[0]
