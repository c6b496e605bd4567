"""Several files and folders over the wire: what is not open, what changes on disk, what is a guess."""

import random

from conftest_words import by_uri
from lsprotocol import types

SIGNATURES = '''"""😋é"""
import dspy


class QA(dspy.Signature):
    """😋é"""

    question: str = dspy.InputField()
    answer: str = dspy.OutputField()
'''
APP = """import dspy
from signatures import QA

s = "😋é"; qa = dspy.Predict(QA)
print(s, qa(question=s).answer)
data = [dspy.Example(question="q", answer="a").with_inputs("question")]


def exact(example, pred, trace=None):
    return example.answer == pred.answer


dspy.Evaluate(devset=data, metric=exact)(qa)
"""
BROKEN = 'import dspy\nqa = dspy.Predict("question")\n'
RIGHT = 'import dspy\nqa = dspy.Predict("question -> answer")\n'


def changed(client, path, kind=types.FileChangeType.Changed):
    client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams([types.FileEvent(path.as_uri(), kind)])
    )


async def workspace_report(client, previous=()):
    report = await client.workspace_diagnostic_async(
        types.WorkspaceDiagnosticParams(
            [types.PreviousResultId(item.uri, item.result_id) for item in previous]
        )
    )
    return report.items


async def actions(client, opened, wanted=None):
    found = await client.text_document_code_action_async(
        types.CodeActionParams(
            opened.identifier,
            types.Range(opened.caret, opened.caret),
            types.CodeActionContext([], only=wanted),
        )
    )
    return {action.title: action for action in found}


async def test_a_rename_crosses_files_and_marks_its_guesses(client, editor):
    begun = await editor()
    (begun.folder / "signatures.py").write_text(SIGNATURES)
    app = begun.open("app.py", APP.replace("s).answer", "s).ans‸wer"))
    edit = await client.text_document_rename_async(types.RenameParams(new_name="reply", **app.here))
    edits = by_uri(edit)
    declared = edits[(begun.folder / "signatures.py").as_uri()]
    assert [(e.range.start.line, e.range.start.character) for e in declared] == [(8, 4)]
    lines = [(e.range.start.line, app.at(e.range)) for e in edits[app.uri]]
    assert lines == [(4, "answer"), (5, "answer"), (9, "answer"), (9, "answer")]
    guesses = [getattr(e, "annotation_id", None) for e in edits[app.uri]]
    assert guesses == [None, "dspy.guess", "dspy.guess", None]
    assert edit.change_annotations["dspy.guess"].needs_confirmation


async def test_references_are_found_in_files_that_are_not_open(client, editor):
    begun = await editor()
    (begun.folder / "app.py").write_text(APP)
    opened = begun.open("signatures.py", SIGNATURES.replace("    answer:", "    ans‸wer:"))
    found = await client.text_document_references_async(
        types.ReferenceParams(
            context=types.ReferenceContext(include_declaration=False), **opened.here
        )
    )
    places = [(place.uri.rpartition("/")[2], place.range.start.line) for place in found]
    assert places == [("app.py", line) for line in (4, 5, 9, 9)]


async def test_a_diagnostic_is_related_to_the_fields_definition_in_another_file(client, editor):
    begun = await editor()
    (begun.folder / "signatures.py").write_text(SIGNATURES)
    app = begun.open("app.py", APP.replace("s).answer", "s).anwser"))
    wrong = next(d for d in await app.diagnostics() if d.code == "DSP504")
    assert app.at(wrong.range) == "anwser"
    related = wrong.related_information[0].location
    assert related.uri == (begun.folder / "signatures.py").as_uri()
    assert related.range.start.line == 4


async def test_workspace_diagnostics_are_unchanged_until_a_file_is(client, editor):
    begun = await editor()
    other = begun.folder / "other.py"
    other.write_text(BROKEN)
    (first,) = await workspace_report(client)
    assert [item.code for item in first.items] == ["DSP101"]
    (second,) = await workspace_report(client, [first])
    assert (second.kind, second.result_id) == ("unchanged", first.result_id)
    other.write_text(RIGHT)
    changed(client, other)
    (third,) = await workspace_report(client, [first])
    assert (third.kind, list(third.items)) == ("full", [])


