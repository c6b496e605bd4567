"""Rewrites change how a signature is written, never what it is: held against the real dspy.

Each generated program is run before and after the rewrite, and the signatures that DSPy made of it
must have the same fields, types, descriptions and instructions.
"""

from __future__ import annotations

import linecache
import types
import typing
from dataclasses import dataclass
from typing import Any

import dspy
from carets import DIALECT, URI, Caret, caret, edited
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dspy_language_server.ide import rename
from dspy_language_server.ide.code_actions import code_actions
from dspy_language_server.rules import catalog
from dspy_language_server.signature.model import Span

RUNS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
NAMES = ["question", "context", "answer", "score", "text", "label", "größe", "q1", "notes"]
HEAD = """import dspy
{imports}
from enum import Enum
from pydantic import BaseModel


class Contact(BaseModel):
    name: str


class Mood(Enum):
    GOOD = "good"


"""
IMPORTS = ["import os", "from typing import Literal, Optional", "from typing import *"]
TYPES = [
    None,
    "str",
    "int",
    "float",
    "bool",
    "list[str]",
    "dict[str,list[int]]",
    "tuple[int, ...]",
    "Literal['good', 'bad']",
    "Literal[1, True, None]",
    "Optional[int]",
    "int | None",
    "list[ int|str ]",
    "Union[int, str]",
    "Any",
    "Contact",
    "Mood",
    "dspy.Image",
    "list[dspy.Image]",
    "dspy.History",
    "None",
]
QUOTES = ['"', "'", '"""', "'''"]


@dataclass
class Field:
    name: str
    type: str | None

    def spelled(self, colon: str = ": ") -> str:
        return self.name if self.type is None else f"{self.name}{colon}{self.type}"


@st.composite
def sides(draw, types=tuple(TYPES)) -> tuple[list[Field], list[Field]]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5, unique=True))
    fields = [Field(name, draw(st.sampled_from(types))) for name in names]
    cut = draw(st.integers(1, len(fields) - 1))
    return fields[:cut], fields[cut:]


@st.composite
def spelled(draw) -> str:
    """A signature string's value, in one of the spacings that people use."""
    left, right = draw(sides())
    comma, colon, arrow = draw(
        st.sampled_from([(", ", ": ", " -> "), (",", ":", "->"), (" , ", " : ", "  ->  ")])
    )
    return arrow.join(comma.join(f.spelled(colon) for f in side) for side in (left, right))


@st.composite
def literals(draw) -> str:
    """Source of a string literal for a signature."""
    value = draw(spelled())
    quote = draw(st.sampled_from([q for q in QUOTES if q[0] not in value] or ['"""']))
    if len(quote) == 1 and draw(st.booleans()):
        before, after = value.split("->")
        return f"({quote}{before}-{quote}\n    {quote}>{after}{quote})"
    return draw(st.sampled_from(["", "r"])) + quote + value + quote


PLACES = [
    "made = dspy.Predict({})\nsignature = made.signature\n",
    "made = dspy.ChainOfThought({})\nsignature = made.predict.signature\n",
    "signature = dspy.Signature({})\n",
    'signature = dspy.Signature({}, "Do it well.")\n',
    "signature = dspy.Predict(signature={}).signature\n",
    """class Program(dspy.Module):
    def __init__(self):
        super().__init__()
        self.step = dspy.Predict({})


signature = Program().step.signature
""",
    "def make():\n    return dspy.Predict({})\n\n\nsignature = make().signature\n",
    "if True:\n    steps = [dspy.Predict({})]\nsignature = steps[0].signature\n",
    "SIG = {}\nother = dspy.ChainOfThought(SIG)\nsignature = dspy.Predict(SIG).signature\n",
    """SIG: str = {}


class Program(dspy.Module):
    def __init__(self):
        super().__init__()
        self.step = dspy.Predict(SIG)


signature = Program().step.signature
""",
]


def run(source: str) -> dict[str, Any]:
    """The names that a program binds; DSPy reads the frames and the lines of a real file."""
    name = f"<program {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(source, name, "exec", dont_inherit=True), names)
    return names


def described(signature: Any) -> dict[str, Any]:
    """What DSPy knows of a signature; classes by name, for each run has its own."""

    def fields(given: dict[str, Any]) -> list[tuple[str, str, str]]:
        return [
            (name, shown(field.annotation), field.json_schema_extra["desc"])
            for name, field in given.items()
        ]

    return {
        "inputs": fields(signature.input_fields),
        "outputs": fields(signature.output_fields),
        "instructions": signature.instructions,
    }


