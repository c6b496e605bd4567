"""The product in real VS Code, step by step, as a person meets it."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest
from code_server import CodeServer
from outcomes import FAILED
from workbench import Workbench, until

pytestmark = [pytest.mark.editors, pytest.mark.timeout(600)]

SQUIGGLES = ".squiggly-error, .squiggly-warning"

PRACTICE = """\
import dspy
from offline_lm import offline_lm

dspy.configure(lm=offline_lm())


class Practice(dspy.Module):
    def __init__(self):
        super().__init__()
        self.answer_it = dspy.Predict("question, hint -> answer")

    def forward(self, question, hint):
        result = self.answer_it(question=question, hint=hint)
        return dspy.Prediction(answer=result.answer)


practice = Practice()
"""


@pytest.fixture(scope="module")
def window(open_window) -> tuple[CodeServer, Workbench]:
    """One trusted window that the tests of this file share; each opens its own file."""
    return open_window()


@pytest.fixture
def workbench(window: tuple[CodeServer, Workbench], request) -> Workbench:
    """The shared window without notifications; a picture is kept when the test fails."""
    _, workbench = window
    yield workbench
    if request.node.stash.get(FAILED, False):
        workbench.screenshot(f"failed-{request.node.name}")
    workbench.press("Escape")
    workbench.clear_notifications()
    workbench.command("File: Revert File")
    workbench.command("View: Close All Editors")


def runs_of(folder: Path) -> list[mlflow.entities.Run]:
    """All runs in the store of the test's folder."""
    if not (folder / "mlflow.db").exists():
        return []  # who asks first would make it, and have it keep artifacts below its own folder
    client = mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    return client.search_runs(experiments)


def test_a_mistake_is_underlined_listed_and_explained(workbench: Workbench):
    file = workbench.write(
        "squiggle.py", 'import dspy\n\nqa = dspy.ChainOfThought("question -> answer: flot")\n'
    )
    workbench.open("squiggle.py")
    workbench.see(SQUIGGLES)
    workbench.screenshot("squiggle")
    workbench.go_to_text(file, "flot", 1)
    workbench.hover("flot", "DSP104", "Output field")
    workbench.screenshot("hover")
    workbench.press("Escape")
    workbench.problem("flot", "DSP104")
    workbench.screenshot("problems")
    workbench.press("Control+j")


def test_a_quick_fix_repairs_the_string(workbench: Workbench):
    file = workbench.write(
        "fix.py", 'import dspy\n\nqa = dspy.Predict("question -> answer: flot")\n'
    )
    workbench.open("fix.py")
    workbench.see(SQUIGGLES)
    workbench.go_to_text(file, "flot", 1)
    workbench.press_until("Control+.", ".action-widget .monaco-list-row", "float")
    workbench.screenshot("quick-fix")
    workbench.press("Escape")
    workbench.choose_action("float")
    workbench.save(file, 'dspy.Predict("question -> answer: float")')
    workbench.gone(SQUIGGLES)


def test_types_are_completed_inside_the_string(workbench: Workbench):
    file = workbench.write(
        "complete.py", 'import dspy\n\nqa = dspy.Predict("question -> score: ")\n'
    )
    workbench.open("complete.py")
    workbench.go_to_text(file, '")', 0)
    assert {"float", "list"} <= set(workbench.completions("float"))
    workbench.screenshot("completion")
    workbench.press("Escape")
    workbench.type("flo")
    workbench.press("Control+Space")
    workbench.see(".suggest-widget.visible .monaco-list-row.focused", "float")
    workbench.press("Enter")
    workbench.save(file, "question -> score: float")


def test_hovering_the_string_shows_inputs_and_outputs(workbench: Workbench):
    file = workbench.write(
        "signature.py",
        'import dspy\n\nqa = dspy.Predict("question, context: list[str] -> answer: float")\n',
    )
    workbench.open("signature.py")
    workbench.go_to_text(file, "context", 2)
    workbench.hover("context", "list[str]")
    workbench.screenshot("signature")


def test_a_field_is_renamed_in_the_string_and_in_its_calls(workbench: Workbench):
    file = workbench.write("renaming.py", PRACTICE)
    workbench.open("renaming.py")
    workbench.go_to_text(file, "hint ->", 1)
    # Not before the box has the focus: what is typed earlier would land in the file.
    workbench.press_until("F2", ".rename-box input:focus")
    workbench.press("Control+a")
    workbench.type("clue")
    workbench.press("Enter")
    until(lambda: "question, clue -> answer" in workbench.shown_text())
    workbench.screenshot("rename")
    text = workbench.save(file, '"question, clue -> answer"')
    assert "self.answer_it(question=question, clue=hint)" in text


