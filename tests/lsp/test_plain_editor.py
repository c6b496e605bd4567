"""An editor without a client of ours: whatever a command answers, the server shows it by itself."""

from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from driver import PROGRAM, editor_of_a_module

editor = editor_of_a_module(ours={})
bare = editor_of_a_module(ours={}, window={"workDoneProgress": True})


@pytest.fixture
def lm(openai_endpoint, editor, bare):
    """The start of a file whose language model is a real endpoint."""
    for each in (editor, bare):
        (each.folder / "key").write_text("endpoint-key-31415926")
    made = f"api_base={openai_endpoint.url!r}, api_key=open('key').read(), cache=False"
    return f"import dspy\ndspy.configure(lm=dspy.LM('openai/gpt', {made}))\n"


def shown(editor, command: str, **arguments) -> tuple[dict, dict]:
    """What a command answers, and the document or address that the editor is told to show."""
    before = len(editor.told("window/showDocument"))
    result = editor.result(command, **arguments)
    if len(editor.told("window/showDocument")) == before:
        editor.until(lambda m: m.get("method") == "window/showDocument")
    return result, editor.told("window/showDocument")[before]


def text_of(document: dict) -> str:
    assert document["external"] is False
    return Path(unquote(urlparse(document["uri"]).path)).read_text("utf-8")


def told(editor, command: str, **arguments) -> tuple[dict, str]:
    """What a command answers, and the message that the person reads."""
    before = len(editor.told("window/showMessage"))
    result = editor.result(command, **arguments)
    if len(editor.told("window/showMessage")) == before:
        editor.until(lambda m: m.get("method") == "window/showMessage")
    return result, editor.told("window/showMessage")[before]["message"]


def place(text: str, word: str) -> dict:
    line = next(n for n, each in enumerate(text.split("\n")) if word in each)
    return {"line": line, "character": text.split("\n")[line].index(word)}


def test_what_was_logged_is_told_and_opened(editor):
    uri = editor.open("log.py", PROGRAM)
    logged, message = told(editor, "dspy.log", uri=uri, name="QA")
    assert message.startswith(f'Logged QA to MLflow: run "{logged["run_name"]}"')
    assert "To open it, run: mlflow ui --backend-store-uri" in message
    opened, page = shown(editor, "dspy.openRun", uri=uri, name="QA")
    assert page == {"uri": opened["url"], "external": True}
    assert page["uri"].startswith("http://127.0.0.1:")
    editor.change(uri, PROGRAM.replace("-> answer", "-> reply"))
    difference, document = shown(editor, "dspy.diffLogged", uri=uri, name="QA")
    assert difference["changed"] is True
    text = text_of(document)
    assert '-        self.step = dspy.ChainOfThought("question -> answer")' in text
    assert '+        self.step = dspy.ChainOfThought("question -> reply")' in text


def test_a_run_and_a_preview_are_shown_as_documents(editor, lm):
    text = lm + PROGRAM.partition("\n")[2]
    uri = editor.open("run.py", text)
    result, document = shown(
        editor, "dspy.run", uri=uri, name="QA", inputs={"question": "why?"}, trace=False
    )
    report = text_of(document)
    assert result["outputs"]["answer"] in report
    assert "why?" in report
    preview, document = shown(
        editor, "dspy.previewPrompt", uri=uri, position=place(text, "question -> answer")
    )
    assert text_of(document) == preview["text"]
    assert document["takeFocus"] is True


def test_a_name_longer_than_those_of_files_is_shown(editor, lm):
    name = "q" * 300
    uri = editor.open("long.py", f"{lm}{name} = dspy.Predict('question -> answer')\n")
    _, document = shown(editor, "dspy.run", uri=uri, name=name, inputs={"question": "q"})
    assert text_of(document).startswith(f"# {name}")
    assert document["uri"].endswith(".md")


def test_an_answer_that_arrives_is_told_as_progress(editor, lm, openai_endpoint):
    openai_endpoint.streams = True
    uri = editor.open("stream.py", lm + PROGRAM.partition("\n")[2])
    before = len(editor.told("$/progress"))
    given = {"question": "in pieces?"}
    editor.result("dspy.run", uri=uri, name="QA", inputs=given, trace=False)
    steps = [p["value"].get("message", "") for p in editor.told("$/progress")[before:]]
    # Pieces that come fast are told together, and the last ones with the result.
    assert any(step.startswith("reasoning: the") for step in steps), steps
    assert not editor.told("dspy/piece")


def test_an_editor_that_opens_nothing_is_told_everything_in_messages(bare, lm):
    text = lm + PROGRAM.partition("\n")[2]
    uri = bare.open("bare.py", text)
    result, message = told(
        bare, "dspy.run", uri=uri, name="QA", inputs={"question": "why?"}, trace=False
    )
    assert result["outputs"]["answer"] in message
    preview, message = told(
        bare, "dspy.previewPrompt", uri=uri, position=place(text, "question -> answer")
    )
    assert message.startswith(preview["text"][:100])
    told(bare, "dspy.log", uri=uri, name="QA")
    opened, message = told(bare, "dspy.openRun", uri=uri, name="QA")
    assert message == f"Open it: {opened['url']}"
    same, message = told(bare, "dspy.diffLogged", uri=uri, name="QA")
    assert same["changed"] is False
    assert message.startswith("QA is as it was logged")
    assert not bare.told("window/showDocument")


def test_what_an_editor_cannot_ask_is_refused_by_the_arguments_name(bare):
    uri = bare.open("ask.py", PROGRAM)
    answer = bare.execute("dspy.run", uri=uri, name="QA")
    assert "error" in answer
    assert "inputs" in answer["error"]["message"]
