"""Makes signature strings: by the grammar, by mutation, and to be nasty. The same seed makes the same strings."""

# ruff: noqa: SIM905, RUF005 - word lists are read as words

import random

NAMES = (
    "question answer context query text summary label score title topic document passages reasoning notes "
    "sentiment items date user_id claim evidence code language source target image tools history plan match "
    "type x y z a b q n k2 is_valid numberOfItems café 问题 ﬁeld".split()
)
ODD_NAMES = (
    "class def None True lambda async await 1a a-b a.b self cls copy json dict schema validate fields "
    "instructions signature model_config model_dump model_fields input_fields _private __dunder__ __module__ "
    "__doc__ keys values demos config lm register model_validate_json model_x print my field".split()
    + [
        "a b",
        "(q)",
        "[q]",
        "*args",
        "**kw",
        "*",
        "/",
        "",
        "q=3",
        "q: int = 5",
        "q: str = 'x'",
        "question?",
    ]
)
SIMPLE = "str int float bool list dict tuple set frozenset bytes complex Any None NoneType".split()
TYPING = (
    "List Dict Tuple Set Optional Union Literal Annotated Sequence Mapping Iterable Type Text Callable Hashable "
    "ClassVar Final Deque Counter DefaultDict OrderedDict FrozenSet Collection Iterator Generator TypeVar Self "
    "Never LiteralString Required NamedTuple TypedDict Generic Protocol Pattern Match AnyStr T IO Awaitable "
    "MutableMapping MutableSequence MutableSet AbstractSet Container Sized SupportsInt Concatenate NewType "
    "ChainMap KeysView Reversible ByteString NoReturn TypeAlias ParamSpec overload cast re sys types".split()
)
MODULE_TYPES = (
    "datetime.datetime datetime.date datetime.timedelta uuid.UUID decimal.Decimal pathlib.Path enum.Enum "
    "collections.OrderedDict collections.deque collections.abc.Sequence collections.Counter re.Pattern os.PathLike "
    "dspy.Image dspy.Audio dspy.History dspy.Tool dspy.ToolCalls dspy.Code dspy.File dspy.Reasoning dspy.Type "
    "dspy.Signature dspy.Example dspy.Prediction dspy.LM dspy.Module dspy.Foo pydantic.BaseModel typing.List "
    "typing.Optional fractions.Fraction ipaddress.IPv4Address zoneinfo.ZoneInfo json.JSONDecoder json.loads "
    "math.pi os.path datetime.foo np.ndarray pd.DataFrame numbers.Number io.StringIO threading.Thread "
    "dataclasses.dataclass collections.namedtuple types.SimpleNamespace email.message.Message html.escape "
    "logging.Logger random.Random string.Template time.struct_time queue.Queue csv.DictReader".split()
)
ODD_TYPES = (
    "Foo ContactInfo string integer boolean array object json datetime image number text BaseModel Field "
    "Signature InputField FieldInfo cls custom_types args kwargs Exception range type bytearray 3 1.5 ... () [] {} "
    "'str' -1 x() lambda:3".split()
    + [
        "int or str", "Low or High", "not int", "[int]", "{str: int}", "(int, str)", "int if x else str", "f'x'",
        "Field(gt=3)", "Field(desc='x')", '"Foo"', "'list[int]'", "", "a: b", "x for x in y", "(x for x in y)",
        "await x", "str.upper", "int.__class__", "str.__base__", "int.real", "list[int].__origin__", "str[]", "list[]",
        "'it''s'", "b'x'", "int & str", "int == str", "(int)", "1 if 2 else 3", "True", "NoneType | int",
    ]
)  # fmt: skip
LITERALS = [
    "'a'",
    "'b'",
    '"yes"',
    '"no"',
    "1",
    "2",
    "True",
    "None",
    "'a, b'",
    "'x: y'",
    "1.5",
    "b'z'",
    "-1",
    "'a->b'",
    "low",
]
SEEDS = [
    "question -> answer", "question, context: list[str] -> answer: float", "text -> summary: str, score: float",
    "q: str -> a: Literal['yes', 'no']", "image: dspy.Image, labels: list[str] -> probabilities: dict[str, float]",
    "claim, evidence -> verdict: bool", "a: int | None -> b: Optional[str]", "x: list['Foo'] -> y",
    "\n  question: str,\n  context: list[str]\n  ->\n  answer: str\n", "q: str = 'x', r: int = 3 -> a",
    "doc -> entities: list[dict[str, str]], dates: list[datetime.date]", "a, /, b, *, c -> d", "q -> a: tuple[int, ...]",
    "status: Literal[1, 2, 3], notes -> next: Union[str, None]", "a: Annotated[int, Field(gt=3)] -> b",
]  # fmt: skip
JUNK = list("abz_01 ,:->[](){}|.'\"=*/#\\\n\t;!?@&") + [
    "->",
    "=>",
    "→",
    "é",
    "\u200b",
    "😀",
    "str",
    "None",
    ", ",
    ": int",
    "list[",
]


