"""What a closed document leaves behind: nothing, where there is no file of it."""

import gc
import sys
import weakref

from dspy_language_server.environment.names import dialect_of
from dspy_language_server.program.project import Project
from dspy_language_server.rules import catalog

TEXT = """\
import dspy
from pydantic import BaseModel

class Bear(BaseModel):
    name: str

qa = dspy.Predict("question -> bear: Bear, bears: list[Bear]")
print(qa(question="which?").bear)
"""


def test_a_closed_document_is_not_held_by_what_its_types_were_found_to_be():
    dialect = dialect_of(sys.executable, None, ())
    project = Project(dialect=dialect)
    project.open("untitled:a", TEXT)
    program = project.program("untitled:a")
    assert program is not None
    assert [f.code for f in catalog.check(program, dialect=dialect)] == ["DSP509"]
    held = weakref.ref(program.analysis)
    del program
    project.close("untitled:a")
    gc.collect()
    assert held() is None
