"""What is assigned, sorted, set or constructed otherwise later is not what stood there first."""

import pytest

from dspy_language_server.rules.catalog import check
from dspy_language_server.signature.dialect import dialect_for

HEAD = """import dspy
from dataclasses import dataclass
from pydantic import BaseModel

@dataclass
class Config:
    signature: str = "q -> a"

class Options(BaseModel):
    signature: str = "q -> a"

class Program(dspy.Module):
    def __init__(self):
        super().__init__()
        self.step = dspy.Predict("q -> a")

    def forward(self, q):
        return self.step(q=q)

program = Program()
steps = [dspy.Predict("q -> a"), dspy.Predict("x -> y")]
example = dspy.Example(q="q").with_inputs("q")

def unrelated():
    pass

"""
CHANGED = {
    "a dataclass made with another value": "dspy.Predict(Config(signature='x -> y').signature)(x=1).y",
    "a dataclass made by position": "dspy.Predict(Config('x -> y').signature)(x=1).y",
    "a dataclass made of a dict": "dspy.Predict(Config(**load()).signature)(x=1).y",
    "a model made with another value": "dspy.Predict(Options(signature='x -> y').signature)(x=1).y",
    "an attribute of an instance": """
program.step = dspy.Predict("x -> y")

def unrelated_too():
    pass

print(program.step(x=1).y)
""",
    "an attribute that is set by name": """
setattr(program, "step", dspy.Predict("x -> y"))
print(program.step(x=1).y)
""",
    "an attribute that is set by a name that is not known": """
setattr(program, load(), dspy.Predict("x -> y"))
print(program.step(x=1).y)
""",
    "the signature of a predictor within": """
program.step.signature = dspy.Signature("x -> y")
print(program.step(x=1).y)
""",
    "an attribute, perhaps": """
if load():
    program.step = dspy.Predict("x -> y")
print(program.step(x=1).y)
""",
    "a list in another order": "steps.reverse()\nprint(steps[0](x=1).y)",
    "a list without its first": "steps.pop(0)\nprint(steps[0](x=1).y)",
    "a field that an example gets": "example.note = 'n'\nprint(example.note, example.with_inputs('note'))",
    "an example made of another": "print(dspy.Example(base=example, a=1).q)",
    "a prediction made of another": "print(dspy.Prediction(base=example, a=1).q)",
}


def errors(program, text):
    found = check(program(text), dialect=dialect_for())
    return [(f.code, f.message) for f in found if f.severity.value in {"error", "warning"}]


@pytest.mark.parametrize("later", CHANGED.values(), ids=CHANGED)
def test_what_has_changed_is_no_mistake(program, later):
    assert errors(program, HEAD + later) == []


@pytest.mark.parametrize(
    "later",
    [
        "program.step(x=1)",
        "dspy.Predict(Config().signature)(x=1)",
        "steps[0](x=1)",
        "program.other = 1\nprogram.step(x=1)",
        "program.step = dspy.Predict('q2 -> a')\nprogram.step(x=1)",
        "steps.append(dspy.Predict('q -> a'))\nsteps.clear\nprogram.step(x=1)",
    ],
)
def test_what_has_not_changed_still_is_one(program, later):
    assert "DSP501" in {code for code, _ in errors(program, HEAD + later)}


def test_a_module_whose_attribute_is_assigned_is_the_same_module(program):
    text = HEAD + "dspy.settings.verbose = True\nprint(dspy.Predict('q -> a')(q=1).b)\n"
    assert [code for code, _ in errors(program, text)] == ["DSP504"]


def test_what_a_base_makes_of_the_subclasss_attribute_is_not_what_it_makes_of_its_own(program):
    base = """
class Base(dspy.Module):
    signature = "q -> a"

    def __init__(self):
        super().__init__()
        self.step = dspy.Predict(self.signature)

    def forward(self, **given):
        return self.step(**given)

class Other(Base):
    signature = "q -> b"

class Same(Base):
    note = 1
"""
    assert errors(program, f"{HEAD}{base}print(Other()(q='q').b, Base()(q='q').a)\n") == []
    for wrong in ("Base()(q='q').b", "Same()(q='q').b"):
        assert [code for code, _ in errors(program, f"{HEAD}{base}print({wrong})\n")] == ["DSP504"]
