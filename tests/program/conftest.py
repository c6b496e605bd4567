"""A program from a text, and the places that a caret marks in it."""

import pytest

from dspy_language_server.program.project import Project
from dspy_language_server.signature.dialect import dialect_for

URI = "/code/app.py"


class Workspace:
    """Files by path; `app.py` is the one that is open."""

    def __init__(self, **files):
        self.files = {f"/code/{name}.py": text for name, text in files.items()}
        self.project = Project(dialect=dialect_for(), roots=["/work"], read=self.files.get)

    def open(self, text):
        self.project.open(URI, text)
        return self.project.program(URI)


@pytest.fixture
def workspace():
    return Workspace


@pytest.fixture
def program():
    def read(text, **files):
        return Workspace(**files).open(text)

    return read


@pytest.fixture
def context(program):
    """The context at `‸`, which is no part of the text."""

    def read(text, **files):
        offset = text.index("‸")
        return program(text.replace("‸", ""), **files).at(offset)

    return read