class Generator:
    """Makes strings of one seed."""

    def __init__(self, seed: int, seeds: list[str] | None = None) -> None:
        self.random = random.Random(seed)
        self.seeds = [*SEEDS, *(seeds or [])]

    def string(self) -> str:
        kind = self.random.random()
        if kind < 0.62:
            return self.signature(0.045 if kind < 0.45 else 0.0)
        if kind < 0.97:
            return self.mutated()
        return self.nasty()

    def signature(self, oddness: float) -> str:
        left = self.side(oddness, self.random.choice([1, 1, 2, 2, 3, 4]))
        right = self.side(oddness, self.random.choice([1, 1, 1, 2, 3]))
        arrow = (
            " -> "
            if self.random.random() > oddness / 2
            else self.random.choice([" => ", "", " -> -> ", " - > "])
        )
        return left + arrow + right

    def side(self, oddness: float, count: int) -> str:
        fields = [self.field(oddness) for _ in range(count)]
        text = self.random.choice([", ", ", ", ", ", ",", " ,\n "]).join(fields)
        return text + ("," if self.random.random() < 0.02 else "")

    def field(self, oddness: float) -> str:
        odd = self.random.random() < oddness
        name = self.random.choice(ODD_NAMES) if odd else self.random.choice(NAMES)
        if not odd and self.random.random() < 0.35:
            name += str(self.random.randint(1, 99))
        if self.random.random() < 0.35:
            return name
        colon = self.random.choice([": ", ": ", ": ", ":", " : "])
        return name + colon + self.type(oddness, 0)

    def type(self, oddness: float, depth: int) -> str:
        choose = self.random.random()
        if choose < oddness * 2:
            return self.random.choice(ODD_TYPES)
        if choose < oddness * 3:
            return self.random.choice(TYPING)
        if choose < 0.45 or depth > 3:
            return self.random.choice(SIMPLE[: 9 if oddness == 0 else None])
        if choose < 0.52:
            return self.random.choice(MODULE_TYPES)
        if choose < 0.62:
            members = self.random.sample(
                LITERALS[: 12 if self.random.random() > oddness else None],
                self.random.randint(1, 3),
            )
            return f"Literal[{', '.join(members)}]"
        if choose < 0.72:
            return f"{self.type(oddness, depth + 1)} | {self.type(oddness, depth + 1)}"
        return self.generic(oddness, depth)

    def generic(self, oddness: float, depth: int) -> str:
        if self.random.random() < oddness * 2:
            base = self.random.choice([*TYPING, *SIMPLE, *MODULE_TYPES])
            count = self.random.randint(1, 3)
        else:
            base, count = self.random.choice(
                [("list", 1), ("list", 1), ("List", 1), ("Optional", 1), ("dict", 2), ("Dict", 2), ("set", 1), ("Union", 2),
                 ("Union", 3), ("tuple", 2), ("Tuple", 2), ("Sequence", 1), ("Mapping", 2), ("type", 1), ("Type", 1),
                 ("Iterable", 1), ("frozenset", 1), ("Annotated", 2)]
            )  # fmt: skip
        arguments = [self.type(oddness, depth + 1) for _ in range(count)]
        if base.lower() == "tuple" and self.random.random() < 0.3:
            arguments = [arguments[0], "..."]
        if base == "Annotated" and count > 1:
            arguments[1] = self.random.choice(
                ["'a note'", "3", "Field(gt=3)", "Field(description='x')", "Field(min_length=1)"]
            )
        if self.random.random() < 0.01:
            arguments[0] = self.random.choice(
                ["'Foo'", "'int'", "'a b'", '"list[int]"', "'Foo.Bar'"]
            )
        return f"{base}[{', '.join(arguments)}]"

    def mutated(self) -> str:
        text = (
            self.random.choice(self.seeds) if self.random.random() < 0.5 else self.signature(0.01)
        )
        for _ in range(self.random.choice([0, 1, 1, 1, 2, 3])):
            at = self.random.randint(0, len(text))
            action = self.random.random()
            if action < 0.4:
                text = text[:at] + text[at + 1 :]
            elif action < 0.75:
                text = text[:at] + self.random.choice(JUNK) + text[at:]
            elif action < 0.9:
                text = text[:at] + self.random.choice(JUNK) + text[at + 1 :]
            else:
                other = self.random.randint(0, len(text))
                text = text[: min(at, other)] + text[max(at, other) :]
        return text

    def nasty(self) -> str:
        depth = self.random.choice([5, 40, 90, 150, 250])
        body = "".join(self.random.choice(JUNK) for _ in range(self.random.randint(0, 30)))
        return self.random.choice(
            [
                "q -> a: " + "list[" * depth + "int" + "]" * depth, ", ".join(f"f{i}" for i in range(depth)) + " -> a",
                "q -> a: " + " | ".join(["int", "str"] * depth), body, body + "->" + body, "q -> a): pass\ndef g(x",
                "q # note\n, r -> a", "q -> a # note", "q\\\n -> a", "q\x00 -> a", "q\xa0-> a", "q -> a)->(b",
                "q -> a: " + "not " * depth + "int", "-> " + "x" * depth, "a -> a", "a: int, a: str -> b",
                "a, b -> b, c", "q: list[int -> a: str]", "q: 'x, y' -> a: \"p\nq\"", "q: int=3, r -> a",
                "q -> a: list[int].foo", "q -> a: Annotated[int, Field(gt=int)]", "q -> a: Annotated[str, Field(examples=('x', 1))]",
                "q -> a: list['F-oo']", "q -> a: int | ''", "signature: ClassVar -> a", "q -> a: Literal['\\ud800']",
                "q -> a: ClassVar", "q: ClassVar, r -> a: Final", "x: Foo, y: list['Foo'] -> z", "x: BaseModel, y: NoneType -> z",
            ]
        )  # fmt: skip


def strings(count: int, seed: int, seeds: list[str] | None = None) -> list[str]:
    """`count` strings of a seed."""
    generator = Generator(seed, seeds)
    return [generator.string() for _ in range(count)]
