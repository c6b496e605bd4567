"""A real server over stdio, and an editor that says what a test needs."""

import sys
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

sys.path.insert(0, str(Path(__file__).parent))  # for helper modules, under importlib mode
from bare_wire import SERVER, Wire


def capabilities(*, encoding: str = "utf-16", pull: bool = True) -> types.ClientCapabilities:
    """Neovim's, with what newer editors add."""
    found = client_capabilities("neovim@v0.11.0")
    assert found.general
    assert found.text_document
    assert found.workspace
    found.general.position_encodings = [types.PositionEncodingKind(encoding)]
    found.text_document.diagnostic = (
        types.DiagnosticClientCapabilities(related_information=True) if pull else None
    )
    found.notebook_document = types.NotebookDocumentClientCapabilities(
        synchronization=types.NotebookDocumentSyncClientCapabilities()
    )
    found.workspace.workspace_edit = types.WorkspaceEditClientCapabilities(
        document_changes=True,
        change_annotation_support=types.ChangeAnnotationsSupportOptions(),
    )
    return found


async def start(client: LanguageClient, folder: Path, **options) -> types.InitializeResult:
    """Begins a session on a folder."""
    extra = {"workspaceTrusted": options.pop("trusted", False)}
    if "settings" in options:
        extra["settings"] = options.pop("settings")
    params = types.InitializeParams(
        capabilities=capabilities(**options),
        root_uri=folder.as_uri(),
        workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)],
        initialization_options=extra,
    )
    return await client.initialize_session(params)


class Editor:
    """A client on a folder, with the words that tests use."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder

    def open(self, name: str, text: str) -> "Opened":
        """Opens a document; `‸` in the text is the caret and is taken out."""
        offset = text.find("‸")
        plain = text.replace("‸", "")
        uri = (self.folder / name).as_uri()
        item = types.TextDocumentItem(uri=uri, language_id="python", version=1, text=plain)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return Opened(self, uri, plain, max(offset, 0))


class Opened:
    """An open document and its caret."""

    def __init__(self, editor: Editor, uri: str, text: str, offset: int) -> None:
        self.client = editor.client
        self.uri = uri
        self.text = text
        self.caret = self.position(offset)

    @property
    def identifier(self) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri)

    @property
    def here(self) -> dict:
        return {"text_document": self.identifier, "position": self.caret}

    def position(self, offset: int) -> types.Position:
        """An offset in UTF-16."""
        before = self.text[:offset]
        line = before.count("\n")
        column = len(before.rpartition("\n")[2].encode("utf-16-le")) // 2
        return types.Position(line, column)

    def at(self, wanted: types.Range) -> str:
        """The text of a range, counted in UTF-16."""
        lines = self.text.split("\n")
        if wanted.start.line != wanted.end.line:
            return "…"
        units = lines[wanted.start.line].encode("utf-16-le")
        return units[wanted.start.character * 2 : wanted.end.character * 2].decode("utf-16-le")

    async def diagnostics(self) -> list[types.Diagnostic]:
        """What the server reports when asked."""
        report = await self.client.text_document_diagnostic_async(
            types.DocumentDiagnosticParams(self.identifier)
        )
        return list(report.items)

    async def findings(self) -> list[tuple[str, str]]:
        """Code and text of each diagnostic."""
        return [(str(d.code), self.at(d.range)) for d in await self.diagnostics()]


@pytest_asyncio.fixture
async def client():
    """A running server; each test begins its own session by `start`."""
    client = make_test_lsp_client()
    for method in (
        types.WORKSPACE_INLAY_HINT_REFRESH,
        types.WORKSPACE_CODE_LENS_REFRESH,
        "dspy/status",
    ):
        client.feature(method)(lambda _: None)
    await client.start_io(*SERVER)
    yield client
    await client.shutdown_session()


@pytest.fixture
def editor(client: LanguageClient, tmp_path: Path):
    """A session in UTF-16 on an empty folder that pulls diagnostics."""

    async def begin() -> Editor:
        await start(client, tmp_path)
        return Editor(client, tmp_path)

    return begin


@pytest.fixture
def wire():
    """A fresh server process and the bare wire to it."""
    wire = Wire()
    yield wire
    wire.end()
