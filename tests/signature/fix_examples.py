"""Strings with one mistake each, by rule, and what takes them; every fix offered for them is tried."""

_S = "Signature"

BAD_STRINGS = {
    "DSP101": [(t, _S) for t in ("question => answer", "q → a", "question", "q > a", "a -> b -> c", "q -> a: Literal['x -> y']", "question, answer", "answer", "q: int, tags: list[str] ", "a, a", "answer, output")],
    "DSP102": [
        (t, _S)
        for t in (
            "user question -> answer", "class -> answer", "a,, b -> c", "q: -> a", "q -> a: list[str", "q -> a: str[]",
            "q -> a: list[]", "first-name -> a", "q -> answer.", "q: str (the question) -> a", "q -> a: list[str]]",
        )
    ],
    "DSP103": [(t, _S) for t in ("a, b -> b", "question, answer -> answer, score", "a: int, b -> a: str")],
    "DSP104": [(t, _S) for t in ("q -> a: flot", "q -> a: text", "q -> a: Image", "q -> a: Literal[yes, no]", "q -> a: list[Foo]", "q -> a: boolean", "q -> a: Optional[integer]", "q: date -> a")],
    "DSP105": [(t, _S) for t in ("q -> a: dspy.Imge", "q -> a: datetime.dat", "q: typing.Lst[int] -> a")],
    "DSP106": [(t, _S) for t in ("q -> a: datetime", "q -> a: List", "q -> a: 'str'", "q -> a: 3", "q -> a: json", "q -> a: string", "q -> a: Field(gt=3)", "q -> a: Dict")],
    "DSP107": [(t, _S) for t in ("q -> a: Low or High", "q -> a: int or str", "q -> a: [int]", "q -> a: {str: int}", "q -> a: int()", "q -> a: not int")],
    "DSP108": [(t, _S) for t in ("q -> a: Optional[int, str]", "q -> a: Dict[str]", "q -> a: int[str]", "q -> a: Annotated[int]", "q -> a: List[int, str]")],
    "DSP109": [(t, _S) for t in ("q -> a: Optional", "q -> a: Literal", "q -> a: bytearray", "q -> a: dict[str]", "q -> a: dspy.LM")],
    "DSP111": [(t, _S) for t in ("instructions -> a", "_private -> a", "q -> fields", "model_config -> a", "model_dump -> a", "__doc__ -> a")],
    "DSP112": [("history -> a", "ReActV2"), ("q -> trajectory", "RLM"), ("print -> a", "RLM")],
    "DSP114": [("question ->", "MultiChainComparison")],
    "DSP201": [("*args -> a", _S), ("__module__ -> a", _S), ("q: ClassVar -> a", _S)],
    "DSP202": [("q: int = 3 -> a", _S), ("q=3 -> a", _S), ("q, r: str = 'x' -> a", _S)],
    "DSP203": [("a: int, a: str -> b", _S), ("a -> b, b", _S), ("a, b, a -> c", _S)],
    "DSP204": [("schema -> a", _S), ("q -> validate", _S)],
    "DSP205": [("q -> items", _S), ("q -> keys: list[str]", _S)],
    "DSP206": [("demos -> a", _S), ("config -> a", _S)],
    "DSP207": [("question ->", _S), ("->", _S)],
    "DSP209": [("q -> a: None", _S)],
    "DSP210": [("q -> a: list['Foo']", _S)],
    "DSP212": [("q -> a): pass\ndef g(x", _S)],
    "DSP213": [("q -> a: list[int, str]", _S), ("q -> a: dict[str, int, float]", _S)],
    "DSP214": [("reasoning -> answer", "ChainOfThought"), ("trajectory -> answer", "ReAct")],
}  # fmt: skip
