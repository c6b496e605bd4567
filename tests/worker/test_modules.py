"""The workspace's own modules that a program imports: followed, kept, compared."""

import json
from pathlib import Path

import pytest

from dspy_flavor.worker.modules import modules_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """\
import dspy
from prompts import QUESTION

qa = dspy.Predict(QUESTION)
"""


def files(root: Path, **texts: str) -> None:
    for name, text in texts.items():
        file = root.joinpath(*name.split("__")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


FOLLOWED = {
    "a module": ("import a", {"a": "x = 1"}, ["a.py"]),
    "through another": ("import a", {"a": "from b import x", "b": "x = 1"}, ["a.py", "b.py"]),
    "in a circle": ("import a", {"a": "import b", "b": "import a"}, ["a.py", "b.py"]),
    "a package": (
        "from p.q import f",
        {"p__q": "from . import r", "p__r": "from .s import t", "p__s": "t = 1"},
        ["p/q.py", "p/r.py", "p/s.py"],
    ),
    "of a package": ("from p import q", {"p__q": "", "p__other": ""}, ["p/q.py"]),
    "not the library's": ("import json, dspy, a", {"json": "", "a": ""}, ["a.py"]),
    "not the file itself": ("import a", {"a": "import app", "app": ""}, ["a.py"]),
    "half-typed": ("import a", {"a": "import ("}, ["a.py"]),
    "not there": ("import a, b.c", {}, []),
}


@pytest.mark.parametrize("name", FOLLOWED)
async def test_the_modules_of_the_workspace_are_followed(tmp_path, name) -> None:
    code, texts, wanted = FOLLOWED[name]
    files(tmp_path, **texts)
    found = modules_of(code, {"path": str(tmp_path / "app.py")}, str(tmp_path))
    assert list(found) == wanted


async def test_relative_imports_of_a_file_in_a_package_are_followed(tmp_path) -> None:
    files(tmp_path, src__pkg__a="from ..pkg import b", src__pkg__b="")
    (tmp_path / "src" / "pkg" / "__init__.py").write_text("")
    subject = {"path": str(tmp_path / "src" / "pkg" / "app.py")}
    found = modules_of("from .a import x", subject, str(tmp_path))
    assert list(found) == ["src/pkg/__init__.py", "src/pkg/a.py", "src/pkg/b.py"]


async def test_a_changed_module_is_a_changed_program(worker, workspace) -> None:
    files(workspace.root, prompts="from words import NAME\nQUESTION = f'{NAME} -> answer'\n")
    files(workspace.root, words="NAME = 'question'\n", other="x = 1\n")
    subject, settings = workspace.subject(TEXT, "qa"), workspace.settings()
    first = await worker.log(subject, settings)
    kept = workspace.client().list_artifacts(first["run_id"], "source")
    assert [each.path for each in kept] == ["source/modules.json", "source/slice.py"]

    known = await worker.versions(subject, settings)
    assert known["qa"]["changed"] is False
    assert json.dumps(known).count("NAME") == 0, "only digests go to the server and back"
    files(workspace.root, other="x = 2\n")
    assert (await worker.versions(subject, settings, known))["qa"]["changed"] is False
    files(workspace.root, words="NAME = 'query'\n")
    assert (await worker.versions(subject, settings, known))["qa"]["changed"] is True

    last = await worker.logged(subject, settings)
    assert last["code"] == f"{TEXT}\n\n# ── words.py ──\nNAME = 'question'\n"
    assert last["current"] == f"{TEXT}\n\n# ── words.py ──\nNAME = 'query'\n"
    second = await worker.log(subject, settings)
    file = workspace.client().download_artifacts(
        second["run_id"], "source/changes.diff", str(workspace.root)
    )
    changes = Path(file).read_text()
    assert "-NAME = 'question'\n+NAME = 'query'" in changes
    assert "prompts.py" not in changes


async def test_a_module_with_unsaved_edits_is_told(worker, workspace) -> None:
    import dataclasses

    files(workspace.root, prompts="QUESTION = 'question -> answer'\n", other="")
    unsaved = tuple(str(workspace.root / name) for name in ("prompts.py", "other.py"))
    subject = dataclasses.replace(workspace.subject(TEXT, "qa"), unsaved=unsaved)
    logged = await worker.log(subject, workspace.settings())
    assert [note for note in logged["notes"] if "unsaved" in note] == [
        "prompts.py has unsaved edits that are not in the model: save it and log again."
    ]
