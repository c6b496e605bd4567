"""While a string is being typed: what is intact stays, and a problem stays where the edit is.

`edits.py` says what must hold; it is also a command for a file of strings.
"""

import edits
import pytest

from dspy_language_server.signature.dialect import dialect_for
from dspy_language_server.signature.reader import read

STRINGS = [
    "question -> answer",
    "question: str, context: list[str] -> answer: str, score: float",
    "text -> title, headings: list[str], entities_and_metadata: list[dict[str, str]]",
    "status:Literal['pending','approved','rejected'], priority:Literal[1,2,3] -> result",
    "image: dspy.Image, class_labels: list[str] -> probabilities: dict[str, float]",
    "input_opt: Optional[str], input_union: Union[int, None] -> output_union: Union[int, str]",
    "\n    question: str,\n    context: list[str]\n    ->\n    answer: str\n",
    "question, tools: list[dspy.Tool] -> next_thought: dspy.Reasoning, tool_calls: dspy.ToolCalls",
    "query: str -> result: QueryResult, other: int",
    "summary, complexity: Low or High -> verdict: bool, reason",
    "question, answer->answer, score",
    "input1: str | None, input2: None | int -> output_union: int | str",
    "input_complex: dict[str, list[Optional[Tuple[int, str]]]] -> output_complex: Union[list[str], dict[str, Any]]",
    "question, choice: Literal[1, True, None] -> answer: Literal['a', False]",
    "question, *, hint -> answer",
    "question, /, context -> answer",
    "query \\\n -> answer",
    "first-name, age -> greeting",
    "note: str - the note, size -> answer",
    "size: int = 3, limit=10 -> answer: str = 'x'",
    "a, /, *, b -> c",
    "draft -> critique -> final",
    "question --> answer",
]
# Without its line's end a comment takes in what follows; a parenthesis that closes DSPy's own is no mistake
# until what stands behind it is none of Python's statements any more.
WHILE_TYPED = [
    "query: str # why it is asked\n, hits -> answer",
    "question -> answer): import os",
    "question -> answer)->(score",
]


@pytest.mark.parametrize("make", [edits.prefixes, edits.deletions])
def test_what_is_intact_stays_and_no_problem_flickers(make):
    said = [words for found, _ in edits.breaches(make(STRINGS)) for words in found]
    assert said == []


def test_what_is_intact_stays_while_it_is_typed():
    said = [words for found, _ in edits.breaches(edits.prefixes(WHILE_TYPED)) for words in found]
    assert said == []


def test_the_check_itself_finds_a_lost_field_and_a_flicker():
    """Held against the answer for another text, both are breaches."""
    edit = edits.Edit("question, context -> answer", "question, context -> nswer", 21, False)
    other = read("question: strr -> nswer", dialect=dialect_for())
    assert list(edits.lost_fields(edit, other)) == ["question", "context"]
    assert list(edits.flickers(edit, other))
