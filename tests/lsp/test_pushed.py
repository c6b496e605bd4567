"""What is pushed after any edits is what a server pushes that opens the text afresh."""

import asyncio
import json
import random

import pytest

from dspy_language_server.lsp.server import create_server
from dspy_language_server.lsp.services import Services

URI = "file:///nowhere/app.py"
TEXT = '''import dspy

one = dspy.Predict("question -> answer: flot")
é = "😋"; two = dspy.Predict("a -> b: strr", """
"""); three = dspy.Predict("a, a -> b")

def main(question):
    four = dspy.Predict("q -> x"); result = four(q=question)
    return result.y, one(qestion=1)
'''
PIECES = ["\n", " ", "é", "😋", "x", "# ", '"', "(", "x = 1; ", "\n\n", "wrong: flot, "]


class Client:
    """A server in this process, and what it has sent."""

    def __init__(self):
        self.sent = []
        self.server = create_server(Services())
        self.server.protocol.set_writer(self)
        publishing = {"publishDiagnostics": {"relatedInformation": True}}
        capabilities = {"textDocument": publishing}
        self.tell("initialize", {"processId": None, "capabilities": capabilities}, id=1)
        self.tell("initialized", {})

    def write(self, data):
        self.sent.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    def close(self):
        """Nothing to close."""

    def tell(self, method, params, **extra):
        message = {"jsonrpc": "2.0", "method": method, "params": params, **extra}
        self.server.protocol.receive(json.dumps(message).encode())

    def open(self, text):
        document = {"uri": URI, "languageId": "python", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return self.pushed()

    def edit(self, version, text, start, end, new):
        def place(offset):
            line = text.count("\n", 0, offset)
            before = text[text.rfind("\n", 0, offset) + 1 : offset]
            return {"line": line, "character": len(before.encode("utf-16-le")) // 2}

        change = {"range": {"start": place(start), "end": place(end)}, "text": new}
        document = {"uri": URI, "version": version}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        return self.pushed()

    def pushed(self):
        last = self.sent[-1]
        assert last["method"] == "textDocument/publishDiagnostics"
        return last["params"]["diagnostics"]


@pytest.mark.parametrize("seed", range(15))
def test_any_edits(seed):
    async def session():
        chance = random.Random(seed)
        text = TEXT
        client = Client()
        assert len(client.open(text)) >= 4
        for version in range(2, 14):
            start = chance.randint(0, len(text))
            end = min(len(text), start + chance.choice([0, 0, 0, 1, 7]))
            new = chance.choice(PIECES)
            pushed = client.edit(version, text, start, end, new)
            text = text[:start] + new + text[end:]
            assert pushed == Client().open(text)

    asyncio.run(session())