async def test_a_file_that_changes_on_disk_changes_what_imports_it(client, editor):
    begun = await editor()
    signatures = begun.folder / "signatures.py"
    signatures.write_text(SIGNATURES)
    app = begun.open("app.py", APP)
    assert await app.findings() == []
    signatures.write_text(SIGNATURES.replace("answer:", "reply:"))
    changed(client, signatures)
    assert ("DSP504", "answer") in await app.findings()
    signatures.unlink()
    changed(client, signatures, types.FileChangeType.Deleted)
    assert await app.findings() == []
    signatures.write_text(SIGNATURES)
    changed(client, signatures, types.FileChangeType.Created)
    found = await client.text_document_definition_async(
        types.DefinitionParams(app.identifier, app.position(APP.index("answer)")))
    )
    assert [place.uri for place in found] == [signatures.as_uri()]


METRICS = """def exact(example, pred, trace=None):
    return example.answer == pred.anwser
"""
JUDGING = """import dspy
from metrics import exact

qa = dspy.Predict("question -> answer")
dspy.Evaluate(devset=[], metric=exact)(qa)
"""


async def test_a_metric_is_judged_by_what_another_file_has_it_judge(client, editor):
    begun = await editor()
    metrics = begun.open("metrics.py", METRICS)
    assert await metrics.findings() == []
    app = begun.open("app.py", JUDGING)
    assert await app.findings() == []
    assert await metrics.findings() == [("DSP504", "anwser")]


async def test_a_metric_that_is_not_open_and_does_not_mention_dspy(client, editor):
    begun = await editor()
    (begun.folder / "metrics.py").write_text(METRICS)
    (begun.folder / "zapp.py").write_text(JUDGING)
    (report,) = await workspace_report(client)
    assert report.uri.endswith("/metrics.py")
    assert [item.code for item in report.items] == ["DSP504"]


async def test_a_file_that_comes_to_mention_dspy_is_renamed_in(client, editor):
    begun = await editor()
    app = begun.folder / "app.py"
    app.write_text("x = 1\n")
    opened = begun.open("signatures.py", SIGNATURES.replace("    answer:", "    ans‸wer:"))
    ask = types.RenameParams(new_name="reply", **opened.here)
    assert list(by_uri(await client.text_document_rename_async(ask))) == [opened.uri]
    app.write_text(APP)
    changed(client, app)
    edits = by_uri(await client.text_document_rename_async(ask))
    assert app.as_uri() in edits


async def test_folders_do_not_see_each_others_modules(client, editor):
    begun = await editor()
    folders = []
    for name, field in (("one", "answer"), ("two", "reply")):
        folder = begun.folder / name
        folder.mkdir()
        (folder / "signatures.py").write_text(SIGNATURES.replace("answer:", f"{field}:"))
        folders.append(types.WorkspaceFolder(folder.as_uri(), name))
    client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(
            types.WorkspaceFoldersChangeEvent(
                folders, [types.WorkspaceFolder(begun.folder.as_uri(), begun.folder.name)]
            )
        )
    )
    assert ("DSP504", "answer") not in await begun.open("one/app.py", APP).findings()
    assert ("DSP504", "answer") in await begun.open("two/app.py", APP).findings()


async def test_a_comment_silences_and_an_idle_one_is_told(client, editor):
    begun = await editor()
    text = 'import dspy\ns = "😋é"; qa = dspy.Predict("question")  # dspy: ignore[DSP101]\n'
    assert await begun.open("app.py", text).findings() == []
    idle = begun.open("idle.py", text.replace('"question"', '"question -> answer"'))
    found = await idle.diagnostics()
    assert [(d.code, d.severity) for d in found] == [("DSP901", types.DiagnosticSeverity.Hint)]
    assert idle.at(found[0].range) == "DSP101"


