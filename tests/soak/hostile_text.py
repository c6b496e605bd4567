"""Hostile names and content in everything that an editor shows: no link, no command, no HTML.

What is shown as Markdown is read by a CommonMark parser with GitHub's extensions switched on, as
editors read it, and the tokens are looked at: a link, an image or HTML is a failure.
"""

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import hostile_messages
from figures import Row
from hostile_messages import CLIENTS, UNSEEN
from markdown_it import MarkdownIt
from wire import Editor

ATTACKS = (
    "[click](command:workbench.action.terminal.new)", "![x](http://evil.example/x.png)", "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "https://evil.example/x", "http://evil.example", "www.evil.example",
    "a@evil.example", "<https://evil.example>", "<command:x>", "`` ` ``` ` [a](command:x)", "[a]: command:x", "[a][a]",
    "|||", "\\[a\\](command:x)", "&lt;b&gt;<b>", "~~~\n<b>", "```\n[a](command:x)\n```\n<b>", "# head", "- [ ] <b>",
    "$(trash)", "javascript:alert(1)", "[a](javascript:alert(1))", "\u202e<b>", "<!-- <b> -->", "]]></b>",
    "\x1b[31mred\x1b]0;title\x07", "\x9b2J", "\u202egnp.exe\u2066", "a\u2028b\u2029c", "$(trash) $(warning~spin)",
    "very long " * 4000, '"><a href="command:x">', "vscode://evil/x", "file:///etc/passwd", "[^1]", "$$\\href{command:x}{y}$$", "\n\n    <b>",
)  # fmt: skip
TEMPLATE = '''\
import dspy
from typing import Literal

class Triage(dspy.Signature):
    """{0}

    {1}
    """

    ticket: str = dspy.InputField(desc={2!r}, prefix={3!r})
    kind: Literal[{4!r}, {5!r}] = dspy.OutputField(desc={6!r})

class Desk(dspy.Module):
    """{7}"""
    def __init__(self):
        self.triage = dspy.ChainOfThought(Triage)
        self.plain = dspy.Predict("question: Literal[{8}] -> answer: list[{9}]", {10!r})
        self.odd = dspy.Predict({11!r})
    def forward(self, ticket):
        """{12}"""
        found = self.triage(ticket=ticket, {13}=1)
        return found.kind, found.answr, self.plain(question={14!r}).answer

desk = Desk()
data = [dspy.Example(question={15!r}, **{{{16!r}: 1}}).with_inputs({17!r})]
'''
POSITIONAL = ("hover", "completion", "signatureHelp", "definition")
WHOLE = ("codeLens", "documentSymbol", "foldingRange", "inlayHint", "codeAction")


def parser() -> MarkdownIt:
    """Markdown as the most lenient editor reads it: HTML, tables, bare addresses."""
    lenient = MarkdownIt("commonmark", {"html": True, "linkify": True}).enable(
        ["table", "strikethrough", "linkify"]
    )
    lenient.validateLink = lambda _: True  # type: ignore[method-assign]
    return lenient


def markup_in(text: str) -> list[str]:
    """The links, images and HTML that a reader of Markdown finds."""
    tokens = [i for token in parser().parse(text) for i in (token, *(token.children or []))]
    kinds = {"html_block", "html_inline", "image", "link_open"}
    return [f"{i.type} {i.content or i.attrs}" for i in tokens if i.type in kinds]


SHOWN = {
    "label",
    "detail",
    "message",
    "name",
    "title",
    "tooltip",
    "containerName",
    "value",
    "documentation",
}
BOUND = 100_000
"""No text that is shown is longer: a hover of megabytes stops an editor."""


