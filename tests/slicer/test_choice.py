"""Which object is meant, and what is said when that cannot be told."""

import pytest

from dspy_flavor.slicer import PlanError, plan

ONE_CLASS = """import dspy
class QA(dspy.Module):
    def __init__(self, k, style="short"):
        super().__init__()
"""


def test_a_class_that_needs_arguments_is_taken_by_its_only_instance() -> None:
    made = plan(ONE_CLASS + "only = QA(3)\n", "QA", path="f.py")
    assert (made.name, made.kind, made.error) == ("only", "variable", None)


@pytest.mark.parametrize(
    ("more", "said"),
    [("", "the file makes none"), ("a = QA(1)\nb = QA(2)\n", "several: `a`, `b`")],
)
def test_with_several_or_no_instances_the_parameters_are_named(more: str, said: str) -> None:
    made = plan(ONE_CLASS + more, "QA", path="f.py")
    assert made.error is not None
    assert made.error["code"] == "constructor-arguments"
    assert "`k`" in made.error["message"]
    assert "`style`" not in made.error["message"]
    assert said in made.error["message"]
    assert made.code == ""


def test_constructor_arguments_make_the_instance() -> None:
    made = plan(ONE_CLASS, "QA", path="f.py", constructor_arguments={"k": 3, "style": "it's"})
    space: dict[str, object] = {}
    assert made.code.splitlines()[-1] == """program = QA(k=3, style="it's")"""
    assert (made.name, made.kind) == ("program", "variable")
    compile(made.code, "f.py", "exec")
    assert space == {}


def test_arguments_are_values_never_code() -> None:
    made = plan(ONE_CLASS, "QA", path="f.py", constructor_arguments={"k=__import__('os')": 1})
    assert made.error is not None
    assert made.error["code"] == "constructor-arguments"


@pytest.mark.parametrize(("line", "name"), [(2, "QA"), (4, "QA"), (5, "a"), (6, "b")])
def test_the_caret_chooses(line: int, name: str) -> None:
    text = "import dspy\nclass QA(dspy.Module):\n    def forward(self):\n        pass\n"
    text += "a = QA()\nb = dspy.Predict('x -> y')\n"
    assert plan(text, path="f.py", line=line).name == name


def test_several_objects_without_a_choice_are_listed() -> None:
    made = plan(
        "import dspy\na = dspy.Predict('x -> y')\nb = dspy.Predict('x -> y')\n", path="f.py"
    )
    assert made.error is not None
    assert made.error["code"] == "choose-object"
    assert "`a`, `b`" in made.error["message"]
    assert [c.name for c in made.candidates] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("x = 1\n", None, "no-object"),
        ("", None, "no-object"),
        ("import dspy\n", "nothing", "not-found"),
        ("class QA(\n", "QA", "syntax"),
        ("x = " + "(" * 1000 + "\n", "x", "syntax"),
        ("x = '\0'\n", "x", "syntax"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_a_message(text: str, name: str, code: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan(text, name, path="f.py")
    assert caught.value.code == code
    assert "f.py" in str(caught.value)


def test_star_imports_are_kept_and_what_cannot_be_known_is_said() -> None:
    made = plan("from tools import *\nimport dspy\np = dspy.Predict(SIGNATURE)\n", "p", path="f.py")
    assert "from tools import *" in made.notes[0]
    assert "whole file" in made.notes[0]


def test_a_name_that_nothing_defines_is_said() -> None:
    made = plan("import dspy\np = dspy.Predict(SIGNATURE)\n", "p", path="f.py")
    assert made.notes == ["Line 2: nothing in the file defines `SIGNATURE`."]


def test_exec_cannot_be_known() -> None:
    made = plan("import dspy\nexec('K = 1')\np = dspy.Predict('a -> b', n=K)\n", "p", path="f.py")
    assert any("`exec`" in note and "whole file" in note for note in made.notes)


def test_the_whole_file_is_run_but_for_the_guard() -> None:
    text = "import dspy\np = dspy.Predict('a -> b')\nprint(p(a='x'))\n"
    text += "if __name__ == '__main__':\n    p(a='y')\n"
    made = plan(text, "p", path="f.py", execute="file")
    assert [s.line for s in made.run] == [1, 2, 3]
    assert [s.line for s in made.skipped] == [4]
    assert made.confirm == []


def test_a_byte_order_mark_and_other_line_ends_change_nothing() -> None:
    made = plan("\ufeffimport dspy\r\np = dspy.Predict('a -> b')\r\n", "p", path="f.py")
    assert [s.line for s in made.run] == [1, 2]


def test_a_long_file_is_planned() -> None:
    text = "import dspy\n" + "".join(f"x{n} = {n}\n" for n in range(5000))
    made = plan(text + "p = dspy.Predict('a -> b', n=x3)\n", "p", path="f.py")
    assert [s.line for s in made.run] == [1, 5, 5002]


@pytest.mark.parametrize(
    ("statement", "experiment"),
    [
        ("mlflow.set_experiment('bears')", "bears"),
        ("mlflow.set_experiment(experiment_name='bears')", "bears"),
        ("if __name__ == '__main__':\n    mlflow.set_experiment('bears')", "bears"),
        ("mlflow.set_experiment(name())", None),
        ("other.set_experiment('bears')", None),
    ],
)
def test_the_files_own_experiment_is_read_and_not_run(statement, experiment) -> None:
    text = f"import mlflow, dspy\nqa = dspy.Predict('a -> b')\n{statement}\n"
    made = plan(text, "qa", path="app.py")
    assert made.experiment == experiment
    assert "set_experiment" not in made.code


@pytest.mark.parametrize(
    "line",
    [
        "H = {name: value for name, value in pairs.items() if name}",
        "H = [x for row in pairs for x in row]",
        "class H:\n    size = 3\n    double = size * 2\n    def f(self): pass\n    g = f",
    ],
)
def test_names_of_an_inner_scope_are_not_said_to_be_missing(line: str) -> None:
    text = f"import dspy\npairs = {{}}\n{line}\nqa = dspy.Predict('a -> b')\nqa.h = H\nqa.k = missing\n"
    made = plan(text, "qa", path="f.py")
    assert [note for note in made.notes if "nothing in the file" in note] == [
        f"Line {text.count(chr(10))}: nothing in the file defines `missing`."
    ]
