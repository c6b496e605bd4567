"""The main job, end to end, as an editor does it: `make demo`.

Starts the real language server over stdio, opens `examples/`, prints what it finds, applies a quick
fix, logs a module by its code action, loads the model back and asks it three questions at once.
Nothing leaves the machine: the store is a SQLite file in `build/demo`, the LM an offline table.
"""

import argparse
import asyncio
import logging
import sys
import time
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.protocol import default_converter

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
QUESTIONS = ["What is 2 + 2?", "What is the capital of France?", "What kind of bear is best?"]
EXPERIMENT = "dspy-companion demo"
PATIENCE = 120  # seconds for any single answer; a cold machine imports dspy and mlflow slowly

BOLD, DIM, RED, YELLOW, GREEN, PLAIN = (
    ("\033[1m", "\033[2m", "\033[31m", "\033[33m", "\033[32m", "\033[0m")
    if sys.stdout.isatty()
    else ("",) * 6
)
SEVERITY = {
    types.DiagnosticSeverity.Error: (RED, "error"),
    types.DiagnosticSeverity.Warning: (YELLOW, "warning"),
    types.DiagnosticSeverity.Information: (DIM, "note"),
    types.DiagnosticSeverity.Hint: (DIM, "hint"),
}


def converter() -> Any:
    """Return lsprotocol's converter with one hook mended: it takes actions for commands."""
    made = default_converter()

    def action_or_command(value: Any, _: type) -> types.CodeAction | types.Command:
        plain = isinstance(value.get("command"), str)
        return made.structure(value, types.Command if plain else types.CodeAction)

    made.register_structure_hook(types.Command | types.CodeAction, action_or_command)
    return made


class Editor:
    """The smallest editor: opens documents, keeps their diagnostics, prints progress."""

    def __init__(self) -> None:
        self.client = LanguageClient("demo", "1", converter_factory=converter)
        self.diagnostics: dict[str, asyncio.Future[list[types.Diagnostic]]] = {}
        self.messages: list[str] = []
        self.versions: dict[str, int] = {}

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            future = self.diagnostics.get(params.uri)
            if future and not future.done():
                future.set_result(list(params.diagnostics))

        @self.client.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def create(_params: types.WorkDoneProgressCreateParams) -> None:
            return None

        @self.client.feature(types.PROGRESS)
        def progress(params: types.ProgressParams) -> None:
            text = message_of(params.value)
            if text:
                print(f"    {DIM}… {text}{PLAIN}", flush=True)

        @self.client.feature("dspy/status")
        def status(_params: Any) -> None:
            return None

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)
        def show(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

        @self.client.feature(types.WORKSPACE_CONFIGURATION)
        def configuration(params: types.ConfigurationParams) -> list[Any]:
            return [None] * len(params.items)

    async def start(self, store: str) -> None:
        """Start the server with `examples/` as a trusted workspace and `store` as tracking URI."""
        await self.client.start_io(sys.executable, "-m", "dspy_language_server")
        await self.client.initialize_async(
            types.InitializeParams(
                capabilities=types.ClientCapabilities(
                    window=types.WindowClientCapabilities(work_done_progress=True),
                    text_document=types.TextDocumentClientCapabilities(
                        code_action=types.CodeActionClientCapabilities(
                            code_action_literal_support=types.ClientCodeActionLiteralOptions(
                                types.ClientCodeActionKindOptions(["quickfix", "refactor"])
                            )
                        )
                    ),
                ),
                root_uri=EXAMPLES.as_uri(),
                workspace_folders=[types.WorkspaceFolder(uri=EXAMPLES.as_uri(), name="examples")],
                initialization_options={
                    "workspaceTrusted": True,
                    "settings": {
                        "interpreter": sys.executable,
                        "mlflow": {"trackingUri": store},
                        "log": {"experiment": EXPERIMENT},
                    },
                },
            )
        )
        self.client.initialized(types.InitializedParams())

    async def open(self, path: Path, text: str | None = None) -> list[types.Diagnostic]:
        """Open a document, or change it when `text` is given, and wait for its diagnostics."""
        uri = path.as_uri()
        self.diagnostics[uri] = asyncio.get_running_loop().create_future()
        version = self.versions[uri] = self.versions.get(uri, 0) + 1
        if text is None:
            item = types.TextDocumentItem(
                uri=uri, language_id="python", version=version, text=path.read_text("utf-8")
            )
            self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        else:
            self.client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    types.VersionedTextDocumentIdentifier(version=version, uri=uri),
                    [types.TextDocumentContentChangeWholeDocument(text=text)],
                )
            )
        return await asyncio.wait_for(self.diagnostics[uri], PATIENCE)

    async def actions(
        self, path: Path, where: types.Range, found: list[types.Diagnostic]
    ) -> list[types.CodeAction]:
        """Ask for the code actions at a place, as the light bulb does."""
        answer = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(path.as_uri()),
                where,
                types.CodeActionContext(diagnostics=found),
            )
        )
        actions = [a for a in answer or [] if isinstance(a, types.CodeAction)]
        return [
            a if a.edit or a.command else await self.client.code_action_resolve_async(a)
            for a in actions
        ]

    async def stop(self) -> None:
        """Shut the server down as an editor does when it quits."""
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()


