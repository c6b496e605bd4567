"""One test per feature over the wire, in UTF-16, with characters of two units before everything."""

from conftest_words import by_uri
from lsprotocol import types

SOURCE = '''"""😋é"""
import dspy


class RAG(dspy.Module):
    """😋é"""

    def __init__(self):
        self.answer = dspy.ChainOfThought("question, context: list[str] -> answer: float")

    def forward(self, question):
        s = "😋é"; pred = self.answer(question=s, context=[])
        return pred.answer


rag = RAG()
'''


async def test_diagnostics_have_exact_ranges_and_result_ids(client, editor):
    app = (await editor()).open(
        "app.py", 'import dspy\np = ("😋é", dspy.Predict("question, answer->answer, score"))\n'
    )
    found = await app.diagnostics()
    errors = [d for d in found if d.severity == types.DiagnosticSeverity.Error]
    assert [app.at(d.range) for d in errors] == ["answer"]
    report = await client.text_document_diagnostic_async(
        types.DocumentDiagnosticParams(app.identifier)
    )
    again = await client.text_document_diagnostic_async(
        types.DocumentDiagnosticParams(app.identifier, previous_result_id=report.result_id)
    )
    assert again.kind == "unchanged"


async def test_an_edit_changes_the_diagnostics(client, editor):
    app = (await editor()).open("app.py", 'import dspy\np = dspy.Predict("😋é question")\n')
    assert await app.diagnostics()
    line = 'p = dspy.Predict("'
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version=2, uri=app.uri),
            [
                types.TextDocumentContentChangePartial(
                    range=types.Range(
                        types.Position(1, len(line)), types.Position(1, len(line) + 4)
                    ),
                    text="",
                ),
                types.TextDocumentContentChangePartial(
                    range=types.Range(
                        types.Position(1, len(line) + 8), types.Position(1, len(line) + 8)
                    ),
                    text=" -> answer",
                ),
            ],
        )
    )
    assert await app.diagnostics() == []


async def test_hover(client, editor):
    app = (await editor()).open("app.py", SOURCE.replace("pred.answer", "pred.ans‸wer"))
    found = await client.text_document_hover_async(types.HoverParams(**app.here))
    assert found.contents.value == "Output field `answer: float`"
    assert app.at(found.range) == "answer"


async def test_completion_and_its_resolution(client, editor):
    app = (await editor()).open("app.py", SOURCE.replace("question=s, context=[]", "question=s, ‸"))
    found = await client.text_document_completion_async(types.CompletionParams(**app.here))
    assert [item.label for item in found.items] == ["context"]
    resolved = await client.completion_item_resolve_async(found.items[0])
    assert "list[str]" in resolved.documentation.value


async def test_signature_help(client, editor):
    app = (await editor()).open("app.py", SOURCE.replace("context=[]", "context=[‸]"))
    found = await client.text_document_signature_help_async(types.SignatureHelpParams(**app.here))
    assert found.signatures[0].label.startswith("self.answer(question: str, context: list[str])")
    assert found.active_parameter == 1


async def test_definition_and_references(client, editor):
    app = (await editor()).open("app.py", SOURCE.replace("pred.answer", "pred.ans‸wer"))
    found = await client.text_document_definition_async(types.DefinitionParams(**app.here))
    assert [(place.range.start.line, app.at(place.range)) for place in found] == [(8, "answer")]
    uses = await client.text_document_references_async(
        types.ReferenceParams(context=types.ReferenceContext(include_declaration=False), **app.here)
    )
    assert [(place.range.start.line, app.at(place.range)) for place in uses] == [(12, "answer")]


async def test_type_definition(client, editor):
    source = (
        "import dspy\nfrom pydantic import BaseModel\n\nclass Contact(BaseModel):\n    name: str\n\n"
        'p = dspy.Predict("text -> con‸tact: Contact")\n'
    )
    app = (await editor()).open("app.py", source)
    found = await client.text_document_type_definition_async(types.TypeDefinitionParams(**app.here))
    assert [app.at(place.range) for place in found] == ["Contact"]


async def test_document_highlight(client, editor):
    app = (await editor()).open("app.py", SOURCE.replace("question=s", "ques‸tion=s"))
    found = await client.text_document_document_highlight_async(
        types.DocumentHighlightParams(**app.here)
    )
    assert [app.at(item.range) for item in found] == ["question", "question"]


async def test_rename_and_its_preparation(client, editor):
    app = (await editor()).open("app.py", SOURCE.replace("question=s", "ques‸tion=s"))
    prepared = await client.text_document_prepare_rename_async(
        types.PrepareRenameParams(**app.here)
    )
    assert prepared.placeholder == "question"
    edit = await client.text_document_rename_async(types.RenameParams(new_name="query", **app.here))
    assert [(e.range.start.line, app.at(e.range)) for e in by_uri(edit)[app.uri]] == [
        (8, "question"),
        (11, "question"),
    ]


async def test_a_modules_parameter_is_renamed_with_its_calls(client, editor):
    source = SOURCE + 's = "😋é"; print(s, rag(ques‸tion=s))\n'
    app = (await editor()).open("app.py", source)
    edit = await client.text_document_rename_async(types.RenameParams(new_name="query", **app.here))
    assert [(e.range.start.line, app.at(e.range)) for e in by_uri(edit)[app.uri]] == [
        (10, "question"),
        (16, "question"),
    ]


