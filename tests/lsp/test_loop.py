"""From the editor to MLflow and back: log, see, open, compare, run; a real worker and a real store."""

import json
import os
import re
import urllib.request
from pathlib import Path

import pytest
from driver import PROGRAM, editor_of_a_module
from mlflow import MlflowClient

from dspy_language_server.lsp.plain import plain

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
editor = editor_of_a_module()


def documented(command: str) -> set[str]:
    """The keys of a command's answer, as docs/settings.md lists them."""
    row = re.search(rf"^\| `{command}` \| .*? \| (.*) \|$", PAGE, re.MULTILINE)
    assert row, command
    return set(re.findall(r"`(\w+)`", row[1].partition(";")[0]))


def lenses(editor, uri: str) -> list[tuple[str, str]]:
    found = editor.ask("textDocument/codeLens", textDocument={"uri": uri})
    return [(lens["command"]["title"], lens["command"]["command"]) for lens in found]


def refreshed(editor) -> None:
    """Waits until the server says that lenses changed."""
    editor.until(lambda m: m.get("method") == "workspace/codeLens/refresh")


def seen(editor, uri: str, end: str) -> None:
    """Waits until the lens over a logged program ends so."""
    while not any(title.endswith(end) for title, _ in lenses(editor, uri)):
        refreshed(editor)


def client(editor) -> MlflowClient:
    return MlflowClient(editor.store)


def test_a_logged_program_is_seen_over_its_line(editor):
    uri = editor.open("seen.py", PROGRAM)
    logged = editor.result("dspy.log", uri=uri, name="QA")
    assert set(logged) == documented("dspy.log")
    refreshed(editor)
    assert editor.questions == []
    titles = lenses(editor, uri)
    assert titles[0] == ("Log to MLflow", "dspy.log")
    assert titles[1] == ("Run", "dspy.run")
    assert re.fullmatch(r'Logged as "QA" \d\d \w+ \d{4}, \d\d:\d\d, unchanged', titles[2][0])
    assert titles[3] == ("Open", "dspy.openRun")

    editor.change(uri, PROGRAM.replace("question -> answer", "question -> answer, source"))
    refreshed(editor)
    title, command = lenses(editor, uri)[2]
    assert title.endswith(", changed since")
    assert command == "dspy.diffLogged"

    editor.change(uri, f"{PROGRAM}\nprint('not of the program')\n")
    refreshed(editor)
    assert lenses(editor, uri)[2][0].endswith(", unchanged")


def test_an_instance_made_with_arguments_is_seen_over_its_class(editor):
    text = PROGRAM.replace("__init__(self)", "__init__(self, steps)")
    uri = editor.open("arguments.py", text)
    editor.answers = ["3"]
    editor.result("dspy.log", uri=uri, name="QA")
    refreshed(editor)
    assert lenses(editor, uri)[2][0].endswith(", unchanged")
    editor.result("dspy.log", uri=uri, name="QA")  # what was answered is not asked again
    editor.change(uri, text.replace("answer", "reply"))
    refreshed(editor)


def test_nothing_is_made_by_looking(editor, tmp_path):
    store = tmp_path / "none.db"
    uri = editor.open("looking.py", PROGRAM)
    answer = editor.execute("dspy.diffLogged", uri=uri, name="QA", trackingUri=f"sqlite:///{store}")
    assert "has not been logged yet" in answer["error"]["message"]
    assert not store.exists()


def test_the_last_version_beside_the_editors(editor):
    text = f"{PROGRAM}\n\n\ntrain = 1\n\n\nqa = QA()\n"
    uri = editor.open("diff.py", text)
    editor.result("dspy.log", uri=uri, name="qa")
    same = editor.result("dspy.diffLogged", uri=uri, name="qa")
    assert set(same) == documented("dspy.diffLogged")
    assert same["changed"] is False
    assert same["left"]["text"] == same["right"]["text"]
    editor.change(uri, text.replace("question -> answer", "question -> reply"))
    other = editor.result("dspy.diffLogged", uri=uri, name="qa")
    assert other["changed"] is True
    assert "question -> answer" in other["left"]["text"]
    assert "question -> reply" in other["right"]["text"]
    assert "train" not in other["right"]["text"]