def shown(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Each text in an answer that an editor shows: (what it is, text). What is inserted is the file's."""
    if isinstance(value, str) and key in SHOWN:
        yield key, value
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in {"data", "arguments", "command", "edit"}:
                yield from shown(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from shown(item, key)


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Each Markdown text in an answer: (where, text)."""
    if isinstance(value, dict):
        if value.get("kind") == "markdown" and isinstance(value.get("value"), str):
            yield key, value["value"]
        for name, item in value.items():
            yield from texts(item, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, key)


def program(chance: random.Random) -> str:
    """A program with attacks at every place that is shown."""
    attacks = [chance.choice(ATTACKS) for _ in range(18)]
    inner = [a.replace("\\", "").replace('"', "'") for a in attacks]
    for number in (8, 9):
        inner[number] = "'" + inner[number].replace("'", "").replace("\n", " ") + "'"
    inner[13] = chance.choice(("tickt", "ticket_", "b"))
    return TEMPLATE.format(*inner)


def look(row: Row, what: str, answer: dict[str, Any]) -> None:
    """Look over an answer: what is Markdown for markup, and all that is shown for odd letters."""
    for kind, text in shown(answer.get("result")):
        row.count("texts looked at")
        found = UNSEEN.search(text)
        row.expect(not found, f"{what} {kind}: {found and found[0]!r} in {text[:300]!r}")
        row.expect(len(text) < BOUND, f"{what} {kind}: {len(text)} letters")
        row.expect(kind != "name" or text.strip(), f"{what}: a name without letters")
        row.expect(kind not in {"name", "label"} or "\n" not in text, f"{what} {kind}: {text!r}")
    for where, text in texts(answer):
        row.count("Markdown texts")
        for markup in markup_in(text):
            row.problems.append(f"{what} {where}: {markup} in {text[:300]!r}")


def session(row: Row, seed: int, root: Path, programs: int) -> None:
    """Show hostile programs in a session and look at all that is answered."""
    chance = random.Random(seed)
    capabilities = {
        "textDocument": {
            "diagnostic": {"markupMessageSupport": True},
            "hover": {"contentFormat": ["markdown"]},
            "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
            "signatureHelp": {"signatureInformation": {"documentationFormat": ["markdown"]}},
        }
    }
    editor = Editor(root, trusted=False, capabilities=capabilities).start()
    for number in range(programs):
        text = program(chance)
        row.count("programs")
        uri = editor.open(f"app{number}.py", text)
        document = {"textDocument": {"uri": uri}}
        report = editor.request("textDocument/diagnostic", document)
        look(row, f"seed {seed}.{number} diagnostic", report)
        lines = text.split("\n")
        everything = {
            "range": {
                "start": {"line": 0, "character": 0},
                "end": {"line": len(lines), "character": 0},
            },
            "context": {"diagnostics": report["result"]["items"]},
        }
        for method in WHOLE:
            answer = editor.request(f"textDocument/{method}", {**document, **everything})
            look(row, f"seed {seed}.{number} {method}", answer)
        spots = [d["range"]["start"] for d in report["result"]["items"]]
        spots += [
            {"line": line, "character": column}
            for line, content in enumerate(lines)
            for column in range(0, len(content) + 1, 7)
        ]
        for place in chance.sample(spots, min(40, len(spots))):
            for method in POSITIONAL:
                answer = editor.request(f"textDocument/{method}", {**document, "position": place})
                look(row, f"seed {seed}.{number} {method} {place}", answer)
                items = (answer.get("result") or {}) if method == "completion" else {}
                for item in items.get("items", [])[:3]:
                    look(
                        row,
                        f"seed {seed}.{number} resolve",
                        editor.request("completionItem/resolve", item),
                    )
        editor.notify("textDocument/didClose", document)
    editor.close()


def campaign(seed: int, programs: int, clients: Sequence[str] = tuple(CLIENTS)) -> Row:
    """Show hostile programs and read what is shown as an editor does; then trusted sessions."""
    row = Row("hostile names and content", "no link, no command, no HTML")
    with row.timed():
        with tempfile.TemporaryDirectory() as folder:
            session(row, seed, Path(folder).resolve(), programs)
        # A session of jobs is long: in seven, each attack has met each client.
        for number in range(seed, seed + max(1, programs * 7 // 100)):
            for client in clients:
                with tempfile.TemporaryDirectory() as folder:
                    hostile_messages.session(row, number, Path(folder).resolve(), client)
    return row
