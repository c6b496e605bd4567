"""While a string is being typed: what is intact stays, and a problem stays where the edit is."""

import pytest

from dspy_language_server.signature.dialect import dialect_for
from dspy_language_server.signature.reader import read

DIALECT = dialect_for()
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
]


def deletions():
    for text in STRINGS:
        for at in range(len(text)):
            yield text, text[:at] + text[at + 1 :], at


def prefixes():
    for text in STRINGS:
        for end in range(len(text)):
            yield text, text[:end], end


def known(text):
    """The problems of a complete string, as what they say of which text."""
    reading = read(text, dialect=DIALECT)
    return {(p.code, text[slice(*p.span)]) for p in reading.problems}


def is_explained(problem, edited, at, complete):
    touches = problem.span.touches(at)
    other = problem.data.get("other")
    about_both = other is not None and other.touches(at)
    return touches or about_both or (problem.code, edited[slice(*problem.span)]) in complete


@pytest.mark.parametrize("edits", [prefixes, deletions])
def test_a_problem_is_old_or_touches_the_edit(edits):
    bad = []
    for text, edited, at in edits():
        complete = known(text)
        for problem in read(edited, dialect=DIALECT).problems:
            if not is_explained(problem, edited, at, complete):
                bad.append((edited, at, problem.code, edited[slice(*problem.span)]))  # noqa: PERF401
    assert bad == []


def shifted(span, at):
    return (span.start - (span.start > at), span.end - (span.end > at))


def parts(text):
    """Each field of a complete string with the stretch that it owns, up to the next comma or arrow."""
    reading = read(text, dialect=DIALECT)
    for field in reading.fields:
        yield field, field.name_span.start, (field.type_span or field.name_span).end


def test_fields_away_from_a_deletion_keep_name_type_and_span():
    lost = []
    for text, edited, at in deletions():
        if text[at] in ",->'\"[]:" or len({f.name for f, *_ in parts(text)}) != len(
            list(parts(text))
        ):
            continue
        found = {
            (f.name, tuple(f.name_span), f.type_text) for f in read(edited, dialect=DIALECT).fields
        }
        for field, start, end in parts(text):
            if start - 1 <= at <= end:
                continue
            wanted = (field.name, shifted(field.name_span, at), field.type_text)
            if wanted not in found:
                lost.append((edited, at, wanted))
    assert lost == []


def test_fields_away_from_a_lost_bracket_quote_or_comma_survive():
    lost = []
    for text, edited, at in deletions():
        if text[at] not in ",'\"[]:":
            continue
        found = {(f.name, tuple(f.name_span)) for f in read(edited, dialect=DIALECT).fields}
        ordered = sorted(parts(text), key=lambda part: part[1])
        near = {i for i, (_, start, end) in enumerate(ordered) if start - 2 <= at <= end + 1}
        near |= {i + 1 for i in near}
        for index, (field, _, _) in enumerate(ordered):
            if index not in near and (field.name, shifted(field.name_span, at)) not in found:
                lost.append((edited, at, field.name))
    assert lost == []


def test_every_finished_field_of_a_prefix_is_there():
    lost = []
    for text, edited, end in prefixes():
        found = {f.name for f in read(edited, dialect=DIALECT).fields}
        lost += [
            (edited, field.name)
            for field, _, stop in parts(text)
            if stop < end - 1 and field.name not in found
        ]
    assert lost == []