def test_pages_of_the_store_are_served_on_loopback_and_gone_with_the_editor(wire, tmp_path):
    from driver import Editor

    editor = Editor(wire, tmp_path)
    uri = editor.open("open.py", PROGRAM)
    first = editor.result("dspy.log", uri=uri, name="QA")
    once = editor.execute("dspy.compareRuns", uri=uri, name="QA")
    assert "nothing to compare yet" in once["error"]["message"]
    second = editor.result("dspy.log", uri=uri, name="QA")
    opened = editor.result("dspy.openRun", uri=uri, name="QA")
    assert set(opened) == documented("dspy.openRun")
    assert opened["url"].endswith(f"#/experiments/0/runs/{second['run_id']}")
    server = opened["url"].partition("#")[0]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", server)
    api = f"{server}api/2.0/mlflow/runs/get?run_id={second['run_id']}"
    with urllib.request.urlopen(api) as answer:
        assert json.load(answer)["run"]["info"]["status"] == "FINISHED"
    compared = editor.result("dspy.compareRuns", uri=uri, name="QA")
    assert set(compared) == documented("dspy.compareRuns")
    assert compared["run_ids"] == [second["run_id"], first["run_id"]]
    assert compared["url"].startswith(f"{server}#/compare-runs?runs=")
    wire.close()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(server, timeout=5)


@pytest.fixture
def endpoint(editor, openai_endpoint):
    """A file whose language model is the endpoint; the key comes from a file of its own."""
    (editor.folder / "key").write_text("endpoint-key-31415926")
    lm = f"dspy.LM('openai/gpt', api_base={openai_endpoint.url!r}, api_key=open('key').read(), cache=False)"
    return f"import dspy\ndspy.configure(lm={lm})\n" + PROGRAM.partition("\n")[2], openai_endpoint


def test_a_run_asks_field_by_field_and_streams(editor, endpoint):
    text, server = endpoint
    server.streams = True
    uri = editor.open("run.py", text)
    editor.questions.clear()
    editor.answers = ["what is up?"]
    answer = editor.result("dspy.run", uri=uri, name="QA")
    assert set(answer) == documented("dspy.run")
    assert [q["prompt"] for _, q in editor.questions] == ["question: str"]
    assert answer["outputs"] == {"reasoning": "the reasoning", "answer": "the answer"}
    assert answer["usage"]["openai/gpt"]["total_tokens"] == 5
    assert server.requests[0]["stream"] is True
    pieces = [p for p in editor.told("dspy/piece") if p["field"] == "answer"]
    assert "".join(p["text"] for p in pieces) == "the answer"
    assert len(pieces) > 1
    assert len(server.requests) == 1
    trace = client(editor).get_trace(answer["trace_id"])
    assert "what is up?" in trace.data.request
    assert "endpoint-key-31415926" not in trace.to_json()

    editor.questions.clear()
    editor.answers = ["and now?"]
    editor.result("dspy.run", uri=uri, name="QA")
    assert [q["value"] for _, q in editor.questions] == ["what is up?"]
    again = editor.result("dspy.run", uri=uri, name="QA", again=True)
    assert again["inputs"] == {"question": "and now?"}


def test_a_credential_that_arrives_in_pieces_is_not_shown(editor, endpoint):
    text, server = endpoint
    server.streams, server.words = True, "the {} endpoint-key-31415926 and more"
    server.piece = r"[\s\S]{1,7}"
    uri = editor.open("pieces.py", text)
    before = len(editor.told("dspy/piece"))
    answer = editor.result("dspy.run", uri=uri, name="QA", inputs={"question": "key?"}, trace=False)
    pieces = [p for p in editor.told("dspy/piece")[before:] if p["field"] == "answer"]
    shown = "".join(p["text"] for p in pieces)
    assert shown == answer["outputs"]["answer"] == "the answer [left out] and more"
    assert len(pieces) > 1


