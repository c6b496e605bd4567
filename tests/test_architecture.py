"""The house keeps its plan: imports run one way, and pure rooms stay pure.

The plan is in docs/architecture.md; this test reads every import statement, wherever it stands.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SERVER = ROOT / "server" / "dspy_language_server"
FLAVOR = ROOT / "flavor" / "dspy_flavor"

# Each room of the server and the rooms that it may import besides itself.
MAY_IMPORT = {
    "signature": set(),
    "source": {"signature"},  # for `Span`, the one type of a place
    "environment": {"signature"},
    "worker": set(),
    "program": {"signature", "source"},
    "rules": {"signature", "source", "program"},
    "ide": {"signature", "source", "program", "rules"},
    "lsp": {"signature", "source", "program", "rules", "ide", "environment", "worker"},
    "cli": {"signature", "source", "program", "rules", "ide", "environment", "lsp"},
    "__main__": {"cli"},
    "__init__": set(),
}
PURE = ("signature", "source", "program", "rules", "ide")
# What a pure room may not reach: clocks, processes, sockets, threads, the file system.
IMPURE_MODULES = {
    "asyncio", "concurrent", "datetime", "http", "multiprocessing", "os", "random", "shutil",
    "socket", "subprocess", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
# The signature room names types that a field may have (`datetime.date`, `os.PathLike`).
ONLY_FOR_THEIR_TYPES = {"datetime", "os"}


def imports_of(file: Path, root: Path) -> Iterator[tuple[str, int]]:
    """Yield every module that `file` imports, absolute, with the line of the import."""
    package = (root.name, *file.relative_to(root).parts[:-1])
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield f"{node.module}.{node.names[0].name}", node.lineno
            else:
                base = package[: len(package) - node.level + 1]
                for alias in node.names:
                    module = (node.module,) if node.module else ()
                    yield ".".join((*base, *module, alias.name)), node.lineno


def files_of(root: Path) -> list[Path]:
    return sorted(p for p in root.rglob("*.py") if "__pycache__" not in p.parts)


def room_of(file: Path) -> str:
    first = file.relative_to(SERVER).parts[0]
    return first.removesuffix(".py")


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_of_the_server_imports_only_the_rooms_below_it(room: str) -> None:
    wrong = []
    for file in files_of(SERVER):
        if room_of(file) != room:
            continue
        for module, line in imports_of(file, SERVER):
            parts = module.split(".")
            if parts[0] != SERVER.name or len(parts) < 2:
                continue
            target = parts[1]
            if target in MAY_IMPORT and target not in MAY_IMPORT[room] | {room}:
                wrong.append(f"{file.relative_to(ROOT)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_every_room_of_the_server_is_in_the_plan() -> None:
    assert {room_of(file) for file in files_of(SERVER)} <= set(MAY_IMPORT)


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_reaches_no_clock_process_or_file(room: str) -> None:
    allowed = ONLY_FOR_THEIR_TYPES if room == "signature" else set()
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {module}"
        for file in files_of(SERVER / room)
        for module, line in imports_of(file, SERVER)
        if module.split(".")[0] in IMPURE_MODULES - allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_lsp_room_speaks_the_protocol() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {module}"
        for file in files_of(SERVER)
        if room_of(file) != "lsp"
        for module, line in imports_of(file, SERVER)
        if module.split(".")[0] in {"lsprotocol", "pygls"}
    ]
    assert not wrong, "\n".join(wrong)


def test_the_server_never_imports_what_it_reads_about() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {module}"
        for file in files_of(SERVER)
        for module, line in imports_of(file, SERVER)
        if module.split(".")[0] in {"dspy", "mlflow", "dspy_flavor", "cloudpickle", "pydantic"}
    ]
    assert not wrong, "\n".join(wrong)


def test_the_flavor_never_imports_the_server() -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {module}"
        for file in files_of(FLAVOR)
        for module, line in imports_of(file, FLAVOR)
        if module.split(".")[0] in {"dspy_language_server", "lsprotocol", "pygls", "tree_sitter"}
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("file", files_of(SERVER) + files_of(FLAVOR), ids=lambda f: f.stem)
def test_every_module_says_in_a_sentence_what_it_is_for(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8")))
    assert docstring, f"{file.relative_to(ROOT)} has no docstring"
    assert docstring.splitlines()[0].endswith((".", ":", "?")), file
