"""Logging an object from an editor's text: what is in the store afterwards."""
# ruff: noqa: ASYNC221 - setting up with git and venv; no other task waits

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from dspy_language_server.worker import WorkerClient, WorkerError

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("form", ["source", "cloudpickle"])
async def test_a_class_is_logged_and_can_be_loaded(worker, workspace, program, form) -> None:
    steps: list[str] = []
    logged = await worker.log(
        workspace.subject(program, "QA"),
        workspace.settings(),
        {"format": form, "modelName": "qa"},
        progress=steps.append,
    )
    run = workspace.client().get_run(logged["run_id"])
    assert run.info.status == "FINISHED"
    model = workspace.client().get_logged_model(logged["model_id"])
    assert (str(model.status), model.name) == ("READY", "qa")
    assert logged["format"] == form
    assert "Uploading" in steps
    assert "Running 2 statements of app.py" in steps
    code = (
        f"import mlflow; mlflow.set_tracking_uri({workspace.uri!r});"
        f"m = mlflow.pyfunc.load_model({logged['model_uri']!r}); print(m.metadata.signature.inputs)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "string" in loaded.stdout, loaded.stderr


async def test_a_run_says_where_it_comes_from(worker, workspace, program) -> None:
    (workspace.root / "key.txt").write_text("canary-" + "3141592")
    subprocess.run(["git", "init", "-q"], cwd=workspace.root, check=True)
    (workspace.root / "app.py").write_text(program)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "add", "app.py"], cwd=workspace.root, check=True)
    subprocess.run([*git, "commit", "-qm", "one"], cwd=workspace.root, check=True)
    text = (
        "import dspy\nKEY = open('key.txt').read()\n"
        "dspy.configure(lm=dspy.LM('openai/gpt-4o-mini', api_key=KEY))\n"
    )
    logged = await worker.log(workspace.subject(text + program[12:], "QA"), workspace.settings())
    tags = workspace.client().get_run(logged["run_id"]).data.tags
    assert tags["dspy_companion.file"] == "app.py"
    assert tags["dspy_companion.object"] == "QA"
    assert tags["dspy_companion.line"] == "5"
    assert tags["dspy_companion.signature"].endswith("question: str -> reasoning: str, answer: str")
    assert tags["dspy_companion.lm"] == "openai/gpt-4o-mini"
    assert len(tags["mlflow.source.git.commit"]) == 40
    assert tags["dspy_companion.git.dirty"] == "false"
    assert {"dspy_companion.dspy", "dspy_companion.mlflow", "dspy_companion.python"} <= set(tags)
    assert not [
        file
        for file in workspace.root.rglob("*")
        if file.is_file() and file.name != "key.txt" and b"canary-3141592" in file.read_bytes()
    ]


async def test_a_key_in_the_text_is_refused_by_name(worker, workspace) -> None:
    text = "import dspy\ndspy.configure(lm=dspy.LM('openai/x', api_key='canary-' + '3141592'))\n"
    text = text.replace("' + '", "") + "qa = dspy.Predict('a -> b')\n"
    with pytest.raises(WorkerError, match="api_key") as caught:
        await worker.log(workspace.subject(text, "qa"), workspace.settings())
    assert caught.value.code == "refused"
    assert "canary" not in caught.value.message
    assert workspace.runs("FINISHED") == []


async def test_the_slice_and_its_changes_are_kept(worker, workspace, program) -> None:
    first = await worker.log(workspace.subject(program, "QA"), workspace.settings())
    changed = program.replace("question -> answer", "question -> answer, source")
    second = await worker.log(workspace.subject(changed, "QA"), workspace.settings())
    client = workspace.client()
    kept = [artifact.path for artifact in client.list_artifacts(first["run_id"], "source")]
    assert kept == ["source/slice.py"]
    path = client.download_artifacts(second["run_id"], "source/changes.diff", str(workspace.root))
    changes = Path(path).read_text()
    assert '-        self.step = dspy.ChainOfThought("question -> answer")' in changes
    assert '+        self.step = dspy.ChainOfThought("question -> answer, source")' in changes
    last = await worker.logged(workspace.subject(changed, "QA"), workspace.settings())
    assert last["run_id"] == second["run_id"]
    assert last["code"] == last["current"]


async def test_only_what_is_needed_is_run(worker, workspace, program) -> None:
    text = program + "\nopen('ran', 'w').write('x')\nraise SystemExit(3)\n"
    logged = await worker.log(workspace.subject(text, "QA"), workspace.settings())
    assert not (workspace.root / "ran").exists()
    assert [s["line"] for s in logged["skipped"]] == [11, 12]


async def test_what_the_object_depends_on_is_asked_first(worker, workspace) -> None:
    text = "import dspy\nN = open('ran', 'w').write('x')\nqa = dspy.Predict('a -> b', n=N)\n"
    subject = workspace.subject(text, "qa")
    with pytest.raises(WorkerError) as caught:
        await worker.log(subject, workspace.settings())
    assert caught.value.code == "confirm"
    assert "line 2" in caught.value.message
    assert not (workspace.root / "ran").exists()
    await worker.log(subject, workspace.settings(confirmed=True))
    assert (workspace.root / "ran").read_text() == "x"