def message_of(value: Any) -> str:
    """Return the text of a progress report, whichever shape the client library gives it."""
    if isinstance(value, dict):
        return str(value.get("message") or value.get("title") or "")
    return str(getattr(value, "message", None) or getattr(value, "title", None) or "")


def heading(text: str) -> None:
    print(f"\n{BOLD}{text}{PLAIN}")


def show_diagnostic(path: Path, diagnostic: types.Diagnostic, text: str) -> None:
    """Print a diagnostic under its source line, with the range underlined."""
    start, end = diagnostic.range.start, diagnostic.range.end
    line = text.splitlines()[start.line]
    width = (end.character if end.line == start.line else len(line)) - start.character
    colour, word = SEVERITY[diagnostic.severity or types.DiagnosticSeverity.Error]
    place = f"{path.name}:{start.line + 1}:{start.character + 1}"
    print(f"  {place} {colour}{word} {diagnostic.code}{PLAIN} {diagnostic.message}")
    print(f"      {line.strip()}")
    indent = start.character - (len(line) - len(line.lstrip()))
    print(f"      {' ' * indent}{colour}{'~' * max(width, 1)}{PLAIN}")


def apply_edits(text: str, edits: list[types.TextEdit]) -> str:
    """Apply LSP edits to ASCII text, last first, so that earlier positions stay right."""
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:i])) for i in range(len(lines) + 1)]

    def offset(position: types.Position) -> int:
        return starts[position.line] + position.character

    for edit in sorted(edits, key=lambda e: offset(e.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def edits_of(action: types.CodeAction, uri: str) -> list[types.TextEdit]:
    """Return the edits that an action makes in one document."""
    edit = action.edit
    if edit is None:
        return []
    if edit.changes:
        return list(edit.changes.get(uri, []))
    return [
        e
        for change in edit.document_changes or []
        if isinstance(change, types.TextDocumentEdit) and change.text_document.uri == uri
        for e in change.edits
        if isinstance(e, types.TextEdit)
    ]


async def check_mistakes(editor: Editor) -> None:
    """Open the file of mistakes, print each, and apply one quick fix."""
    path = EXAMPLES / "mistakes.py"
    heading(f"1. Open {path.relative_to(ROOT)} in the language server")
    started = time.perf_counter()
    found = await editor.open(path)
    text = path.read_text("utf-8")
    for diagnostic in found:
        show_diagnostic(path, diagnostic, text)
    print(f"  {len(found)} findings in {time.perf_counter() - started:.2f} s")

    heading("2. Apply a quick fix")
    for diagnostic in found:
        for action in await editor.actions(path, diagnostic.range, [diagnostic]):
            edits = edits_of(action, path.as_uri())
            if not edits or not action.is_preferred:
                continue
            fixed = apply_edits(text, edits)
            left = await editor.open(path, fixed)
            line = diagnostic.range.start.line
            print(f"  {action.title}")
            print(f"  {RED}- {text.splitlines()[line].strip()}{PLAIN}")
            print(f"  {GREEN}+ {fixed.splitlines()[line].strip()}{PLAIN}")
            print(f"  {len(found)} findings before, {len(left)} after (in memory; the file stays)")
            if len(left) < len(found):
                return
    raise SystemExit("No quick fix removed a finding from examples/mistakes.py.")


async def log_module(editor: Editor) -> dict[str, Any]:
    """Log `CoT` by its code action and return what the command answers."""
    path = EXAMPLES / "chain_of_thought.py"
    heading(f"3. Log the module of {path.relative_to(ROOT)} by its code action")
    await editor.open(path)
    line = next(
        i for i, s in enumerate(path.read_text("utf-8").splitlines()) if s.startswith("class CoT")
    )
    caret = types.Position(line, len("class C"))
    actions = await editor.actions(path, types.Range(caret, caret), [])
    action = next((a for a in actions if a.title == "Log `CoT` to MLflow" and a.command), None)
    if action is None or action.command is None:
        raise SystemExit(f"No action to log CoT; offered: {[a.title for a in actions]}")
    print(f"  {action.title}")
    started = time.perf_counter()
    result = await asyncio.wait_for(
        editor.client.workspace_execute_command_async(
            types.ExecuteCommandParams(
                command=action.command.command,
                arguments=action.command.arguments,
                work_done_token="demo-log",
            )
        ),
        PATIENCE,
    )
    await asyncio.sleep(0.1)  # the closing message follows the answer
    for message in editor.messages:
        print(f"  {GREEN}{message}{PLAIN}")
    answer = result if isinstance(result, dict) else vars(result)
    print(f"  {answer['model_uri']} after {time.perf_counter() - started:.1f} s")
    return answer


def prepare(store: str, folder: Path) -> None:
    """Make the local store and an experiment whose artifacts lie beside it."""
    print(f"Preparing a local MLflow store in {folder} ...", flush=True)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    from mlflow import MlflowClient

    client = MlflowClient(store)
    if client.get_experiment_by_name(EXPERIMENT) is None:
        client.create_experiment(EXPERIMENT, artifact_location=(folder / "artifacts").as_uri())


def ask(store: str, model_uri: str) -> None:
    """Load the model as MLflow does and ask it several questions at once."""
    heading("4. Load it back with mlflow.pyfunc and ask three questions in one batch")
    import mlflow

    mlflow.set_tracking_uri(store)
    model = mlflow.pyfunc.load_model(model_uri)
    answers = model.predict(QUESTIONS)
    for question, prediction in zip(QUESTIONS, answers, strict=True):
        print(f"  {question:32} {BOLD}{prediction['answer']}{PLAIN}")
    print(
        f"  {DIM}(answered by the offline table in examples/offline_lm.py, not by a model){PLAIN}"
    )


async def main_job(store: str) -> dict[str, Any]:
    """Run the editor's half of the demo; the server is gone when it returns."""
    editor = Editor()
    await editor.start(store)
    try:
        await check_mistakes(editor)
        return await log_module(editor)
    finally:
        await editor.stop()


def main() -> None:
    """Run the demo in the folder given, or in `build/demo`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo")
    folder = parser.parse_args().folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    store = f"sqlite:///{folder / 'mlflow.db'}"
    prepare(store, folder)
    answer = asyncio.run(main_job(store))
    ask(store, answer["model_uri"])
    heading("5. See it in MLflow's own pages")
    print(f"  {Path(sys.executable).with_name('mlflow')} ui --backend-store-uri {store}")


if __name__ == "__main__":
    main()
