"""Reads the cases of `data/*.txt`, runs each with the real dspy in a child, and has it read by us."""

import json
import logging
import os
import re
import sys
import warnings
from pathlib import Path

DATA = Path(__file__).parent / "data"
IMPORTS = """import dspy
from dspy import Signature, Predict, ChainOfThought, ReAct
from typing import Any, List, Dict, Optional, Union, Literal, Annotated, ClassVar, Generic, TypeVar, TypedDict
from typing import NamedTuple, Callable, Tuple
from pydantic import BaseModel
from dataclasses import dataclass
from enum import Enum
def tool(x: int) -> int:
    "A tool."
    return x
"""


def cases():
    """Every case with the file that it is from; lines of three dashes stand between them."""
    for path in sorted(DATA.glob("*.txt")):
        for text in re.split(r"^---\n", path.read_text("utf-8"), flags=re.MULTILINE):
            if text.strip():
                yield path.stem, text


def errors_of(programs):
    """The exceptions' names that the real dspy raises on programs, None where none; in a child."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        answers = _run(programs)
        with os.fdopen(write, "w") as pipe:
            json.dump(answers, pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


def _run(programs):
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    return [_error(program) for program in programs]


def _error(program):
    try:
        exec(compile(program, "<case>", "exec"), {"__name__": "__main__"})
    except BaseException as error:
        return type(error).__name__
    return None


def main():
    """Prints the cases of standard input on which dspy and we do not agree."""
    from dspy_language_server.environment.names import dialect_of
    from dspy_language_server.program.project import Project
    from dspy_language_server.rules.catalog import check

    dialect = dialect_of(sys.executable)
    for text in re.split(r"^---\n", sys.stdin.read(), flags=re.MULTILINE):
        project = Project(dialect=dialect)
        project.open("file:///app.py", IMPORTS + text)
        found = check(project.program("file:///app.py"), dialect=dialect)
        errors = [f.code for f in found if f.severity.value == "error"]
        (raised,) = errors_of([IMPORTS + text])
        if bool(errors) != bool(raised):
            print(f"---\n{text.rstrip()}\n# dspy: {raised}; ours: {errors}")


if __name__ == "__main__":
    import dspy  # noqa: F401 - once, before the children

    main()
