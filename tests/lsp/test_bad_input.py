"""Documents that no one should write: an answer, never a crash, and the server stays up."""

import pytest

DOCUMENTS = {
    "empty": "",
    "one line without an end": "import dspy",
    "50,000 lines": "import dspy\n" + 'p = dspy.Predict("question -> answer")\nx = 1\n' * 25_000,
    "a string of 100,000 characters": 'import dspy\np = dspy.Predict("'
    + "a, " * 33_333
    + '-> b")\n',
    "brackets 1,000 deep": "import dspy\np = dspy.Predict(" + "[" * 1000 + "]" * 1000 + ")\n",
    "types 1,000 deep": 'import dspy\np = dspy.Predict("a: '
    + "list[" * 1000
    + "]" * 1000
    + ' -> b")\n',
    "half-typed": 'import dspy\nclass A(dspy.Module):\n    def f(self:\n        x = dspy.Predict("a -> \n',
    "control characters": "import dspy\x0c\np = dspy.Predict('a\u2028 -> b\x85')\r\rq = 1\r\n\x00",
    "lone surrogates": "import dspy\np = dspy.Predict('\ud800 -> b')\n",
    "tabs and carriage returns": "import dspy\r\nclass A:\r\n\tp = dspy.Predict('a -> a')\r\n",
}


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_every_question_about_it_is_answered(wire, text):
    wire.initialize(capabilities={"textDocument": {"diagnostic": {}}})
    uri = "file:///nowhere/app.py"
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    wire.send(method="textDocument/didOpen", params={"textDocument": document})
    lines = text.count("\n")
    questions = [("textDocument/diagnostic", {}), ("textDocument/documentSymbol", {}),
                 ("textDocument/foldingRange", {}), ("textDocument/codeLens", {})]  # fmt: skip
    for line, character in ((0, 0), (1, 20), (lines, 0), (lines + 9, 999), (1, 10**6)):
        position = {"position": {"line": line, "character": character}}
        questions += [
            (f"textDocument/{name}", position)
            for name in ("hover", "completion", "definition", "signatureHelp")
        ]
    for number, (method, extra) in enumerate(questions):
        wire.send(id=number, method=method, params={"textDocument": {"uri": uri}, **extra})
        assert "error" not in wire.answer(number), method
    change = {
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": lines + 9, "character": 0}},
        "text": "x",
    }
    identifier = {"uri": uri, "version": 2}
    wire.send(
        method="textDocument/didChange",
        params={"textDocument": identifier, "contentChanges": [change]},
    )
    wire.send(id="last", method="textDocument/diagnostic", params={"textDocument": {"uri": uri}})
    assert wire.answer("last")["result"]["items"] == []


def test_a_document_that_is_not_open_is_read_from_disk_or_answered_with_nothing(wire, tmp_path):
    (tmp_path / "latin.py").write_bytes(b"import dspy\nx = '\xe9'\n")
    wire.initialize()
    for name in ("absent.py", "latin.py"):
        uri = (tmp_path / name).as_uri()
        wire.send(id=name, method="textDocument/hover",
                  params={"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}})  # fmt: skip
        assert wire.answer(name)["result"] is None


def test_changes_to_a_document_that_was_never_opened_are_ignored(wire):
    wire.initialize()
    wire.send(
        method="textDocument/didChange",
        params={
            "textDocument": {"uri": "file:///x.py", "version": 3},
            "contentChanges": [{"text": "y"}],
        },
    )
    wire.send(method="textDocument/didClose", params={"textDocument": {"uri": "file:///x.py"}})
    wire.send(id=1, method="workspace/executeCommand", params={"command": "dspy.information"})
    assert wire.answer(1)["result"]["openDocuments"] == 0
