"""Loading: whose settings hold, what MLflow's own flavor reads, what is refused."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import dspy
import environments
import mlflow
import mlflow.dspy
import programs
import pytest
import yaml
from mlflow.exceptions import MlflowException
from mlflow.utils.validation import _validate_model_name

import dspy_flavor
from dspy_flavor.artifact import sha256, write_manifest


def test_settings_that_are_not_set_here_are_restored(log, lm, settings, serialization_format):
    settings["num_threads"] = 3
    settings["adapter"] = dspy.JSONAdapter()
    info = log(programs.CoT(), serialization_format=serialization_format)
    settings.update(lm=None, adapter=None, num_threads=8)

    dspy_flavor.load_model(info.model_uri)

    assert dspy.settings.lm.model == "openai/test"
    assert dspy.settings.num_threads == 3
    assert type(dspy.settings.adapter).__name__ == "JSONAdapter"


def test_what_the_caller_has_configured_stays(log, lm, settings, serialization_format):
    info = log(programs.CoT(), serialization_format=serialization_format)
    mine = settings["lm"] = dspy.LM("openai/mine")
    settings["callbacks"] = callbacks = [object()]

    dspy_flavor.load_model(info.model_uri)

    assert dspy.settings.lm is mine
    assert dspy.settings.callbacks is callbacks


def test_a_model_answers_with_its_own_language_model(log, lm, settings, endpoint):
    model = mlflow.pyfunc.load_model(log(programs.CoT()).model_uri)
    other = dspy.LM("openai/other", api_base=endpoint.url, api_key="sk-none", cache=False)

    settings["lm"] = other
    model.predict("a")
    with dspy.context(lm=other.copy()):
        model.predict("b")

    assert [request["model"] for request in endpoint.requests] == ["test", "other"]


def test_autolog_stays_on_and_a_prediction_is_traced(log, lm, settings):
    info = log(programs.CoT())
    dspy_flavor.autolog()
    try:
        dspy_flavor.load_model(info.model_uri)
        model = mlflow.pyfunc.load_model(info.model_uri)
        model.predict(["a", "b"])
    finally:
        dspy_flavor.autolog(disable=True)

    mlflow.flush_trace_async_logging()
    traces = mlflow.search_traces(return_type="list")
    assert len(traces) == 2
    assert {span.name for span in traces[0].data.spans} >= {"CoT.forward", "LM.__call__"}


@pytest.mark.parametrize("dspy_layout", [False, True])
def test_mlflows_models_load_here(lm, dspy_layout):
    layout = {"use_dspy_model_save": True} if dspy_layout else {}
    with mlflow.start_run():
        info = mlflow.dspy.log_model(
            programs.CoT(), name="model", pip_requirements=["dspy"], **layout
        )

    assert dspy_flavor.load_model(info.model_uri)(question="q").answer == "answer of q"


def test_a_pickle_loads_without_mlflows_flavor(log, lm, monkeypatch):
    """Its import takes longer than the load, and its classes may move."""
    info = log(programs.CoT())
    for name in ("mlflow.dspy", "mlflow.dspy.wrapper", "mlflow.dspy.load"):
        monkeypatch.setitem(sys.modules, name, None)

    assert dspy_flavor.load_model(info.model_uri)(question="q").answer == "answer of q"
    assert mlflow.pyfunc.load_model(info.model_uri).predict("q")["answer"] == "answer of q"


def test_loading_again_and_again_does_not_lengthen_the_path(log, lm):
    info = log(programs.CoT())
    mlflow.pyfunc.load_model(info.model_uri)
    before = len(sys.path)

    for _ in range(3):
        mlflow.pyfunc.load_model(info.model_uri)
        dspy_flavor.load_model(info.model_uri)

    assert len(sys.path) == before


@pytest.mark.parametrize("dspy_layout", [False, True])
def test_mlflow_loads_ours(log, lm, dspy_layout):
    info = log(programs.CoT(), use_dspy_model_save=dspy_layout)

    assert mlflow.dspy.load_model(info.model_uri)(question="q").answer == "answer of q"
    assert mlflow.pyfunc.load_model(info.model_uri).predict("q")["answer"] == "answer of q"


@pytest.fixture(scope="session")
def plain():
    """An environment of its own with mlflow, dspy and what these require, in the versions here."""
    name = f"flavor-plain-{Path(sys.prefix).name.strip('.')}"
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return environments.environment(
        name,
        environments.of_this_release(),
        python=[sys.executable, here],
        constraints=environments.versions_here(),
    )


ANSWER_ELSEWHERE = """
import importlib.metadata, importlib.util, json, os, sys
import mlflow.pyfunc
folders, here = json.loads(sys.argv[1]), sys.argv[2]
answers = [mlflow.pyfunc.load_model(folder).predict(["a", "b"])[1]["answer"] for folder in folders]
print(json.dumps({
    "answers": answers,
    "flavor": importlib.util.find_spec("dspy_flavor") is not None,
    "of here": [path for path in sys.path if os.path.realpath(path).startswith(here)],
    "borrowed": [name for name in sys.modules if (getattr(sys.modules[name], "__file__", "") or "")
                 .startswith(here)],
    "tools": [d.metadata["Name"] for d in importlib.metadata.distributions()
              if d.metadata["Name"] in {"pytest", "ruff", "dspy-companion", "pygls"}],
}))
"""


@pytest.mark.timeout(900)
def test_the_carried_loader_answers_where_the_flavor_is_not_installed(
    log, lm, folder, tmp_path, plain
):
    """Ours in both formats, in an environment that shares nothing with this one."""
    formats = ("cloudpickle", "source")
    folders = [str(folder(log(programs.CoT(), serialization_format=form))) for form in formats]
    here = os.path.realpath(sys.prefix)

    done = subprocess.run(
        [plain, "-I", "-c", ANSWER_ELSEWHERE, json.dumps(folders), here + os.sep],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environments.bare(),
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "answers": ["answer of b", "answer of b"],
        "flavor": False,
        "of here": [],
        "borrowed": [],
        "tools": [],
    }


OUTLIVE = """
import shutil, sys
import mlflow

