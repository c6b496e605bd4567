"""Notebooks: the cells before the chosen one, magics blanked, lines where they were."""

import pytest

from dspy_flavor.slicer import plan

SETUP = ["%pip install dspy\nimport dspy", "!ls\nfiles = !ls\nlm = dspy.LM('openai/gpt-4o-mini')"]

NOTEBOOKS = {
    "straight": ([*SETUP, "dspy.configure(lm=lm)\nqa = dspy.Predict('q -> a')"], "qa", None,
                 ["import dspy", "lm = dspy.LM", "dspy.configure", "qa ="], []),
    "later cells are left out": (
        [*SETUP, "qa = dspy.Predict('q -> a')", "qa = None"], "qa", 2,
        ["import dspy", "qa = dspy"], []),
    "a call between": ([*SETUP, "qa = dspy.Predict('q -> a')", "qa(q='x')", "qa.demos = []"],
                       "qa", None, ["import dspy", "qa = ", "qa.demos"], []),
    "redefined": (["import dspy", "qa = dspy.Predict('a -> b')", "qa = dspy.Predict('c -> d')"],
                  "qa", None, ["import dspy", "qa = dspy.Predict('c -> d')"], []),
    "cell magics": (["%%bash\nrm -rf x", "%%time\nimport dspy", "qa = dspy.Predict('a -> b')"],
                    "qa", None, ["import dspy", "qa ="], []),
    "a cell that is timed": (["import dspy", "%%time\n%%capture out\nqa = dspy.Predict('a -> b')"],
                             "qa", None, ["import dspy", "qa ="], []),
    "a cell that is profiled": (["import dspy", "%%prun -s cumulative\nqa = dspy.Predict('a -> b')"],
                                "qa", None, ["import dspy", "qa ="], []),
    "a cell of another language": (
        ["import dspy", "%%html\n<b>qa</b>", "%%writefile qa.py\nqa = 1",
         "qa = dspy.Predict('a -> b')"], "qa", None, ["import dspy", "qa ="], []),
    "a cell that leaves nothing": (
        ["import dspy", "qa = dspy.Predict('a -> b')", "%%timeit\nqa = None"],
        "qa", None, ["import dspy", "qa ="], []),
    "a line that is timed": (["import dspy", "%time qa = dspy.Predict('a -> b')", "%timeit -n 3 qa"],
                             "qa", None, ["import dspy", "qa ="], []),
    "the environment": (
        ["import dspy", "%env MLFLOW_X=a b\n%load_ext dotenv\n%dotenv -o", "%cd sub",
         "qa = dspy.Predict('a -> b')"],
        "qa", None,
["import dspy", *["import os; os.environ['MLFLOW_X'] = 'a b'"] * 2,
         *["from dotenv import find_dotenv, load_dotenv; load_dotenv(find_dotenv("] * 2,
         *["import os; os.chdir('sub')"] * 2, "qa ="], []),
    "questions": (["import dspy\nqa = dspy.Predict('a -> b')", "qa?\n?qa\nqa.demos??\nqa.load('x')"],
                  "qa", None, ["import dspy", "qa =", "qa.load"], []),
    "a command over lines": (["!pip install \\\n    dspy\nimport dspy\nqa = dspy.Predict('a -> b')"],
                             "qa", None, ["import dspy", "qa ="], []),
    "compiled": (["import dspy", "base = dspy.Predict('a -> b')",
                  "best = dspy.MIPROv2(metric=len).compile(base, trainset=[])"],
                 "best", None, ["import dspy", "base =", "best ="], ["best ="]),
    "awaited": (["import dspy", "qa = dspy.Predict('a -> b')", "await qa.acall(a='x')"],
                "qa", None, ["import dspy", "qa ="], []),
    "magic in a block": (["import dspy", "if True:\n    %matplotlib inline\n    qa = dspy.Predict('a -> b')"],
                         "qa", None, ["import dspy", "if True:", "qa ="], []),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_one_program_up_to_its_cell(name: str) -> None:
    cells, obj, cell, run, confirm = NOTEBOOKS[name]
    made = plan("", obj, path="n.ipynb", cells=cells, cell=cell)
    compile(made.code, "n.ipynb", "exec")
    assert [s.text[: len(begin)] for s, begin in zip(made.run, run, strict=True)] == run
    assert [s.text[: len(begin)] for s, begin in zip(made.confirm, confirm, strict=True)] == confirm


def test_magics_are_told_as_skipped() -> None:
    made = plan("", "qa", path="n.ipynb", cells=[*SETUP, "qa = dspy.Predict('q -> a')"])
    commands = [s.text for s in made.skipped if "not Python" in s.reason]
    assert commands == ["%pip install dspy", "!ls", "files = !ls"]


SIGNATURE = '''\
class Mood(dspy.Signature):
    """Say what the mood is.

    Is it good?
    %s is left as it is, and !so is this.
    """
    text: str = dspy.InputField()
    share: float = dspy.OutputField(
        desc="in "
        "%"
    )
'''


def test_what_looks_like_a_command_inside_of_a_string_is_kept():
    cells = ["!ls\nimport dspy", f"%matplotlib inline\n{SIGNATURE}\nqa = dspy.Predict(Mood)"]
    made = plan("", "qa", path="n.ipynb", cells=cells)
    assert SIGNATURE in made.code


def test_a_cell_of_another_language_is_told_once():
    cells = ["%%bash\ncd x\nrm y", "import dspy\nqa = dspy.Predict('q -> a')", "%%timeit\nqa\nqa"]
    made = plan("", "qa", path="n.ipynb", cells=cells)
    told = [(s.line, s.end_line, s.text, s.reason) for s in made.skipped]
    assert told == [
        (1, 3, "%%bash", "is a command of the notebook, not Python"),
        (6, 8, "%%timeit", "runs by itself: nothing that it defines stays"),
    ]


def test_what_is_told_of_a_notebook_counts_within_its_cells():
    cells = [
        "%pip install x\nimport dspy",
        "from os import *\nqa = dspy.Predict('a -> b')\nqa(a='x')",
    ]
    told = plan("", "qa", path="n.ipynb", cells=cells).as_json()
    places = [(each["cell"], each["line"], each["end_line"]) for each in told["skipped"]]
    assert places == [(1, 1, 1), (2, 3, 3)]
    assert [(each["cell"], each["line"]) for each in told["run"]] == [(1, 2), (2, 1), (2, 2)]
    assert [(each["cell"], each["line"]) for each in told["candidates"]] == [(2, 2)]
    assert told["notes"][0].startswith("Code cell 2, line 1: which names `from os import *`")


def test_what_is_told_of_a_file_names_no_cell():
    told = plan(
        "import dspy\nqa = dspy.Predict('a -> b')\nqa(a='x')\n", "qa", path="a.py"
    ).as_json()
    assert [set(each) for each in told["skipped"]] == [{"line", "end_line", "text", "reason"}]
    assert "starts" not in told
