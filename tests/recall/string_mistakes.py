"""Mistakes inside signature strings, seeded into the strings of correct programs."""

import ast
from collections.abc import Iterator

from scene import Mutant, Scene, split

# Types that DSPy rejects, and what it says about them.
WRONG_TYPES = {
    "DSP104": ("Strng", "Confidence"),
    "DSP105": ("dspy.Picture", "dspy.adapters.Picture"),
    "DSP106": ("json", "List"),
    "DSP107": ("int or str", "[str]"),
    "DSP108": ("int[str]", "Optional[int, str]"),
    "DSP109": ("bytearray", "Literal"),
}
RESERVED = ("fields", "instructions", "signature", "model_config")
SHADOWING = ("register", "json", "schema", "validate")
HIDDEN = ("items", "keys", "values", "get")
SWALLOWED = ("demos", "config", "lm", "signature")


def string_mistakes(scene: Scene) -> Iterator[Mutant]:
    for number, bound in enumerate(scene.bound):
        node = bound.call.args[0]
        if not isinstance(node, ast.Constant) or node.lineno != node.end_lineno:
            continue
        start, end = scene.start(node), scene.end(node)
        quoted = scene.source[start:end]
        if quoted[0] not in "\"'" or quoted[:3] in ('"""', "'''") or quoted.count(quoted[0]) != 2:
            continue
        for code, text, release in _wrong(node.value, number):
            new = text.replace(quoted[0], "'" if quoted[0] == '"' else '"')
            yield scene.edit(code, start + 1, end - 1, new, release=release)
    if scene.dspy:
        yield from _appended(scene)


def _wrong(text: str, number: int) -> Iterator[tuple[str, str, str | None]]:
    """(code, string, release) for each mistake that this string can take."""
    left, right = (side.strip() for side in text.split("->"))
    first = next(iter(split(left)))
    yield "DSP101", f"{left} => {right}", None
    yield "DSP101", f"{left}, {right}", None
    yield "DSP102", f"the {left} -> {right}", None
    yield "DSP102", f"{left} -> {right} text", None
    yield "DSP103", f"{left} -> {right}, {first}", None
    for code, types in WRONG_TYPES.items():
        yield code, f"{left} -> {right}, more: {types[number % 2]}", None
    yield "DSP111", f"{left} -> {right}, {RESERVED[number % 4]}", None
    yield "DSP201", f"{left} -> *, {right}", None
    yield "DSP202", f"{left}, limit: int = 3 -> {right}", None
    yield "DSP203", f"{left}, {first} -> {right}", None
    yield "DSP204", f"{left} -> {right}, {SHADOWING[number % 4]}", None
    yield "DSP205", f"{left} -> {right}, {HIDDEN[number % 4]}", None
    yield "DSP207", f"{left} ->", None
    yield "DSP208", f"{left} -> {right}, {first}", "3.0.4"
    yield "DSP209", f"{left} -> {right}, more: None", None
    yield "DSP210", f"{left} -> {right}, more: list['Foo']", None
    if SWALLOWED[number % 4] != "signature":
        yield "DSP206", f"{left}, {SWALLOWED[number % 4]} -> {right}", None


def _appended(scene: Scene) -> Iterator[Mutant]:
    model = "import pydantic\n\n\nclass {0}(pydantic.BaseModel):\n    name: str\n\n\n"
    contact = model.format("Contact")
    yield scene.append("DSP110", contact + 'wrong = dspy.Predict("text -> people: list[Contact]")')
    yield scene.append(
        "DSP110", contact + 'Wrong = dspy.Signature("text -> one: Optional[Contact]")'
    )
    yield scene.append("DSP112", 'wrong = dspy.RLM("query -> answer, trajectory")')
    yield scene.append("DSP112", 'wrong = dspy.ReActV2("history, query -> answer", tools=[])')
    yield scene.append("DSP113", f'wrong = dspy.Predict("a -> b: {"list[" * 300}str{"]" * 300}")')
    yield scene.append("DSP114", 'wrong = dspy.MultiChainComparison("query ->")')
    example = model.format("Example")
    yield scene.append("DSP211", example + 'wrong = dspy.Predict("text -> found: Example")')
    yield scene.append("DSP212", 'wrong = dspy.Predict("a, b): pass  # -> c")')
    yield scene.append("DSP213", 'wrong = dspy.Predict("a -> b: list[str, int]")')
    yield scene.append("DSP214", 'wrong = dspy.ChainOfThought("reasoning, text -> answer")')