gone, kept = sys.argv[1:]
model = mlflow.pyfunc.load_model(gone)
shutil.rmtree(gone)
print("".join(chunk["chunk"] for chunk in model.predict_stream("streamed")))
try:
    model.predict("please fail")
except Exception as error:
    print(str(error).split(":")[0])
print(mlflow.pyfunc.load_model(kept).predict(
    {"messages": [{"role": "user", "content": "hi"}]})["object"])
"""


def test_a_model_outlives_the_folder_that_it_was_loaded_from(log, lm, folder, endpoint, tmp_path):
    """Its loader is carried there; what it imports later would be missed."""
    gone = shutil.copytree(folder(log(programs.CoT())), tmp_path / "gone")
    kept = folder(log(programs.Chat(), task="llm/v1/chat"))
    endpoint.fail = lambda request: "please fail" in str(request)

    done = subprocess.run(
        [sys.executable, "-c", OUTLIVE, str(gone), str(kept)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    streamed, failed, answered = done.stdout.splitlines()
    assert streamed.endswith("answer of streamed")
    assert failed == "CoT failed"
    assert answered == "chat.completion"


def test_pickles_are_refused_where_the_switch_is_off(log, lm, monkeypatch):
    info = log(programs.CoT())
    source = log(programs.CoT(), serialization_format="source")
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")

    with pytest.raises(MlflowException, match="serialization_format='source'"):
        dspy_flavor.load_model(info.model_uri)
    assert dspy_flavor.load_model(source.model_uri)(question="q").answer == "answer of q"
    assert mlflow.pyfunc.load_model(source.model_uri).predict("q")["answer"] == "answer of q"


@pytest.fixture
def saved(lm, tmp_path, serialization_format):
    path = tmp_path / "saved"
    dspy_flavor.save_model(programs.CoT(), str(path), serialization_format=serialization_format)
    return path


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def program_file(path):
    return next(p for p in (path / "data/model.pkl", path / "data/program.json") if p.exists())


def add_file(path):
    (path / "code" / "sitecustomize.py").write_text("raise SystemExit('ran')")


def link(path):
    target = program_file(path)
    shutil.copy(target, path.parent / "elsewhere")
    target.unlink()
    target.symlink_to(path.parent / "elsewhere")


def say(key, value):
    """Have the MLmodel file say something else of the program."""

    def change(path):
        content = yaml.safe_load((path / "MLmodel").read_text())
        for name in ("dspy", "dspy_flavor"):
            if name in content["flavors"]:
                content["flavors"][name][key] = value
        (path / "MLmodel").write_text(yaml.safe_dump(content))

    return change


def point_to(where):
    return say("model_path", where)


class Runs:
    def __reduce__(self):
        return os.mkdir, ("it-ran",)


DAMAGE = {
    "program truncated": lambda path: truncate(program_file(path)),
    "program empty": lambda path: program_file(path).write_bytes(b""),
    "program swapped for one that runs code": lambda path: program_file(path).write_bytes(
        pickle.dumps(Runs())
    ),
    "program missing": lambda path: program_file(path).unlink(),
    "program is a link": link,
    "manifest truncated": lambda path: truncate(path / "dspy_flavor.json"),
    "manifest missing": lambda path: (path / "dspy_flavor.json").unlink(),
    "a file added": add_file,
    "MLmodel truncated": lambda path: (path / "MLmodel").write_text("flavors: {a"),
    "MLmodel empty": lambda path: (path / "MLmodel").write_text(""),
    "MLmodel missing": lambda path: (path / "MLmodel").unlink(),
    "MLmodel nested": lambda path: (path / "MLmodel").write_text("[" * 5000),
    "another flavor": lambda path: (path / "MLmodel").write_text("flavors: {sklearn: {}}"),
    "path above": point_to("../outside.pkl"),
    "absolute path": point_to("/etc/passwd"),
    "not a path": point_to(["a"]),
    "path of nothing": point_to("data/nothing.pkl"),
    "no hash of the manifest": say("manifest", None),
    "code above": say("code", "../.."),
    "no folder of code": say("code", "nothing"),
    "an unknown format": say("serialization_format", "zip"),
    "an unknown task": say("inference_task", {"a": 1}),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("reader", [dspy_flavor.load_model, dspy_flavor.inspect_model])
def test_a_damaged_model_is_one_clear_error_before_anything_runs(saved, damage, reader):
    DAMAGE[damage](saved)
    with pytest.raises(MlflowException) as error:
        reader(str(saved))

    assert "Traceback" not in str(error.value)
    assert not Path("it-ran").exists()


@pytest.mark.parametrize("reader", [dspy_flavor.load_model, mlflow.pyfunc.load_model])
@pytest.mark.parametrize("program", [5, "text", None, {"$range": ["a"]}, {"$array": "AAAA"}])
def test_what_is_no_program_is_one_error(lm, tmp_path, reader, program):
    """Whoever alters all files can make the hashes fit; an error is an error all the same."""
    path = tmp_path / "saved"
    dspy_flavor.save_model(programs.CoT(), str(path), serialization_format="source")
    content = json.loads((path / "data" / "program.json").read_text())
    (path / "data" / "program.json").write_text(json.dumps({**content, "program": program}))
    say("manifest", write_manifest(path, {}))(path)

    with pytest.raises(MlflowException, match=r"no DSPy program|cannot be read"):
        reader(str(path))


def test_code_that_ends_the_process_does_not(lm, tmp_path):
    path = tmp_path / "saved"
    dspy_flavor.save_model(programs.CoT(), str(path), serialization_format="source")
    for file in (path / "data" / "source").rglob("*.py"):
        file.write_text("import sys\nsys.exit(3)\n")
    say("manifest", write_manifest(path, {}))(path)

    with pytest.raises(MlflowException, match="failed when it was run: SystemExit"):
        dspy_flavor.load_model(str(path))


def test_deeply_nested_json_is_refused(saved):
    nested = "[" * 100_000
    (saved / "dspy_flavor.json").write_text(nested)
    content = yaml.safe_load((saved / "MLmodel").read_text())
    next(v for k, v in content["flavors"].items() if "dspy" in k)["manifest"] = sha256(
        nested.encode()
    )
    (saved / "MLmodel").write_text(yaml.safe_dump(content))

    with pytest.raises(MlflowException, match="nested too deeply"):
        dspy_flavor.load_model(str(saved))


def test_a_foreign_pickle_without_a_manifest_is_one_error(tmp_path, lm):
    with mlflow.start_run():
        mlflow.dspy.save_model(programs.CoT(), str(tmp_path / "theirs"), pip_requirements=["dspy"])
    truncate(tmp_path / "theirs/data/model.pkl")

    with pytest.raises(MlflowException, match="is damaged"):
        dspy_flavor.load_model(str(tmp_path / "theirs"))


def test_inspect_says_what_is_inside(log, lm, serialization_format):
    program = programs.Desk()
    info = log(program, serialization_format=serialization_format)

    inside = dspy_flavor.inspect_model(info.model_uri)

    assert inside["format"] == serialization_format
    assert inside["program"].endswith("programs.Desk")
    assert inside["predictors"]["triage"]["outputs"]["urgency"] == "int"
    assert inside["language_models"] == {"dspy.settings['lm']": "openai/test"}
    assert all(len(digest) == 64 for digest in inside["files"].values())
    json.dumps(inside)


def test_inspect_names_what_a_pickle_would_run():
    from dspy_flavor.inspection import pickled_globals

    assert pickled_globals(pickle.dumps(Runs())) == {"posix.mkdir"}


@pytest.mark.parametrize("value", [{"a": 1}, "openai/gpt", programs.CoT, None])
def test_only_programs_are_logged(log, value):
    with pytest.raises(MlflowException, match=r"dspy\.Module instance"):
        log(value)
    assert mlflow.search_logged_models(output_format="list") == []


def test_an_interrupted_upload_is_not_ready(lm, monkeypatch):
    from mlflow.tracking._tracking_service.client import TrackingServiceClient

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(TrackingServiceClient, "log_model_artifacts", interrupted)

    with mlflow.start_run(), pytest.raises(KeyboardInterrupt):
        dspy_flavor.log_model(programs.CoT(), name="model")

    models = mlflow.search_logged_models(output_format="list")
    assert [str(model.status) for model in models] == ["FAILED"]


def test_steps_are_told_and_a_model_is_registered(lm):
    steps = []

    with mlflow.start_run():
        info = dspy_flavor.log_model(
            programs.CoT(), name="model", registered_model_name="kept", progress=steps.append
        )

    assert steps == [
        "Reading the program",
        "Checking for secrets",
        "Writing files",
        "Uploading",
        "Registering",
    ]
    assert info.registered_model_version == 1
    assert mlflow.pyfunc.load_model("models:/kept/1").predict("q")["answer"] == "answer of q"


def registry_refuses(name):
    """The oldest MLflow takes a name with a slash or a colon."""
    try:
        _validate_model_name(name)
    except MlflowException:
        return True
    return False


@pytest.mark.parametrize("name", [*filter(registry_refuses, ("a/b", "a:b")), ""])
def test_a_name_that_no_registry_takes_is_refused_before_anything_is_uploaded(lm, name):
    with pytest.raises(MlflowException, match=r"[Nn]ame"):
        dspy_flavor.log_model(programs.CoT(), name="model", registered_model_name=name)

    assert mlflow.search_logged_models(output_format="list") == []


def test_importing_the_flavor_imports_neither_mlflow_nor_dspy():
    script = "import dspy_flavor, sys; print({'mlflow', 'dspy', 'pandas'} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "set()"


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes among its files")
@pytest.mark.parametrize("kind", ["pipe", "oversized", "odd kind"])
def test_a_file_that_never_ends_or_fits_nothing_is_refused(lm, tmp_path, kind):
    """By an attacker who writes the hashes to fit, too."""
    path = tmp_path / "saved"
    dspy_flavor.save_model(programs.CoT(), str(path), serialization_format="source")
    program, manifest = path / "data/program.json", path / "dspy_flavor.json"
    if kind == "pipe":
        program.unlink()
        os.mkfifo(program)
    elif kind == "oversized":
        os.truncate(manifest, 65 * 2**20)
    else:
        program.write_text(json.dumps({**json.loads(program.read_text()), "kind": []}))
        content = json.loads(manifest.read_text())
        content["files"]["data/program.json"] = sha256(program.read_bytes())
        manifest.write_text(json.dumps(content))
        written = yaml.safe_load((path / "MLmodel").read_text())
        written["flavors"]["dspy_flavor"]["manifest"] = sha256(manifest.read_bytes())
        (path / "MLmodel").write_text(yaml.safe_dump(written))

    expected = {"pipe": "no regular file", "oversized": "larger than 64 MB"}
    with pytest.raises(MlflowException, match=expected.get(kind, "describes no program")):
        dspy_flavor.load_model(str(path))