def test_a_string_becomes_a_class(workbench: Workbench):
    file = workbench.write(
        "to_class.py", 'import dspy\n\nqa = dspy.Predict("question -> answer: float")\n'
    )
    workbench.open("to_class.py")
    workbench.go_to_text(file, "question", 2)
    workbench.choose_action("class")
    until(lambda: "dspy.OutputField()" in workbench.shown_text())
    workbench.screenshot("string-to-class")
    text = workbench.save(file, "answer: float = dspy.OutputField()")
    assert "(dspy.Signature):" in text


def test_the_palette_logs_the_module_at_the_caret(workbench: Workbench):
    workbench.open("chain_of_thought.py")
    workbench.go_to_text(workbench.folder / "chain_of_thought.py", "class CoT", 7)
    before = len(runs_of(workbench.folder))
    workbench.command("DSPy: Log Module to MLflow")
    said = workbench.notification("Logged to MLflow")
    workbench.screenshot("logged")
    assert "Open Run" in said
    runs = runs_of(workbench.folder)
    assert len(runs) == before + 1
    assert runs[0].info.status == "FINISHED"
    assert runs[0].info.run_name in said


def test_the_light_bulb_logs_what_the_editor_shows_unsaved(workbench: Workbench):
    file = workbench.write(
        "unsaved.py", 'import dspy\n\nprogram = dspy.Predict("question, hint -> answer")\n'
    )
    workbench.open("unsaved.py")
    workbench.go_to_text(file, "hint -> answer", len("hint"))
    workbench.type(", tone")
    workbench.go_to_text(file, "program", 2)
    workbench.press_until("Control+.", ".action-widget .monaco-list-row", "to MLflow")
    workbench.screenshot("light-bulb")
    workbench.press("Escape")
    workbench.choose_action("Log `program` to MLflow")
    workbench.notification("Logged to MLflow")
    run = runs_of(workbench.folder)[0]
    signature = mlflow.models.get_model_info(_model_of(workbench.folder, run)).signature
    assert signature.inputs.input_names() == ["question", "hint", "tone"]
    assert ", tone" not in file.read_text()


def test_a_lens_over_the_module_logs_it(workbench: Workbench):
    workbench.open("chain_of_thought.py")
    lens = workbench.see(".codelens-decoration a", "Log")
    workbench.screenshot("code-lens")
    workbench.browser.do("click", selector=".codelens-decoration a", text=lens)
    workbench.notification("Logged to MLflow")


def test_the_title_offers_what_a_file_with_programs_can_do(workbench: Workbench):
    icon = ".editor-actions .action-item a[aria-label^='Log Module to MLflow']"
    workbench.open("chain_of_thought.py")
    workbench.see(icon)
    workbench.see(".editor-actions .action-item a[aria-label^='Run Program']")
    workbench.screenshot("title")
    workbench.write("plain.py", "print('no program here')\n")
    workbench.open("plain.py")
    workbench.gone(icon)


def test_code_that_fails_is_told_with_its_line(workbench: Workbench):
    broken = PRACTICE.replace("super().__init__()", "super().__init__()\n        self.size = 1 / 0")
    file = workbench.write("broken.py", broken)
    workbench.open("broken.py")
    workbench.go_to_text(file, "class Practice", 7)
    before = len(runs_of(workbench.folder))
    workbench.command("DSPy: Log Module to MLflow")
    said = workbench.notification("ZeroDivisionError")
    workbench.gone(".notifications-toasts .notification-list-item", "DSPy: Log to MLflow")
    workbench.screenshot("user-error")
    assert "10" in said
    assert "Traceback" not in said
    assert len(runs_of(workbench.folder)) == before
    workbench.go_to(1)
    workbench.browser.do(
        "click", selector=".notifications-toasts .monaco-button", text="Go to Line", timeout=30_000
    )
    workbench.see("#status\\.editor\\.selection", "Ln 10, Col 1")


def test_a_log_is_cancelled(workbench: Workbench):
    slow = "import time\n" + PRACTICE.replace(
        "super().__init__()", "super().__init__()\n        time.sleep(600)"
    )
    file = workbench.write("slow.py", slow)
    workbench.open("slow.py")
    workbench.go_to_text(file, "class Practice", 7)
    workbench.command("DSPy: Log Module to MLflow")
    workbench.notification("DSPy: Log to MLflow")
    workbench.screenshot("progress")
    workbench.browser.do(
        "click", selector=".notifications-toasts .monaco-button", text="Cancel", timeout=10_000
    )
    workbench.gone(".notifications-toasts .notification-list-item", "DSPy: Log to MLflow")
    assert all(run.info.status in ("FINISHED", "KILLED") for run in runs_of(workbench.folder))