def test_a_logged_version_is_run_whatever_the_editor_shows(editor, endpoint):
    text, _ = endpoint
    uri = editor.open("version.py", text)
    editor.result("dspy.log", uri=uri, name="QA")
    editor.change(uri, text.replace("question -> answer", "question -> reply"))
    given = {"question": "hello"}
    logged = editor.result("dspy.run", uri=uri, name="QA", logged=True, inputs=given, trace=False)
    assert set(logged["outputs"]) == {"reasoning", "answer"}
    assert logged["trace_id"] is None
    now = editor.result("dspy.run", uri=uri, name="QA", inputs=given, trace=False)
    assert set(now["outputs"]) == {"reasoning", "reply"}


def test_a_language_model_that_does_not_stream_is_asked_for_the_whole_answer(editor, endpoint):
    text, server = endpoint
    uri = editor.open("whole.py", text)
    given = {"question": "whole?"}
    answer = editor.result("dspy.run", uri=uri, name="QA", inputs=given, trace=False)
    assert answer["outputs"]["answer"] == "the answer"
    assert [request.get("stream") for request in server.requests] == [True, None]


def test_an_engine_that_has_no_stream_is_asked_for_the_whole_answer(editor):
    examples = Path(__file__).parents[2] / "examples"
    (editor.folder / "offline_lm.py").write_text((examples / "offline_lm.py").read_text("utf-8"))
    text = (examples / "chain_of_thought.py").read_text("utf-8")
    uri = editor.open("chain_of_thought.py", text)
    given = {"question": "What is 2 + 2?"}
    answer = editor.result("dspy.run", uri=uri, name="CoT", inputs=given, trace=False)
    assert answer["outputs"]["answer"] == "4"


def test_an_input_of_another_type_is_refused_by_name(editor):
    text = PROGRAM.replace("question: str", "question: str, n: int")
    uri = editor.open("typed.py", text)
    answer = editor.execute("dspy.run", uri=uri, name="QA", inputs={"question": "a", "n": "many"})
    assert "input `n` is no int" in answer["error"]["message"]


def test_choices_are_asked_once_and_remembered(editor):
    text = f"{PROGRAM}\n\nfirst = QA()\nsecond = dspy.Predict('a -> b')\n"
    uri = editor.open("choices.py", text)
    editor.questions.clear()
    editor.answers = ["second"]
    assert editor.result("dspy.log", uri=uri)["name"] == "second"
    assert editor.result("dspy.log", uri=uri)["name"] == "second"
    assert len(editor.questions) == 1

    editor.questions.clear()
    editor.answers = ["New experiment…", "bears", "qa-model", "", "cloudpickle", '{"a": "x"}']
    chosen = editor.result("dspy.log", uri=uri, name="second", ask=True)
    assert editor.answers == []
    assert (chosen["experiment_name"], chosen["format"]) == ("bears", "cloudpickle")
    model = client(editor).get_logged_model(chosen["model_id"])
    assert model.name == "qa-model"
    remembered = editor.result("dspy.log", uri=uri, name="second")
    assert (remembered["experiment_name"], remembered["format"]) == ("bears", "cloudpickle")
    given = editor.result("dspy.log", uri=uri, name="second", format="source", experiment="wolves")
    assert (given["experiment_name"], given["format"]) == ("wolves", "source")
    editor.result("dspy.forgetChoices")
    forgotten = editor.result("dspy.log", uri=uri, name="second")
    assert (forgotten["experiment_name"], forgotten["format"]) == ("Default", "source")


