"""What is kept of the types that a person has typed does not grow with the day."""

import tracemalloc

from dspy_language_server.signature.evaluate import parse


def test_trees_of_a_days_types_take_a_few_megabytes():
    choices = ", ".join(f"'choice {n}'" for n in range(200))
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(2000):
        assert parse(f"dict[str, list[Literal['a{number}', 'b', 'c', 'd']]] | None") is not None
        assert number % 10 or parse(f"Literal[{choices}, '{number}']") is not None
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 6_000_000
