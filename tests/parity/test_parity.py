"""A small run of the comparison with the real dspy; `make parity` does the large one."""

import sys
from pathlib import Path

import compare
import dspy
import generate
import pytest

from dspy_language_server.environment.names import dialect_of
from dspy_language_server.signature import sides

DIALECT = dialect_of(sys.executable, dspy.__version__)
COUNT = 2000

# One string for each thing that DSPy's parser, its type nodes and pydantic's checks do.
EXAMPLES = [
    "", "->", "q ->", "-> a", "a -> b -> c", "a => b", "a -->b", "q -> a # c", "q: str # c\n, r -> a",
    "a, -> b", "a,, b -> c", "*args -> a", "a, /, b -> c", "a, *, b -> c", "**kw -> a", "q=1, r -> a",
    "q: int=3 -> a", "a, a -> b", "a: int, a: str -> b", "a -> a", "ﬁ -> a", "问题 -> 答案", "a b -> c",
    "class -> b", "1a -> b", "q\\\n -> a", "q\x00 -> a", "\ud800 -> a", "q -> a): pass\ndef g(x",
    "q -> a)->(b", "_a -> b", "__x__ -> b", "__module__ -> b", "fields -> b", "model_config -> b",
    "model_dump -> b", "model_dump_x -> b", "copy -> b", "q: None -> a", "q: NoneType -> a",
    "q: BaseModel, r: NoneType -> a", "q: cls -> a", "q: custom_types -> a", "q: List -> a",
    "q: list[List] -> a", "q: List[int] -> a", "q: Optional[int, str] -> a", "q: Optional -> a",
    "q: Union[int] -> a", "q: Union[()] -> a", "q: dict[str] -> a", "q: Dict[str] -> a",
    "q: list[int, str] -> a", "q: int[str] -> a", "q: tuple[()] -> a", "q: tuple[int, ...] -> a",
    "q: tuple[int, str, ...] -> a", "q: Literal[a, b] -> a", "q: Literal[-1] -> a", "q: Literal['a -> b'] -> a",
    "q: Literal[()] -> a", "q: Literal[1, True, None, 'x', b'y', 1.5] -> a", "q: int | str | None -> a",
    "q: int | 'x' -> a", "q: int | '' -> a", "q: Optional[''] -> a", "q: List[''] -> a", "q: 'str' -> a", "q: list['Foo'], r: numpy.ndarray -> a", "q: list['int'] -> a",
    "q: list['a b'] -> a", "q: Annotated[int, Field(gt=3)] -> a", "q: Annotated[int] -> a", "q: Field(gt=3) -> a",
    "q: ClassVar -> a", "q: Annotated[ClassVar, 3] -> a", "q: ClassVar[int] -> a", "q: Final -> a", "q: Required -> a", "q: Self -> a", "q: Any -> a",
    "q: type[int] -> a", "q: type[list[int]] -> a", "q: Callable[[int], str] -> a", "q: Callable[..., int] -> a",
    "q: DefaultDict[str, int] -> a", "q: DefaultDict[str, Any] -> a", "q: Pattern[int] -> a", "q: re.Pattern[str] -> a",
    "q: os.PathLike[int] -> a", "q: datetime -> a", "q: datetime.date -> a", "q: datetime.foo -> a", "q: os.path -> a",
    "q: json.loads -> a", "q: list[json] -> a", "q: dspy.Image -> a", "q: dspy.Foo -> a", "q: dspy.Code['python'] -> a",
    "q: dspy -> a", "q: dspy.Predict -> a", "q: int or str -> a", "q: [int] -> a", "q: int() -> a", "q: lambda: 3 -> a",
    "q: bytearray -> a", "q: object -> a", "q: int.__class__ -> a", "q: str.join -> a", "q: list[int].__origin__ -> a",
    "q: collections.OrderedDict[str, int] -> a", "q: list[collections.abc.Sequence[int]] -> a", "q: TypedDict -> a",
    "q: ...  -> a", "q: (int, str) -> a", "q: (int) -> a", "q: f'x' -> a", "q: x[1:2] -> a", "q: list[1:2] -> a",
    "q: int | '' -> a", "q: '' | None -> a", "q: List[''] -> a", "q: Literal['\\ud800'] -> a", "q: pydantic.HttpUrl -> a",
    "q: DefaultDict[str, collections.deque] -> a", "q: DefaultDict[str, T] -> a", "q: DefaultDict[str, Annotated[int, 1]] -> a",
    "q: Annotated[int, Field(multiple_of=0)] -> a", "q: Annotated[int, Field(gt=1.5)] -> a", "q: Annotated[int, Field(gt=1e300)] -> a",
    "q: Annotated[str, Field(min_length=-1)] -> a", "q: Annotated[str, Field(max_length=1.0)] -> a", "q: Annotated[str, Field(strict=3)] -> a",
    r"q: Annotated[str, Field(pattern='^[a-z]+\\d{2,3}$')] -> a", "q: Annotated[str, Field(pattern=3)] -> a",
    "signature: ClassVar, q -> a", "_q: ClassVar -> a", "q: list['F-oo'] -> a", "__module__: 'str' -> a", "q: list['a b'], q -> a",
    "q: Annotated[datetime.date, Field(gt=3)] -> a", "q: Annotated[datetime.time, Field(gt=3)] -> a",
    "q: list[Annotated[int, Field(t=3, title='x', gt=2, default=3)]] -> a", "q: pydantic.PositiveInt, r: list[pydantic.PositiveInt] -> a",
    "input_fields: Final -> a", "q -> fields: Final, r: list['Foo']", "instructions: Final -> a", "q: Annotated[Final, 3] -> a",
    "model_config: ClassVar -> a", "model_fields: ClassVar, q -> a", "q -> model_dump: ClassVar", "__module__: list['Foo'], q: bytearray -> a",
    "q: Foo.Bar -> a", "q: typing.List[int] -> a", "q: cast -> a", "q: list[cast] -> a", "q: T -> a", "q: list[T] -> a",
]  # fmt: skip