async def test_modules_beside_the_file_are_found_and_kept(worker, workspace) -> None:
    package = workspace.root / "pkg"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "words.py").write_text("SIGNATURE = 'question -> answer'\n")
    text = "import dspy\nfrom .words import SIGNATURE\nqa = dspy.Predict(SIGNATURE)\n"
    logged = await worker.log(workspace.subject(text, "qa", "pkg/app.py"), workspace.settings())
    assert logged["name"] == "qa"


async def test_the_default_store_is_mlflows_own_in_the_workspace(
    worker, workspace, program
) -> None:
    logged = await worker.log(workspace.subject(program, "QA"), workspace.settings(tracking_uri=""))
    assert logged["tracking_uri"].startswith("sqlite")
    assert (workspace.root / "mlflow.db").exists()


async def test_a_program_is_called_with_its_inputs(worker, workspace) -> None:
    text = (
        "import dspy\n"
        "class Echo(dspy.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        open('built', 'a').write('x')\n"
        "    def forward(self, word: str):\n"
        "        print('called')\n"
        "        return dspy.Prediction(answer=word.upper())\n"
    )
    subject = workspace.subject(text, "Echo")
    fields: list[dict] = []
    pieces: list[tuple[str, str]] = []

    async def ask(wanted: list[dict]) -> dict:
        fields.extend(wanted)
        await asyncio.sleep(1.5)
        return {"word": "bear"}

    answer = await worker.run(
        subject,
        workspace.settings(time_limit=1.2, confirmed=True),  # a person's time is not counted
        ask,
        pieces=lambda *piece: pieces.append(piece),
    )
    assert fields == [{"name": "word", "type": "str", "required": True}]
    assert (answer["inputs"], answer["outputs"]) == ({"word": "bear"}, {"answer": "BEAR"})
    assert pieces == [("answer", "BEAR")]
    assert "called" in worker.output
    assert (workspace.root / "built").read_text() == "x", "it is built once"


async def test_a_person_who_is_asked_holds_up_no_other_job(worker, workspace) -> None:
    text = "import dspy\nqa = dspy.Predict('question -> answer')\n"
    subject, settings = workspace.subject(text, "qa"), workspace.settings()
    arrived, done = asyncio.Semaphore(0), asyncio.Event()

    async def ask(_: list[dict]) -> dict:
        arrived.release()
        await done.wait()
        raise asyncio.CancelledError

    waiting = [asyncio.create_task(worker.run(subject, settings, ask)) for _ in range(3)]
    for _ in waiting:
        await arrived.acquire()
    assert (await worker.log(subject, settings))["run_id"]
    done.set()
    dismissed = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in dismissed] == [asyncio.CancelledError] * 3


async def test_what_asking_raises_ends_the_job(worker, workspace) -> None:
    text = "import dspy\nqa = dspy.Predict('question -> answer')\n"

    async def ask(_: list[dict]) -> dict:
        raise WorkerError("inputs", "nobody is there")

    with pytest.raises(WorkerError, match="nobody is there"):
        await worker.run(workspace.subject(text, "qa"), workspace.settings(), ask)


async def test_inputs_are_asked_for_where_no_process_is_forked(workspace) -> None:
    client = WorkerClient(sys.executable, arguments=["--spawn"])
    text = (
        "import dspy\nclass Echo(dspy.Module):\n    def forward(self, word):\n        return word\n"
    )

    async def ask(_: list[dict]) -> dict:
        return {"word": "bear"}

    answer = await client.run(workspace.subject(text, "Echo"), workspace.settings(), ask)
    assert answer["outputs"] == {"output": "bear"}
    await client.close()


async def test_a_preview_is_what_the_adapter_would_send(worker, workspace) -> None:
    signature = {
        "inputs": [{"name": "text", "type": "list[str]"}],
        "outputs": [{"name": "mood", "type": "Literal['good', 'bad']"}],
    }
    import dspy

    adapter = dspy.ChatAdapter()
    real = dspy.Signature("text: list[str] -> mood: Literal['good', 'bad']")
    shown = await worker.preview(workspace.settings(), [signature], {"text": ["a"]})
    assert shown["messages"] == adapter.format(real, [], {"text": ["a"]})


async def test_a_preview_evaluates_nothing(worker, workspace) -> None:
    signature = {
        "inputs": [{"name": "x", "type": "__import__('os').system('touch ran')"}],
        "outputs": [{"name": "y", "type": "str"}],
    }
    shown = await worker.preview(workspace.settings(), [signature])
    assert "is shown as str" in shown["notes"][0]
    assert not (workspace.root / "ran").exists()


async def test_an_interpreter_that_does_not_start_is_named(workspace, program) -> None:
    client = WorkerClient("/nowhere/python")
    with pytest.raises(WorkerError, match="/nowhere/python") as caught:
        await client.plan(workspace.subject(program), workspace.settings())
    assert caught.value.code == "interpreter"
    await client.close()


async def test_an_interpreter_without_dspy_is_told_how_to_get_it(
    tmp_path, workspace, program
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "v"], check=True)
    interpreter = str(tmp_path / "v" / "bin" / "python")
    client = WorkerClient(interpreter)
    with pytest.raises(WorkerError) as caught:
        await client.log(workspace.subject(program, "QA"), workspace.settings())
    assert caught.value.code == "missing-package"
    assert f'{interpreter} -m pip install "dspy-ai" "mlflow>=3"' in caught.value.message
    await client.close()
