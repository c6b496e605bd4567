"""The same question in UTF-8, UTF-16 and UTF-32: the answer is on the same characters."""

import pytest

LINE = 'p = ("😋é", dspy.Predict("a -> a"))'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_ranges_count_in_the_agreed_unit(wire, encoding):
    units = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
    result = wire.initialize(
        capabilities={
            "general": {"positionEncodings": [encoding]},
            "textDocument": {"diagnostic": {}},
        }
    )
    assert result["capabilities"]["positionEncoding"] == encoding
    uri = "file:///nowhere/app.py"
    document = {"uri": uri, "languageId": "python", "version": 1, "text": f"import dspy\n{LINE}\n"}
    wire.send(method="textDocument/didOpen", params={"textDocument": document})
    wire.send(id=1, method="textDocument/diagnostic", params={"textDocument": {"uri": uri}})
    items = wire.answer(1)["result"]["items"]
    assert items
    found = items[0]["range"]
    assert found["start"]["line"] == 1
    data = LINE.encode(codec)
    text = data[found["start"]["character"] * units : found["end"]["character"] * units]
    assert text.decode(codec) == "a"


def test_without_a_choice_columns_are_utf_16(wire):
    assert wire.initialize()["capabilities"]["positionEncoding"] == "utf-16"


def test_a_client_that_does_not_pull_is_pushed_to(wire):
    wire.initialize()
    uri = "file:///nowhere/app.py"
    document = {"uri": uri, "languageId": "python", "version": 4, "text": f"import dspy\n{LINE}\n"}
    wire.send(method="textDocument/didOpen", params={"textDocument": document})
    while (message := wire.receive()).get("method") != "textDocument/publishDiagnostics":
        pass
    assert message["params"]["version"] == 4
    assert message["params"]["diagnostics"]
    wire.send(method="textDocument/didClose", params={"textDocument": {"uri": uri}})
    while (message := wire.receive()).get("method") != "textDocument/publishDiagnostics":
        pass
    assert message["params"]["diagnostics"] == []