def test_the_prompt_is_previewed_and_follows_the_string(workbench: Workbench):
    file = workbench.write("prompt.py", PRACTICE)
    workbench.open("prompt.py")
    workbench.go_to_text(file, "hint -> answer", 2)
    workbench.command("DSPy: Preview Prompt")
    workbench.see(".tabs-container .tab", "Prompt preview")
    until(lambda: "hint" in workbench.beside())
    workbench.screenshot("prompt")
    workbench.go_to_text(file, "hint -> answer", len("hint"))
    workbench.type(", tone")
    until(lambda: "tone" in workbench.beside())


def test_a_program_is_run_with_inputs_asked(workbench: Workbench):
    workbench.open("chain_of_thought.py")
    workbench.go_to_text(workbench.folder / "chain_of_thought.py", "class CoT", 7)
    workbench.command("DSPy: Run Program")
    workbench.see(".quick-input-widget:visible", "question")
    workbench.screenshot("run-input")
    workbench.answer("What kind of bear is best?")
    workbench.see(".tabs-container .tab", "Run of CoT")
    # The document opens before the program has answered.
    until(lambda: "## answer" in (shown := workbench.beside()) and "trace" in shown)
    workbench.notification("answered in")
    workbench.gone(".notifications-toasts .notification-list-item", "DSPy: Run")
    workbench.screenshot("run")


def test_a_mistake_in_a_notebook_cell_is_underlined(workbench: Workbench):
    notebook = (
        '{"cells": [{"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [],'
        ' "source": ["import dspy\\n", "qa = dspy.Predict(\\"question -> answer: flot\\")"]}],'
        ' "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}'
    )
    workbench.write("cells.ipynb", notebook)
    workbench.open("cells.ipynb")
    workbench.see(".notebookOverlay .cell .monaco-editor")
    workbench.see(".notebookOverlay .squiggly-error, .notebookOverlay .squiggly-warning")
    pieces = ("question", "->", "flot")
    until(
        lambda: (
            (colours := _colours_of_line(workbench, "dspy.Predict")).keys() >= set(pieces)
            and len({colours[piece] for piece in pieces}) == 3
        )
    )
    workbench.screenshot("notebook")


def test_the_string_has_colours_of_its_own_in_light_and_dark(window, workbench: Workbench):
    server, _ = window
    workbench.write(
        "colours.py",
        'import dspy\n\nqa = dspy.Predict("question, size: list[int] -> answer: float")\n',
    )
    workbench.open("colours.py")
    seen = []
    for theme in ("Default Dark Modern", "Default Light Modern", "Monokai", "Solarized Light"):
        server.change_settings({"workbench.colorTheme": theme})
        seen.append(until(lambda: _coloured_otherwise(workbench, seen)))
    workbench.screenshot("colours")
    server.change_settings({})


def test_the_language_status_names_the_releases_found(workbench: Workbench, python: Path):
    workbench.open("chain_of_thought.py")
    workbench.see("#status\\.languageStatus")

    def shown() -> str:
        # From elsewhere each time: a busy window may have lost the first hover.
        workbench.browser.do("moveMouse", x=600, y=300)
        workbench.browser.do("hover", selector="#status\\.languageStatus", timeout=30_000)
        workbench.browser.do("wait", selector=".hover-language-status", text="dspy 3", timeout=6000)
        return workbench.texts(".hover-language-status", "dspy 3")[0]

    said = until(shown)
    workbench.screenshot("status")
    assert "mlflow" in said
    assert str(python) in said
    workbench.browser.do("moveMouse", x=600, y=300)


def test_the_information_names_interpreter_and_versions(workbench: Workbench, python: Path):
    workbench.open("chain_of_thought.py")
    workbench.command("DSPy: Show Information")
    text = until(lambda: (shown := workbench.beside()) and "interpreter" in shown and shown)
    workbench.screenshot("information")
    assert str(python) in text


def _model_of(folder: Path, run: mlflow.entities.Run) -> str:
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    model_id = run.outputs.model_outputs[0].model_id
    return f"models:/{model_id}"


def _coloured_otherwise(workbench: Workbench, seen: list[dict[str, str]]) -> dict[str, str] | None:
    """The colours of the line, once they are none of those seen and a field's is no type's."""
    colours = _colours_of_line(workbench, "dspy.Predict")
    # Some themes draw a parameter as they draw a string, so the piece may hold more than it.
    field = next((colour for piece, colour in colours.items() if "question" in piece), None)
    new = "float" in colours and field not in (None, colours["float"]) and colours not in seen
    return colours if new else None


def _colours_of_line(workbench: Workbench, text: str) -> dict[str, str]:
    """Each piece of a line with the colour in which it is drawn."""
    return workbench.browser.do(
        "evaluate",
        script=f"""
        const line = [...document.querySelectorAll('.view-line')]
            .find((line) => line.innerText.includes({text!r}));
        Object.fromEntries([...(line?.querySelectorAll('span span') ?? [])]
            .map((piece) => [piece.innerText.trim(), getComputedStyle(piece).color]))
        """,
    )
