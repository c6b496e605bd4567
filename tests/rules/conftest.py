"""Fixtures of the rules: a program from text, and what is found in it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def analyse():
    """Findings of a text, as the catalog reports them."""
    from dspy_language_server.program.project import Project
    from dspy_language_server.rules.catalog import check
    from dspy_language_server.rules.configuration import DEFAULT
    from dspy_language_server.signature.dialect import dialect_for

    def run(text, *, release=None, configuration=DEFAULT):
        dialect = dialect_for(release)
        project = Project(dialect=dialect)
        project.open("file:///app.py", text)
        program = project.program("file:///app.py")
        assert program is not None
        return check(program, dialect=dialect, configuration=configuration)

    return run
