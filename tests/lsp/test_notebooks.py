"""Every feature in the cells of a notebook: they are one program, and each answer names its cell."""

from conftest_words import by_uri
from lsprotocol import types

CELLS = [
    "# 😋é\nimport dspy\nfrom typing import Literal",
    """class QA(dspy.Signature):
    '😋é'

    question: str = dspy.InputField()
    answer: str = dspy.OutputField()""",
    's = "😋é"; qa = dspy.ChainOfThought(QA)',
    "%time pred = qa(question=s)\npred.answer",
    "rate = dspy.Predict(\"text->mood: Literal['good', 'bad']\")\nqa(",
]


class Notebook:
    """An open notebook; `at` finds a text in its cells."""

    def __init__(self, client, folder):
        self.client = client
        self.uri = (folder / "work.ipynb").as_uri()
        self.cells = {f"{self.uri}#c{index}": text for index, text in enumerate(CELLS)}
        client.notebook_document_did_open(
            types.DidOpenNotebookDocumentParams(
                types.NotebookDocument(
                    uri=self.uri,
                    notebook_type="jupyter-notebook",
                    version=1,
                    cells=[
                        types.NotebookCell(types.NotebookCellKind.Code, cell) for cell in self.cells
                    ],
                ),
                [types.TextDocumentItem(c, "python", 1, text) for c, text in self.cells.items()],
            )
        )

    def cell(self, index):
        return types.TextDocumentIdentifier(f"{self.uri}#c{index}")

    def at(self, index, text, *, after=False):
        """The position of a text in a cell, in UTF-16."""
        source = self.cells[self.cell(index).uri]
        before = source[: source.index(text) + (len(text) if after else 0)]
        column = len(before.rpartition("\n")[2].encode("utf-16-le")) // 2
        where = types.Position(before.count("\n"), column)
        return {"text_document": self.cell(index), "position": where}

    def place(self, location):
        """A location as (cell, text)."""
        lines = self.cells[location.uri].split("\n")
        units = lines[location.range.start.line].encode("utf-16-le")
        start, end = location.range.start.character, location.range.end.character
        text = units[start * 2 : end * 2].decode("utf-16-le")
        return int(location.uri.rpartition("#c")[2]), text


async def opened(client, editor):
    return Notebook(client, (await editor()).folder)


async def test_definition_and_references_cross_cells(client, editor):
    book = await opened(client, editor)
    here = book.at(3, "answer")
    found = await client.text_document_definition_async(types.DefinitionParams(**here))
    assert [book.place(place) for place in found] == [(1, "answer")]
    uses = await client.text_document_references_async(
        types.ReferenceParams(context=types.ReferenceContext(include_declaration=True), **here)
    )
    assert [book.place(place) for place in uses] == [(1, "answer"), (3, "answer")]


async def test_rename_edits_each_cell_as_a_document_of_its_own(client, editor):
    book = await opened(client, editor)
    edit = await client.text_document_rename_async(
        types.RenameParams(new_name="query", **book.at(3, "question"))
    )
    edits = by_uri(edit)
    assert sorted(edits) == [book.cell(1).uri, book.cell(3).uri]
    assert [(e.range.start.line, e.range.start.character) for e in edits[book.cell(3).uri]] == [
        (0, 16)
    ]


async def test_completion_hover_and_signature_help(client, editor):
    book = await opened(client, editor)
    found = await client.text_document_completion_async(
        types.CompletionParams(**book.at(3, "pred.", after=True))
    )
    assert [item.label for item in found.items] == ["reasoning", "answer"]
    hover = await client.text_document_hover_async(types.HoverParams(**book.at(3, "answer")))
    assert hover.contents.value == "Output field `answer: str`"
    shown = await client.text_document_signature_help_async(
        types.SignatureHelpParams(**book.at(4, "\nqa(", after=True))
    )
    assert shown.signatures[0].label.startswith("qa(question: str)")


async def test_a_cells_own_symbols_lenses_highlights_and_folds(client, editor):
    book = await opened(client, editor)
    symbols = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(book.cell(1))
    )
    assert [(s.name, [c.name for c in s.children]) for s in symbols] == [
        ("QA", ["question", "answer"])
    ]
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(book.cell(2)))
    assert {lens.range.start.character for lens in lenses} == {len('s = "😋é"; ') + 1}
    marks = await client.text_document_document_highlight_async(
        types.DocumentHighlightParams(**book.at(1, "answer"))
    )
    assert [mark.range.start.line for mark in marks] == [4]
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(book.cell(1)))
    assert [(fold.start_line, fold.end_line) for fold in folds] == [(0, 4)]


async def test_code_actions_edit_the_cell_of_the_string(client, editor):
    book = await opened(client, editor)
    caret = book.at(4, "text")["position"]
    found = await client.text_document_code_action_async(
        types.CodeActionParams(book.cell(4), types.Range(caret, caret), types.CodeActionContext([]))
    )
    offered = {action.title: action for action in found}
    spacing = by_uri(offered["Normalise the signature's spacing"].edit)
    assert list(spacing) == [book.cell(4).uri]
    made = by_uri(offered["Convert to class signature `RateSignature`"].edit)
    assert list(made) == [book.cell(4).uri]
    assert made[book.cell(4).uri][0].range.start == types.Position(0, 0)


async def test_a_cell_that_is_edited_moved_or_removed_changes_the_others(client, editor):
    book = await opened(client, editor)
    ask = types.DocumentDiagnosticParams(book.cell(3))
    assert list((await client.text_document_diagnostic_async(ask)).items) == []
    here = book.at(1, "answer:")["position"]
    client.notebook_document_did_change(
        types.DidChangeNotebookDocumentParams(
            types.VersionedNotebookDocumentIdentifier(2, book.uri),
            types.NotebookDocumentChangeEvent(
                cells=types.NotebookDocumentCellChanges(
                    text_content=[
                        types.NotebookDocumentCellContentChanges(
                            types.VersionedTextDocumentIdentifier(2, book.cell(1).uri),
                            [
                                types.TextDocumentContentChangePartial(
                                    range=types.Range(
                                        here, types.Position(here.line, here.character + 6)
                                    ),
                                    text="reply",
                                )
                            ],
                        )
                    ]
                )
            ),
        )
    )
    report = await client.text_document_diagnostic_async(ask)
    assert [d.code for d in report.items] == ["DSP504"]
    assert (report.items[0].range.start.line, report.items[0].range.start.character) == (1, 5)
    client.notebook_document_did_change(
        types.DidChangeNotebookDocumentParams(
            types.VersionedNotebookDocumentIdentifier(3, book.uri),
            types.NotebookDocumentChangeEvent(
                cells=types.NotebookDocumentCellChanges(
                    structure=types.NotebookDocumentCellChangeStructure(
                        array=types.NotebookCellArrayChange(start=1, delete_count=1, cells=[]),
                        did_close=[book.cell(1)],
                    )
                )
            ),
        )
    )
    assert list((await client.text_document_diagnostic_async(ask)).items) == []