def shown(annotation: Any) -> str:
    """A type in words; `int | None` and `Optional[int]` are one."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__name__
    parts = typing.get_args(annotation)
    if not parts or typing.get_origin(annotation) is typing.Literal:
        return repr(annotation)
    origin = typing.get_origin(annotation)
    name = "Union" if origin in {typing.Union, types.UnionType} else origin.__name__
    return f"{name}[{', '.join(map(shown, parts))}]"


def after(source: str, at: str, title: str) -> str | None:
    """The program after the action of that title at the place of a text; None if it is not offered."""
    offset = source.index(at) + 1
    here = caret(source)
    offers = code_actions(
        here.program, Span(offset, offset), catalog.check(here.program, dialect=DIALECT), DIALECT
    )
    action = next((offer for offer in offers if offer.title.startswith(title)), None)
    if action is None:
        return None
    assert all(uri == URI for uri, _, _ in action.edits)
    return edited(here, [(span, text) for _, span, text in action.edits])


@RUNS
@given(literals(), st.sampled_from(PLACES), st.sampled_from(IMPORTS))
@example('"text -> who: Contact"', PLACES[5], IMPORTS[1])
def test_a_string_and_the_class_made_of_it_are_the_same_signature(literal, place, imports):
    source = HEAD.format(imports=imports) + place.format(literal)
    before = described(run(source)["signature"])
    text = after(source, literal.lstrip("r(\"'"), "Convert to class")
    assert text is not None, source
    assert literal not in text
    assert described(run(text)["signature"]) == before


DICT_PLACES = [
    "signature = dspy.Signature({})\n",
    'signature = dspy.Signature({}, "Do it well.")\n',
    "def make():\n    return dspy.Predict(dspy.Signature({}))\n\n\nsignature = make().signature\n",
]
FIELDS = [
    "{}()",
    '{}(desc="what it is")',
    '{}(\n        desc="(one)"  # of two\n    )',
    "{}(min_length=2)",
]


@st.composite
def dicts(draw) -> str:
    """Source of a dict for `dspy.Signature`, inputs and outputs in any order."""
    left, right = draw(sides(tuple(t for t in TYPES if t is not None and "\n" not in t)))
    items = []
    for made, fields in (("InputField", left), ("OutputField", right)):
        for field in fields:
            written = draw(st.sampled_from(FIELDS)).format(f"dspy.{made}")
            if draw(st.booleans()):
                written = f"({field.type}, {written})"
            items.append(f'"{field.name}": {written}')
    items = draw(st.permutations(items))
    comma = draw(st.sampled_from([", ", ",\n    "]))
    return "{" + comma.join(items) + "}"


@RUNS
@given(dicts(), st.sampled_from(DICT_PLACES))
def test_a_dict_and_the_class_made_of_it_are_the_same_signature(written, place):
    imports = "from typing import Any, Literal, Optional, Union"
    source = HEAD.format(imports=imports) + place.format(written)
    before = described(run(source)["signature"])
    text = after(source, written, "Convert to class")
    assert text is not None, source
    assert written not in text
    assert described(run(text)["signature"]) == before


@RUNS
@given(literals(), st.sampled_from(PLACES))
def test_spacing_changes_nothing_but_spaces(literal, place):
    source = HEAD.format(imports=IMPORTS[1]) + place.format(literal)
    text = after(source, literal.lstrip("r(\"'"), "Normalise")
    if text is not None:
        assert described(run(text)["signature"]) == described(run(source)["signature"])
        assert after(text, text[len(source) - len(place.format(literal)) :], "Normalise") is None


DOCSTRINGS = st.sampled_from(
    [None, "Answer.", "Answer.\n\n    In two parts.", "Say 'no' \\\\ \\\"yes\\\"", "😋é -> x", "  "]
)
OF_CLASSES = tuple(t for t in TYPES if t not in {None, "None"})


@RUNS
@given(sides(OF_CLASSES), DOCSTRINGS)
def test_a_class_and_the_string_made_of_it_are_the_same_signature(given_sides, docstring):
    left, right = given_sides
    lines = ["class Task(dspy.Signature):"]
    lines += [] if docstring is None else [f'    """{docstring}"""', ""]
    lines += [f"    {f.spelled()} = dspy.InputField()" for f in left]
    lines += [f"    {f.spelled()} = dspy.OutputField()" for f in right]
    imports = "from typing import Any, Literal, Optional, Union"
    source = HEAD.format(imports=imports) + "\n".join(lines) + "\n\n\nmade = dspy.Predict(Task)\n"
    before = described(run(source)["Task"])
    text = after(source, "Task(dspy", "Convert `Task` to a string")
    if docstring is not None and not docstring.strip():
        assert text is None  # a string cannot say that there are no instructions
        return
    assert text is not None, source
    assert "class Task" not in text
    ran = run(text)
    assert described(ran["Task"]) == before
    assert described(ran["made"].signature) == before
    again = after(text, text[text.index("Signature(") + 11 :], "Convert to class")
    assert again is not None, text
    assert described(run(again)["made"].signature) == before


# --------------------------------------------------------------------------------------- rename

PROGRAM = """import dspy
{definition}