@pytest.fixture(scope="module")
def answers():
    texts = [*EXAMPLES, *generate.strings(COUNT, seed=20261124)]
    pairs = [("Signature", text) for text in texts]
    real = compare.ask_runtime(Path(sys.executable), pairs)
    return [
        compare.compare(text, "Signature", verdict, DIALECT)
        for text, verdict in zip(texts, real, strict=True)
    ]


def test_every_example_of_a_rule_is_read_as_dspy_reads_it(answers):
    different = [c for c in answers[: len(EXAMPLES)] if c.kind != "same"]
    assert different == []


def test_generated_strings_are_read_as_dspy_reads_them(answers):
    generated = answers[len(EXAMPLES) :]
    assert [c for c in generated if c.kind == "verdict"] == []
    assert sum(c.kind == "types" for c in generated) <= COUNT // 1000
    assert sum(c.kind == "unknown" for c in generated) <= COUNT // 200


def test_the_generator_is_neither_too_kind_nor_too_harsh(answers):
    rejected = sum(not c.real["ok"] for c in answers[len(EXAMPLES) :])
    assert 0.3 * COUNT <= rejected <= 0.7 * COUNT


@pytest.mark.parametrize(
    "api", ["ChainOfThought", "ReAct", "ReActV2", "RLM", "MultiChainComparison", "Predict"]
)
def test_modules_reject_what_we_say_they_reject(api):
    texts = [
        "question -> answer", "history -> answer", "question -> history", "tools -> answer", "reasoning -> answer",
        "question -> reasoning: int, answer", "trajectory -> answer", "question -> trajectory", "question ->",
        "x: Example -> y", "x: Tool -> y", "x: Module -> y", "x: Prediction -> y", "x: Foo -> y", "print -> y",
        "dspy -> y", "llm_query -> y", "question -> final_reasoning", "question -> termination_reason", "-> answer",
        "question -> rationale", "x: Signature -> y", "x: list[int] -> y: dict[str, float]", "a -> a",
    ]  # fmt: skip
    real = compare.ask_runtime(Path(sys.executable), [(api, text) for text in texts])
    for text, verdict in zip(texts, real, strict=True):
        assert compare.compare(text, api, verdict, DIALECT).kind == "same", (text, verdict)


def test_the_fast_way_and_pythons_parser_take_a_side_apart_alike():
    compared = 0
    for text in [*EXAMPLES, *generate.strings(3000, seed=5)]:
        for side in text.split("->"):
            fast = sides._plain(side, 0, len(side), DIALECT)
            if fast is not None:
                assert sides._parsed(side, 0).pieces == fast, side
                compared += 1
    assert compared > 1500
