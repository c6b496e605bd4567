"""Half-typed code: what is missing in one statement takes nothing from the statements around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dspy_language_server.source import syntax
from dspy_language_server.source.insertions import Insertion, Insertions
from dspy_language_server.source.repair import repair

BEFORE = 'first = dspy.Predict("a -> b")\n'
AFTER = 'second = dspy.Predict("c -> d")\n\ndef main():\n    return dspy.Predict("e -> f")\n'


@pytest.mark.parametrize(
    "half_typed",
    [
        "x = dspy.Predict(",
        'x = dspy.Predict("q -> ',
        'x = dspy.Predict("q -> a"',
        'x = dspy.Predict("q -> a", ',
        "x = dspy.Predict('it\\'s -> ",
        "x = [dspy.Predict(",
        "x = {'a': [",
        "x = ",
        "x = f(a=",
        "x = f(a=, b=1)",
        "x = f(a[1)",
        "def",
        "def f",
        "def f(a):",
        "async def f(a) ->",
        "class",
        "class A",
        "class A(dspy.Signature):",
        "class A:\n    q: str = dspy.InputField(",
        'class A:\n    q: str = dspy.InputField(desc="the ',
        "class A:\n    def forward(self",
        "@d(",
        "if x",
        "for x in",
        "try:",
        "import a.",
        "from a import (b,",
        "return",
        ")",
        "]]",
        "x = 'a' 'b",
        "x = dspy.",
        "x.",
        "def f(",
        "def f(a, ",
        "class A(dspy.",
        "@",
        "if f(:",
        "with open(",
        "import",
        "from a import",
        "x = y if",
        "x = lambda a:",
        "x = a +",
        "not",
        "x = f(g(h(1, [2, {3",
    ],
)
def test_the_statements_around_half_typed_code_are_read(read, half_typed):
    found = read(f"{BEFORE}{half_typed}\n{AFTER}")
    assert {"first", "second", "main"} <= set(found.names)
    wanted = [('"a -> b"', "a -> b"), ('"c -> d"', "c -> d"), ('"e -> f"', "e -> f")]
    assert [pair for pair in found.strings if pair in wanted] == wanted


PROGRAM = '''\
@dspy.cache(size=10)
class Answer(dspy.Signature):
    """Answer the question."""

    question: str = dspy.InputField(desc="what is asked", prefix='Q: ')
    answer: Literal["yes", "no"] = dspy.OutputField()

    def check(self, value: dict[str, int] = {"a": 1}) -> bool:
        return f"{value['a']}" in [word for word in self.words("é 😋", (1, 2))]
'''


@pytest.mark.parametrize("cut", range(0, len(PROGRAM), 3))
def test_at_every_moment_of_typing_a_class_the_function_behind_it_is_read(read, cut):
    found = read(f'{BEFORE}{PROGRAM[:cut]}\n\ndef main():\n    return dspy.Predict("e -> f")\n')
    names = found.names
    assert names[0] == "first"
    assert names[-1] == "main"
    assert found.strings[-1] == ('"e -> f"', "e -> f")


def test_a_triple_quote_that_is_not_closed_ends_before_the_next_definition(read):
    found = read('class A:\n    """Say\n    more\n\ndef f():\n    """Done."""\n\nx = "é"\n')
    assert found.names == ["A", "f", "x"]
    assert [value for _, value in found.strings][1:] == ["Done.", "é"]


def test_within_a_method_the_next_statement_is_read(read):
    found = read(
        "class M(dspy.Module):\n"
        "    def __init__(self):\n"
        '        self.a = dspy.Predict("😋 -> \n'
        '        self.b = dspy.Predict("c -> d")\n'
        "\n"
        "    def forward(self, q):\n"
        "        return self.a(q=\n"
        "    def other(self):\n"
        '        return "e -> f"\n'
    )
    assert found.names == ["M", "__init__", "forward", "other"]
    assert found.strings[-2:] == [('"c -> d"', "c -> d"), ('"e -> f"', "e -> f")]


def test_a_call_whose_bracket_is_missing_is_a_call_that_is_marked(read):
    found = read('x = dspy.Predict("q -> a", n=\ny = dspy.Predict("q -> a")\n')
    calls = [statement.value for _, statement in found.statements]
    assert [call.broken for call in calls] == [True, False]
    assert [argument.name for argument in calls[0].arguments] == [None, "n"]


def test_a_name_that_is_still_to_be_typed_is_empty(read):
    found = read("x = program.\ny = 1\n")
    ((start, first), _) = found.statements
    assert isinstance(first.value, syntax.Attribute)
    assert (first.value.value.id, first.value.name) == ("program", "")
    assert start + first.value.name_span.start == len("x = program.")


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("f(1", "f(1)"),
        ("f([1\ng()\n", "f([1])\ng()\n"),
        ("x = f(  # why\ny = 1\n", "x = f()  # why\ny = 1\n"),
        ("x = 'a\n", "x = 'a'\n"),
        ("x.\n", "x._\n"),
        ("f(a=)\n", "f(a=_)\n"),
        ("f(a[1)\n", "f(a[1])\n"),
        ("x = '''a\ndef f(): pass\n", "x = '''a'''\ndef f(): pass\n"),
    ],
)
def test_what_is_missing_is_put_in_and_noted(text, closed):
    repaired, insertions = repair(text)
    assert repaired == closed
    for position, length in reversed(insertions):
        shift = sum(each.length for each in insertions if each.position < position)
        at = position + shift
        repaired = repaired[:at] + repaired[at + length :]
        insertions = tuple(each for each in insertions if each.position < position)
    assert repaired == text


def test_what_is_complete_is_left_alone():
    assert repair(PROGRAM) == (PROGRAM, ())
    assert repair("") == ("", ())
    assert repair("f(") == ("f()", (Insertion(2, 1),))


def test_repair_only_ever_adds():
    for cut in range(len(PROGRAM)):
        text = PROGRAM[:cut] + PROGRAM[cut + 1 :]
        repaired, insertions = repair(text)
        assert [each.position for each in insertions] == sorted(
            each.position for each in insertions
        )
        assert len(repaired) == len(text) + sum(each.length for each in insertions)
        assert is_subsequence(text, repaired)


def is_subsequence(text, longer):
    rest = iter(longer)
    return all(character in rest for character in text)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4)), max_size=6), st.integers(0, 40))
def test_a_character_is_found_again_whatever_was_put_in(made, character):
    insertions = [Insertion(*each) for each in sorted(made, key=lambda each: each[0])]
    is_own = []  # each character of the text with what was put in: whether it was there before
    for insertion in insertions:
        is_own += [True] * (insertion.position - sum(is_own)) + [False] * insertion.length
    is_own += [True] * 40
    assert Insertions(insertions).original(character) == sum(is_own[:character])


@given(st.lists(st.integers(0, 12), max_size=6), st.integers(0, 12), st.integers(0, 12))
def test_what_was_put_in_between_is_known(positions, start, end):
    insertions = Insertions(Insertion(position, 1) for position in sorted(positions))
    assert insertions.touch(start, end) == any(start <= p <= end for p in positions)