async def test_what_a_stream_listener_may_be_called(client, editor):
    made = "dspy.streaming.StreamListener('‸')"
    source = f'{SOURCE}s = "😋é"; dspy.streamify(rag, stream_listeners=[{made}])\n'
    begun = await editor()
    app = begun.open("app.py", source)
    found = await client.text_document_completion_async(types.CompletionParams(**app.here))
    assert [item.label for item in found.items] == ["reasoning", "answer"]
    app = begun.open("other.py", source.replace("'‸'", "'anwser'"))
    assert ("DSP511", "anwser") in await app.findings()


async def test_rename_is_null_outside_of_fields(client, editor):
    app = (await editor()).open("app.py", "import dspy\nx‸ = 1\n")
    assert (
        await client.text_document_prepare_rename_async(types.PrepareRenameParams(**app.here))
        is None
    )
    assert (
        await client.text_document_rename_async(types.RenameParams(new_name="y", **app.here))
        is None
    )


async def test_document_symbols(client, editor):
    app = (await editor()).open("app.py", SOURCE)
    found = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(app.identifier)
    )
    assert [symbol.name for symbol in found] == ["RAG"]
    assert app.at(found[0].selection_range) == "RAG"


async def test_workspace_symbols_of_files_that_are_not_open(client, editor):
    begun = await editor()
    (begun.folder / "other.py").write_text("import dspy\nclass Elsewhere(dspy.Module): pass\n")
    found = await client.workspace_symbol_async(types.WorkspaceSymbolParams("Elsewhere"))
    assert [symbol.name for symbol in found] == ["Elsewhere"]


async def test_folding(client, editor):
    app = (await editor()).open("app.py", SOURCE)
    found = await client.text_document_folding_range_async(types.FoldingRangeParams(app.identifier))
    assert (4, 12) in {(item.start_line, item.end_line) for item in found}


async def test_code_lenses(client, editor):
    app = (await editor()).open("app.py", SOURCE)
    found = await client.text_document_code_lens_async(types.CodeLensParams(app.identifier))
    assert {lens.command.command for lens in found} == {"dspy.log", "dspy.run"}
    assert list(found[0].command.arguments) == [{"uri": app.uri, "name": "RAG"}]
    assert app.at(found[0].range) == "RAG"


async def test_code_actions_fix_convert_and_log(client, editor):
    app = (await editor()).open(
        "app.py", SOURCE.replace('"question, context', '"ques‸tion, context')
    )
    found = await client.text_document_code_action_async(
        types.CodeActionParams(
            app.identifier, types.Range(app.caret, app.caret), types.CodeActionContext([])
        )
    )
    titles = [action.title for action in found]
    assert "Log `RAG` to MLflow" in titles
    assert "Convert to class signature `AnswerSignature`" in titles
    log = next(action for action in found if action.title.startswith("Log"))
    # lsprotocol's client takes any action that carries a command for a bare command.
    assert "dspy.log" in str(log.command)
    assert app.uri in str(log.command)


async def test_inlay_hints_and_tokens_are_off_until_asked_for(client, editor):
    app = (await editor()).open("app.py", SOURCE)
    everything = types.Range(types.Position(0, 0), types.Position(99, 0))
    ask = types.InlayHintParams(app.identifier, everything)
    assert await client.text_document_inlay_hint_async(ask) is None
    tokens = types.SemanticTokensParams(app.identifier)
    assert await client.text_document_semantic_tokens_full_async(tokens) is None
    client.set_configuration(
        {"dspy": {"inlayHints": {"outputs": True}, "semanticTokens": {"enable": True}}}
    )
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    for _ in range(50):
        hints = await client.text_document_inlay_hint_async(ask)
        if hints:
            break
    assert [hint.label for hint in hints] == ["→ reasoning: str, answer: float"]
    found = await client.text_document_semantic_tokens_full_async(tokens)
    assert len(found.data) % 5 == 0
    assert found.data[0] == 8


async def test_workspace_diagnostics_of_files_that_are_not_open(client, editor):
    begun = await editor()
    (begun.folder / "other.py").write_text('import dspy\np = dspy.Predict("no arrow")\n')
    report = await client.workspace_diagnostic_async(types.WorkspaceDiagnosticParams([]))
    assert [(item.uri.rpartition("/")[2], len(item.items) > 0) for item in report.items] == [
        ("other.py", True)
    ]


async def test_notebook_cells_are_one_program_in_order(client, editor):
    begun = await editor()
    uri = (begun.folder / "n.ipynb").as_uri()
    cells = {f"{uri}#a": "import dspy", f"{uri}#b": 'qa = dspy.Predict("question -> answer")',
             f"{uri}#c": "pred = qa(question='x')\nprint(pred.wrong)"}  # fmt: skip
    client.notebook_document_did_open(
        types.DidOpenNotebookDocumentParams(
            types.NotebookDocument(
                uri=uri,
                notebook_type="jupyter-notebook",
                version=1,
                cells=[types.NotebookCell(types.NotebookCellKind.Code, cell) for cell in cells],
            ),
            [types.TextDocumentItem(cell, "python", 1, text) for cell, text in cells.items()],
        )
    )
    first, last = [
        await client.text_document_diagnostic_async(
            types.DocumentDiagnosticParams(types.TextDocumentIdentifier(cell))
        )
        for cell in (f"{uri}#a", f"{uri}#c")
    ]
    assert list(first.items) == []
    assert [(d.range.start.line, d.range.start.character) for d in last.items] == [(1, 11)]
    hover = await client.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(f"{uri}#c"), types.Position(0, 12))
    )
    assert hover.contents.value == "Input field `question: str`"
    assert hover.range.start.line == 0