def test_an_agreement_for_ever_is_one_for_the_same_lines(editor):
    text = "import dspy\nN = open('ran', 'a').write('x')\nqa = dspy.Predict('a -> b', n=N)\n"
    ran = editor.folder / "ran"
    uri = editor.open("agreed.py", text)
    editor.questions.clear()
    editor.answers = ["Always for These Lines"]
    for _ in range(2):
        editor.result("dspy.log", uri=uri, name="qa")
    assert len(editor.questions) == 1
    assert "line 2" in editor.questions[0][1]["message"]
    assert ran.read_text() == "xx"
    editor.change(uri, text.replace("'x'", "'y'"))
    editor.answers = ["Cancel"]
    assert "error" in editor.execute("dspy.log", uri=uri, name="qa")
    assert ran.read_text() == "xx"


def test_the_whole_file_is_offered_where_the_text_does_not_say(editor):
    text = "import dspy\nexec(\"SIGNATURE = 'a -> b'\")\nqa = dspy.Predict(SIGNATURE)\n"
    uri = editor.open("unknown.py", text)
    editor.questions.clear()
    editor.answers = ["Run Whole File"]
    assert editor.result("dspy.log", uri=uri, name="qa")["name"] == "qa"
    assert "Run the whole file instead?" in editor.questions[0][1]["message"]


def test_a_misspelt_argument_is_named(editor):
    answer = editor.execute("dspy.log", uri="file:///x.py", experimnt="x")
    assert (
        "dspy.log has no argument `experimnt`. It takes `uri`, `name`" in answer["error"]["message"]
    )


def test_a_cancelled_progress_ends_the_job_and_marks_the_run(editor):
    text = PROGRAM.replace(
        "    def forward",
        "    def __getstate__(self):\n        import time\n        time.sleep(600)\n\n    def forward",
    )
    uri = editor.open("slow.py", text)
    number = editor.send("dspy.log", uri=uri, name="QA", format="cloudpickle")
    editor.until(
        lambda m: (
            m.get("method") == "$/progress"
            and m["params"]["value"].get("message") == "Writing files"
        )
    )
    hover = editor.ask(
        "textDocument/hover", textDocument={"uri": uri}, position={"line": 5, "character": 42}
    )
    assert "question" in hover["contents"]["value"]
    editor.wire.send(method="window/workDoneProgress/cancel", params={"token": number})
    answer = editor.until(lambda m: m.get("id") == number and "method" not in m)
    assert "error" in answer
    uri = editor.open("after.py", PROGRAM)
    editor.result("dspy.log", uri=uri, name="QA")
    runs = client(editor).search_runs(["0"], "tags.`dspy_companion.file` = 'slow.py'")
    assert [run.info.status for run in runs] == ["KILLED"]
    models = client(editor).search_logged_models(experiment_ids=["0"])
    ready = {m.source_run_id for m in models if str(m.status) == "READY"}
    assert runs[0].info.run_id not in ready


def test_what_was_chosen_is_kept_outside_of_the_workspace_and_for_the_person_only(editor):
    editor.open("kept.py", PROGRAM)
    files = list(Path(os.environ["XDG_STATE_HOME"]).rglob("*.json"))
    assert not [file for file in files if file.stat().st_mode & 0o077]
    assert not list(editor.folder.rglob("*dspy-companion*"))


NOTEBOOK = [
    "%pip install dspy\nimport dspy\nopen('cell-1', 'w').write('x')",
    "qa = dspy.Predict('question -> answer')",
    "qa = dspy.Predict('question -> reply')",
]


