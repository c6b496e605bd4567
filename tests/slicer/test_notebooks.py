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
