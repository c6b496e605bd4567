"""What the tests of Python source share: documents of a text, and all that was read from one as plain data."""

from dataclasses import fields, is_dataclass

import pytest

from dspy_language_server.source import syntax
from dspy_language_server.source.document import Document
from dspy_language_server.source.syntax_reader import read_stretch


def plain(node):
    """A syntax node as nested tuples, without what other rooms note on it."""
    if is_dataclass(node):
        kept = [f.name for f in fields(node) if f.name != "summary"]
        return (type(node).__name__, *(plain(getattr(node, name)) for name in kept))
    return tuple(plain(each) for each in node) if isinstance(node, tuple) else node


def placed(block, base):
    """Every statement of a block, nested ones too, with its offset in the document."""
    for offset, statement in block:
        yield base + offset, statement
        for inner in statement.blocks():
            yield from placed(inner, base + offset)


def within(expression):
    yield expression
    for inner in expression.children():
        yield from within(inner)


class Reading:
    """A document and what the room reads from it, in the document's offsets."""

    def __init__(self, text):
        self.document = Document("file:///app.py", text)

    @property
    def syntax(self):
        return [
            (stretch.anchor.start, stretch.text, plain(read_stretch(stretch).body))
            for stretch in self.document.stretches
        ]

    @property
    def statements(self):
        for stretch in self.document.stretches:
            yield from placed(read_stretch(stretch).body, stretch.anchor.start)

    @property
    def literals(self):
        """Each constant string: its offset's base, and the literal."""
        for start, statement in self.statements:
            for top in statement.expressions():
                for expression in within(top):
                    if isinstance(expression, syntax.String) and expression.literal is not None:
                        yield start, expression.literal

    @property
    def strings(self):
        """Each constant string: the text that its span covers, and its value."""
        return [
            (self.document.text[start + span.start : start + span.end], literal.value)
            for start, literal in self.literals
            for span in [literal.span]
        ]

    @property
    def names(self):
        """The names of classes and functions, and those that are assigned."""
        found = []
        for _, statement in self.statements:
            if isinstance(statement, syntax.Class | syntax.Function):
                found.append(statement.name)
            elif isinstance(statement, syntax.Assign):
                found += [t.id for t in statement.targets if isinstance(t, syntax.Name)]
        return found


@pytest.fixture(scope="session")
def read():
    """Reads a text: `read(text)` is its `Reading`."""
    return Reading
