"""Fixtures of the rules: a program from text, and what is found in it."""

import logging
import sys
import warnings
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


@pytest.fixture(scope="session")
def analyse_here():
    """Findings of a text, read by the interpreter that runs the tests."""
    from dspy_language_server.environment.names import dialect_of
    from dspy_language_server.program.project import Project
    from dspy_language_server.rules.catalog import check

    dialect = dialect_of(sys.executable)

    def run(text):
        project = Project(dialect=dialect)
        project.open("file:///app.py", text)
        program = project.program("file:///app.py")
        assert program is not None
        return check(program, dialect=dialect)

    return run


ANSWERS = {"reasoning": "because", "answer": "So.", "score": "1", "items": "a", "goods": "a pear"}


@pytest.fixture
def dspy_runs():
    """Runs a text with the real dspy and an LM that answers from a list; the exception's name, or None."""
    import dspy
    from dspy.utils import DummyLM

    def run(code: str):
        lm = DummyLM([ANSWERS] * 20)
        with warnings.catch_warnings(), dspy.context(lm=lm, trace=[], max_errors=1):
            warnings.simplefilter("ignore")
            try:
                exec(compile(code, "<page>", "exec"), {"__name__": "__page__"})
            except Exception as error:
                return type(error).__name__
        return None

    logging.disable(logging.CRITICAL)
    yield run
    logging.disable(logging.NOTSET)