class Program(dspy.Module):
    def __init__(self):
        super().__init__()
        self.step = {predictor}
        self.step.demos = [{{{first!r}: "x"}}]

    def forward(self, given):
        pred = self.step({keywords})
        return dspy.Prediction(out=pred.{output}, raw=pred[{output!r}], get=pred.get({output!r}))


def metric(example, pred, trace=None):
    return pred.out == 1


def reward(args, pred):
    return float(pred.{output} == "1" and args[{first!r}] == "1")


given = "1"
program = Program()
data = [dspy.Example({keywords}, {output}="1").with_inputs({first!r})]
best = dspy.BestOfN(module=program.step, N=1, reward_fn=reward, threshold=0.0)
made = best({keywords})
result = program(given="1")
"""
PREDICTORS = ["dspy.Predict({})", "dspy.ChainOfThought({})"]


@st.composite
def programs(draw) -> tuple[str, str, str, str]:
    """A program, the text before a caret in it, and the field's name before and after."""
    left, right = draw(sides((None, "str")))
    as_class = draw(st.booleans())
    if as_class:
        lines = [f"    {f.name}: str = dspy.InputField()" for f in left]
        lines += [f"    {f.name}: str = dspy.OutputField()" for f in right]
        definition = "\n\nclass Task(dspy.Signature):\n" + "\n".join(lines) + "\n"
        signature = "Task"
    else:
        definition = draw(st.sampled_from(["", "# 😋é\n"]))
        signature = '"' + ", ".join(f.spelled() for f in left)
        signature += " -> " + ", ".join(f.spelled() for f in right) + '"'
    source = PROGRAM.format(
        definition=definition,
        predictor=draw(st.sampled_from(PREDICTORS)).format(signature),
        keywords=", ".join(f"{f.name}=given" for f in left),
        first=left[0].name,
        output=right[0].name,
    )
    old = draw(st.sampled_from([left[0].name, right[0].name]))
    places = [f"self.step({old}", f"pred.{old}", f'"{old}', f"pred['{old}", f"{{'{old}", f" {old}:"]
    places += [f"args['{old}", f"-> {old}", f"Example({old}", f"with_inputs('{old}"]
    place = draw(st.sampled_from([p for p in places if p in source]))
    new = draw(st.sampled_from(["renamed", "größer", "x1"]))
    return source, place, old, new


def found_in(here: Caret) -> list[Any]:
    """What the analysis sees, without places: signatures, calls, uses and findings."""
    seen: list[Any] = []
    for unit in here.program.units:
        for string in unit.strings:
            seen += [(f.name, f.role, f.type_text) for f in string.reading.fields]
        for definition in unit.classes:
            signature = definition.signature
            seen.append(signature and [(f.name, f.role, f.resolved) for f in signature.fields])
        seen += [(c.kind, c.api, [a.name for a in c.arguments]) for c in unit.calls]
        seen += [(u.name, u.kind, u.field is not None) for u in unit.uses]
        seen += [(u.name, u.kind) for u in unit.parameter_uses]
    seen += [(f.code, f.message) for f in catalog.check(here.program, dialect=DIALECT)]
    return seen


def with_name(seen: Any, old: str, new: str) -> Any:
    if isinstance(seen, str):
        return new if seen == old else seen.replace(f"`{old}`", f"`{new}`")
    if isinstance(seen, list | tuple):
        return [with_name(each, old, new) for each in seen]
    return seen


@RUNS
@given(programs())
def test_after_a_rename_the_program_is_the_same_up_to_the_name(made):
    source, place, old, new = made
    here = caret(source)
    offset = source.index(place) + len(place) - 1
    edits = rename.rename(here.project, here.program, offset, new)
    assert edits is not None, source[:offset] + "‸" + source[offset:]
    text = edited(here, [(edit.location.span, edit.text) for edit in edits])
    renamed = caret(text)
    assert with_name(found_in(renamed), new, old) == with_name(found_in(here), new, old)
    moved = sum(edit.location.span.start < offset - len(old) for edit in edits)
    returned = offset + moved * (len(new) - len(old)) - len(place) + place.rindex(old) + 2
    back = rename.rename(renamed.project, renamed.program, returned, old)
    assert back is not None
    assert edited(renamed, [(edit.location.span, edit.text) for edit in back]) == source


@settings(RUNS, max_examples=15)
@given(programs())
def test_a_renamed_program_runs_as_before(made):
    source, place, old, new = made
    here = caret(source)
    edits = rename.rename(here.project, here.program, source.index(place) + len(place) - 1, new)
    assert edits is not None
    text = edited(here, [(edit.location.span, edit.text) for edit in edits])

    def ran(program: str) -> Any:
        answers = [dict.fromkeys([*NAMES, "reasoning", new], "1")] * 4
        with dspy.context(lm=dspy.utils.DummyLM(answers), trace=[]):
            names = run(program)
        outputs = {k: v for k, v in names["made"].items() if k != "reasoning"}
        return names["result"].toDict(), {old if k == new else k: v for k, v in outputs.items()}

    assert ran(text) == ran(source)