async def test_fix_all_mends_a_file_in_one_edit(client, editor):
    app = (await editor()).open(
        "app.py",
        'import dspy\ns = "😋é"; qa = dspy.ChainOfThought("question -> answer")\n'
        "p = qa(qestion=s)\nprint(p.rationale, p.anwser)\n",
    )
    found = await actions(client, app, ["source.fixAll"])
    (edit,) = [action.edit for action in found.values()]
    edits = by_uri(edit)[app.uri]
    assert [(app.at(e.range), e.new_text) for e in edits] == [
        ("qestion", "question"),
        ("rationale", "reasoning"),
        ("anwser", "answer"),
    ]


async def test_a_class_becomes_a_string_and_a_string_a_class(client, editor):
    begun = await editor()
    app = begun.open("app.py", SIGNATURES.replace("class QA", "class Q‸A"))
    offered = await actions(client, app)
    (edit,) = by_uri(offered["Convert `QA` to a string signature"].edit)[app.uri]
    assert edit.new_text == 'QA = dspy.Signature("question -> answer", "😋é")'
    other = begun.open(
        "other.py", 'import dspy\ns = "😋é"; p = dspy.Predict("question -> ‸b: int")\n'
    )
    offered = await actions(client, other)
    edits = by_uri(offered["Convert to class signature `PSignature`"].edit)[other.uri]
    assert other.at(edits[1].range) == '"question -> b: int"'
    assert "    b: int = dspy.OutputField()" in edits[0].new_text


async def test_a_document_edited_a_thousand_times_is_as_if_opened_anew(client, editor):
    begun = await editor()
    app = begun.open("app.py", APP)
    text = APP
    chance = random.Random(1)
    pieces = [
        '"',
        "\n",
        "\r\n",
        "\f",
        "\t",
        "😋é",
        "(",
        ")",
        "answer",
        " -> ",
        "'''",
        "qa",
        "#",
        "",
    ]
    for version in range(2, 1002):
        lines = text.replace("\r\n", "\n").split("\n")
        row = chance.randrange(len(lines))
        units = len(lines[row].encode("utf-16-le")) // 2
        begin = chance.randint(0, units)
        end = min(units, begin + chance.choice([0, 0, 1, 4]))
        line = lines[row].encode("utf-16-le")
        if version % 100 == 0:  # as a person does: undo the lot
            row, begin, new = 0, 0, APP
            end_at = types.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)
            text = APP
        else:
            before, after = line[: begin * 2], line[end * 2 :]
            try:
                start_text, rest = before.decode("utf-16-le"), after.decode("utf-16-le")
            except UnicodeDecodeError:
                continue  # no editor cuts a character in two
            new = chance.choice(pieces)
            end_at = types.Position(row, end)
            lines[row] = start_text + new + rest
            text = "\n".join(lines)
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=version, uri=app.uri),
                [
                    types.TextDocumentContentChangePartial(
                        range=types.Range(types.Position(row, begin), end_at), text=new
                    )
                ],
            )
        )
        if version % 50 == 0:
            fresh = begun.open(f"fresh{version}.py", text)
            shown = [(d.code, d.range, d.message) for d in await app.diagnostics()]
            assert shown == [(d.code, d.range, d.message) for d in await fresh.diagnostics()]


def test_the_status_tells_what_holds_in_each_folder(wire, tmp_path):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    (folders[1] / "pyproject.toml").write_text("[tool.dspy-companion]\nselct = []\n")
    named = [{"uri": folder.as_uri(), "name": folder.name} for folder in folders]
    wire.initialize(rootUri=tmp_path.as_uri(), workspaceFolders=named)
    while wire.receive().get("method") != "dspy/status":
        pass
    status = wire.seen[-1]["params"]
    told = {each["uri"]: each for each in status["folders"]}
    assert set(told) == {folder.as_uri() for folder in folders}
    assert not any("selct" in each for each in told[folders[0].as_uri()]["degraded"])
    assert any("selct" in each for each in told[folders[1].as_uri()]["degraded"])
    alone = {"interpreter", "dspyVersion", "mlflowVersion", "dialect", "degraded"}
    assert set(told[folders[0].as_uri()]) == {"uri", *alone}
    assert set(status) == {*alone, "trusted", "worker", "folders"}
