"""Which modules an interpreter can import, and the classes in them, read from files: nothing is imported."""

import ast
import contextlib
import os
import re
from functools import lru_cache, partial
from pathlib import Path

from dspy_language_server.environment.interpreter import Environment, detect
from dspy_language_server.signature.dialect import (
    Dialect,
    ModuleLookup,
    ModuleNames,
    PartialNames,
    dialect_for,
)

_SUFFIXES = (".py", ".so", ".pyd", ".pyc")
_MAX_SOURCE = 400_000
_WORD = re.compile(r"\w+")
# Bases that decide what pydantic says to a class, by their last name.
_ACCEPTED_BASES = frozenset({"BaseModel", "Enum", "IntEnum", "StrEnum", "NamedTuple", "RootModel"})


def module_lookup(environment: Environment, workspace: tuple[str, ...] = ()) -> ModuleLookup:
    """Answers `Dialect.module` for an interpreter.

    Args:
        environment: The interpreter, from `detect`.
        workspace: Folders that precede the packages on the path when the user's program runs.
    """
    folders = (*workspace, *environment.site_packages)
    if environment.standard_library:
        dynamic = str(Path(environment.standard_library) / "lib-dynload")
        folders = (*folders, environment.standard_library, dynamic)
    certain = environment.python is not None

    @lru_cache(maxsize=4096)
    def lookup(name: str) -> ModuleNames | bool | None:
        path = _find(name, folders)
        if path is None:
            return False if certain else None
        names = _names(name, path)
        return True if names is None else names

    return lookup


@lru_cache(maxsize=512)
def _entries(folder: str) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in os.scandir(folder))
    except OSError:
        return frozenset()


def _find(name: str, folders: tuple[str, ...]) -> Path | None:
    """The file or folder of a dotted module."""
    head, _, rest = name.partition(".")
    for folder in folders:
        entries = _entries(folder)
        if head in entries and Path(folder, head).is_dir():
            package = Path(folder, head)
            if not rest:
                return package
            return _find(rest, (str(package),))
        for suffix in _SUFFIXES:
            if f"{head}{suffix}" in entries:
                return None if rest else Path(folder, f"{head}{suffix}")
        if not rest and any(
            e.startswith(f"{head}.") and e.endswith((".so", ".pyd")) for e in entries
        ):
            return Path(folder, head)
    return None


def _names(name: str, path: Path) -> ModuleNames | None:
    """The classes of a module of pure Python whose verdict is plain from their bases; None: not known."""
    source = path / "__init__.py" if path.is_dir() else path
    try:
        if source.suffix != ".py" or not source.is_file() or source.stat().st_size > _MAX_SOURCE:
            return None
        return _KnownNames(name, ast.parse(source.read_bytes()), source)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _KnownNames(PartialNames):
    """The names of one module; a name that it does not plainly define is not known."""

    def __init__(self, module: str, tree: ast.Module, source: Path) -> None:
        super().__init__()
        self.mentions = partial(_is_mentioned, source)
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                verdict = _verdict(node)
                if verdict is not None:
                    self[node.name] = f"{'+' if verdict else '-'}|{module}.{node.name}"
            elif isinstance(node, ast.FunctionDef) and not node.decorator_list:
                self[node.name] = "F|function"


@lru_cache(maxsize=64)
def _words(source: Path) -> frozenset[str]:
    """The words of a module and of its stub, and the modules beside a package's `__init__.py`."""
    words: set[str] = set()
    for path in (source, source.with_suffix(".pyi")):
        with contextlib.suppress(OSError):
            words.update(_WORD.findall(path.read_text("utf-8", "replace")))
    if source.name == "__init__.py":
        words.update(entry.partition(".")[0] for entry in _entries(str(source.parent)))
    return frozenset(words)


def _is_mentioned(source: Path, name: str) -> bool:
    """Whether a module may have the name: its source has the word, or takes over what it does not name."""
    words = _words(source)
    return name in words or not words


def _verdict(node: ast.ClassDef) -> bool | None:
    """Whether pydantic builds a schema for the class; None when its bases or decorators leave it open."""
    names = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    if any(name in _ACCEPTED_BASES for name in names):
        return True
    decorators = [ast.unparse(d).partition("(")[0].rpartition(".")[2] for d in node.decorator_list]
    hooks = any(
        isinstance(part, ast.FunctionDef) and part.name.startswith("__get_") for part in node.body
    )
    if node.bases or node.keywords or decorators or hooks:
        return None
    return False


def dialect_of(
    interpreter: str | None, dspy_version: str | None = None, workspace: tuple[str, ...] = ()
) -> Dialect:
    """`dialect_in` the environment of an interpreter, by its path."""
    return dialect_in(detect(interpreter) if interpreter else None, dspy_version, workspace)


def dialect_in(
    environment: Environment | None,
    dspy_version: str | None = None,
    workspace: tuple[str, ...] = (),
) -> Dialect:
    """The dialect of an interpreter's environment.

    Args:
        environment: From `detect`; None reads strings by the newest release, without a packages'
            knowledge.
        dspy_version: Overrides the installed release (`--dspy-version`).
        workspace: See `module_lookup`.
    """
    if environment is None:
        return dialect_for(dspy_version)
    return dialect_for(
        dspy_version or environment.dspy, environment.python, module_lookup(environment, workspace)
    )
