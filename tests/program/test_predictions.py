"""What predictions carry, and the uses of their fields."""

import pytest

HEAD = """import dspy
class CoT(dspy.Module):
    def __init__(self):
        self.answer = dspy.ChainOfThought("question -> answer")
        self.many = [dspy.Predict("question -> item") for _ in range(3)]
        self.by_name = {"judge": dspy.Predict("answer -> verdict")}

    def forward(self, question):
        return self.answer(question=question)

program = CoT()
qa = dspy.Predict("question -> answer")
"""


@pytest.fixture
def carried(program):
    """The outputs that each use in a function of the module is known to have."""

    def read(body, head=HEAD):
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        made = program(f"{head}\nasync def run(question):\n{lines}")
        return [
            (use.name, sorted(use.outputs.fields), use.sure and not use.guarded)
            for unit in made.units
            for use in unit.uses
        ]

    return read


ANSWER = ["answer"]


@pytest.mark.parametrize(
    ("body", "outputs"),
    [
        ("qa(question=question).x", ANSWER),
        ("p = qa(question=question)\np.x", ANSWER),
        ("(await qa.acall(question=question)).x", ANSWER),
        ("a, b = qa(question='1'), 2\na.x", ANSWER),
        ("for p in qa.batch([]):\n    p.x", ANSWER),
        ("[p.x for p in qa.batch([])]", ANSWER),
        ("dspy.Refine(module=qa, N=3)(question=question).x", ANSWER),
        ("dspy.BestOfN(qa, 3)(question=question).x", ANSWER),
        ("q = qa if question else None\nq(question=question).x", ANSWER),
        ("program(question=question).x", ["answer", "reasoning"]),
        ("program.answer(question=question).x", ["answer", "reasoning"]),
        ("program.many[0](question=question).x", ["item"]),
        ("for m in program.many:\n    m(question=question).x", ["item"]),
        ("program.by_name['judge'](answer='').x", ["verdict"]),
        ("dspy.Prediction(one=1, two=2).x", ["one", "two"]),
        (
            "c = dspy.BootstrapFewShot().compile(program, trainset=[])\nc(question='').x",
            ["answer", "reasoning"],
        ),
        ("c = dspy.MIPROv2().compile(student=qa, trainset=[])\nc(question='').x", ANSWER),
        ("qa.deepcopy()(question=question).x", ANSWER),
    ],
)
def test_a_prediction_is_followed(carried, body, outputs):
    assert carried(body) == [("x", outputs, True)]


@pytest.mark.parametrize(
    "body",
    [
        "p = qa(question='')\nif hasattr(p, 'x'):\n    p.x",
        "p = qa(question='')\ntry:\n    p.x\nexcept AttributeError:\n    pass",
        "p = qa(question='')\nif 'x' in p:\n    p['x']",
        "p = qa(question='')\np.x = 1\np.x",
        "getattr(qa(question=''), 'x', None)",
    ],
)
def test_a_guarded_use_is_never_sure(carried, body):
    assert carried(body)
    assert not any(sure for name, _, sure in carried(body) if name == "x")


@pytest.mark.parametrize(
    "body",
    [
        "p = qa(question='') if question else other()\np.x",
        "p = qa(question='')\np = other()\np.x",
        "for i in range(3):\n    if i:\n        p.x\n    p = other()",
        "q = qa\nif question:\n    q = other\nq(question='').x",
        "qa.signature = other\nqa(question='').x",
    ],
)
def test_what_may_be_something_else_is_not_used_as_evidence(carried, body):
    assert [name for name, _, _ in carried(body)] == []


def test_two_predictors_behind_one_name_have_the_outputs_of_both(carried):
    body = "p = qa(question='')\nif question:\n    p = program(question='')\np.x"
    assert carried(body) == [("x", ["answer", "reasoning"], True)]


def test_functions_that_call_each_other_in_a_circle_end(program):
    text = """import dspy
class A(dspy.Module):
    def __init__(self):
        self.b = None
        self.step()
    def step(self):
        self.b = dspy.Predict("a -> b")
        return self.other()
    def other(self):
        self.c = self.step()
        return self.forward()
    def forward(self):
        return self.other()
"""
    assert [p.name for p in program(text).predictors()] == ["self.b"]


def test_a_long_chain_of_names_is_followed_to_its_end(program):
    lines = [f"p{n} = p{n - 1}" for n in range(1, 3000)]
    text = "import dspy\np0 = dspy.Predict('a -> b')\n" + "\n".join(lines) + "\np2999(a=1).x\n"
    made = program(text)
    assert made.lookup("p2999").known
    assert [use.name for unit in made.units for use in unit.uses] == ["x"]