def test_a_notebook_is_logged_as_it_is_up_to_the_cell(editor):
    folder = editor.folder.as_uri()
    cells = [f"vscode-notebook-cell:{folder[5:]}/book.ipynb#{n}" for n in range(3)]
    book = {"uri": f"{folder}/book.ipynb", "notebookType": "jupyter-notebook", "version": 1}
    book["cells"] = [{"kind": 2, "document": cell} for cell in cells]
    texts = [
        {"uri": cell, "languageId": "python", "version": 1, "text": text}
        for cell, text in zip(cells, NOTEBOOK, strict=True)
    ]
    params = {"notebookDocument": book, "cellTextDocuments": texts}
    editor.wire.send(method="notebookDocument/didOpen", params=params)
    planned = editor.result("dspy.plan", uri=cells[1], name="qa")
    assert set(planned) >= documented("dspy.plan") - {"error"}
    assert "question -> answer" in planned["code"]
    assert "reply" not in planned["code"]
    logged = editor.result("dspy.log", uri=cells[1], name="qa")
    assert not (editor.folder / "cell-1").exists()
    fields = logged["signature"]["outputs"]
    assert "answer" in fields
    refreshed(editor)
    found = editor.ask("textDocument/codeLens", textDocument={"uri": cells[2]})
    assert found[0]["command"]["arguments"] == [{"uri": cells[2], "name": "qa"}]


def test_a_message_holds_no_link_to_a_command(editor):
    """VS Code makes a link of `[text](command:…)` in a notification, and of other schemes."""
    uri = editor.open(
        "link.py",
        "import dspy\nraise ValueError('[press](command:quit)')\nqa = dspy.Predict('a -> b')\n",
    )
    answer = editor.execute("dspy.log", uri=uri, name="qa", execute="file")
    assert "ValueError: [press] (command:quit)" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[a](command:x)", "[a] (command:x)"),
        ("$(trash) $(warning~spin)", "$ (trash) $ (warning~spin)"),
        ("\x1b[31mred\x07", "\\u001b[31mred\\u0007"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("two\nlines, é 😋 \t עברית", "two\nlines, é 😋 \t עברית"),
    ],
)
def test_a_message_is_shown_letter_by_letter(text, shown):
    assert plain(text) == shown
    assert len(plain(text * 10_000)) < 60_000


def test_a_module_that_changes_on_disk_is_seen_over_the_program(editor):
    text = "import dspy\nfrom words import QUESTION\n\nqa = dspy.Predict(QUESTION)\n"
    words = editor.folder / "words.py"
    words.write_text("QUESTION = 'question -> answer'\n")
    uri = editor.open("imports.py", text)
    other = editor.open("words.py", words.read_text())
    editor.result("dspy.log", uri=uri, name="qa")
    seen(editor, uri, ", unchanged")

    changed = "QUESTION = 'question -> reply'\n"
    editor.change(other, changed)
    noted = editor.result("dspy.log", uri=uri, name="qa")["notes"]
    assert "words.py has unsaved edits that are not in the model" in noted[0]
    words.write_text(changed)
    editor.wire.send(method="textDocument/didSave", params={"textDocument": {"uri": other}})
    seen(editor, uri, ", changed since")
    compared = editor.result("dspy.diffLogged", uri=uri, name="qa")
    assert compared["changed"] is True
    assert "# ── words.py ──\nQUESTION = 'question -> reply'" in compared["right"]["text"]


def test_a_logged_version_finds_the_dotenv_of_the_workspace(editor, openai_endpoint):
    lm = f"dspy.LM('openai/gpt', api_base={openai_endpoint.url!r}, cache=False)"
    text = (
        "import dspy\nfrom dotenv import load_dotenv\n\nload_dotenv(override=True)\n"
        f"dspy.configure(lm={lm})\nqa = dspy.Predict('question -> answer')\n"
    )
    folder = editor.folder / "deep" / "er"
    folder.mkdir(parents=True)
    (editor.folder / "deep" / ".env").write_text("OPENAI_API_KEY=dotenv-key-2718281828\n")
    (folder / "keys.py").write_text(text)
    uri = editor.open("deep/er/keys.py", text)
    given = {"question": "whose key?"}
    editor.result("dspy.run", uri=uri, name="qa", inputs=given, trace=False)
    editor.result("dspy.log", uri=uri, name="qa")
    answer = editor.result("dspy.run", uri=uri, name="qa", logged=True, inputs=given, trace=False)
    assert set(openai_endpoint.keys) == {"dotenv-key-2718281828"}
    assert len(openai_endpoint.keys) >= 2
    assert "dotenv-key" not in str(answer)
