"""What is read from an interpreter's files, compared with what the interpreter itself says."""

import os
import subprocess
import sys
import venv
from importlib.metadata import version

import dspy
import pytest

from dspy_language_server.environment.interpreter import detect
from dspy_language_server.environment.names import dialect_of


def test_this_interpreter_is_read_without_running_it():
    found = detect(sys.executable)
    assert found.dspy == version("dspy") == dspy.__version__
    assert found.mlflow == version("mlflow")
    assert found.python == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_a_venv_without_dspy_says_so(tmp_path):
    venv.create(tmp_path / "empty", with_pip=False)
    found = detect(str(tmp_path / "empty" / "bin" / "python"))
    assert found.dspy is None
    assert found.mlflow is None
    assert found.python == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_a_venv_sees_the_base_packages_only_when_asked_to(tmp_path):
    base = tmp_path / "base" / "lib" / "python3.12"
    (base / "site-packages" / "dspy-3.1.3.dist-info").mkdir(parents=True)
    (base / "os.py").touch()
    for name, system in (("closed", "false"), ("open", "true")):
        (tmp_path / name / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
        configuration = (
            f"home = {tmp_path / 'base' / 'bin'}\ninclude-system-site-packages = {system}\n"
        )
        (tmp_path / name / "pyvenv.cfg").write_text(configuration)
    assert detect(str(tmp_path / "closed" / "bin" / "python")).dspy is None
    assert detect(str(tmp_path / "open" / "bin" / "python")).dspy == "3.1.3"
    assert detect(str(tmp_path / "closed" / "bin" / "python")).python == "3.12"


def test_an_interpreter_that_does_not_exist_gives_nothing(tmp_path):
    found = detect(str(tmp_path / "nowhere" / "python"))
    assert (found.python, found.dspy, found.site_packages) == (None, None, ())


@pytest.fixture
def packages(tmp_path):
    """A workspace whose modules would end the test if they were imported."""
    (tmp_path / "evil.py").write_text(
        "from pydantic import BaseModel\nraise SystemExit('imported')\n"
        "class Good(BaseModel): ...\nclass Plain: ...\ndef run(): ...\n"
    )
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("from .inner import *\n")
    return dialect_of(sys.executable, workspace=(str(tmp_path),))


def test_modules_are_known_from_their_files(packages):
    assert packages.module("no_such_module_anywhere") is False
    assert packages.module("evil")["Good"] == "+|evil.Good"
    assert packages.module("evil")["Plain"] == "-|evil.Plain"
    assert "missing" not in packages.module("evil")
    assert packages.module("mlflow") is not False


def test_types_of_workspace_modules_are_read_without_importing_them(packages):
    from dspy_language_server.signature.reader import read

    assert read("a: evil.Good -> b", dialect=packages).accepted is True
    assert read("a: evil.Plain -> b", dialect=packages).accepted is False
    assert read("a: evil.Other -> b", dialect=packages).accepted is None
    assert read("a: package.Thing -> b", dialect=packages).accepted is None
    assert read("a: no_such_module_anywhere.Thing -> b", dialect=packages).accepted is False


def test_the_files_say_what_the_interpreter_says():
    said = subprocess.run(
        [sys.executable, "-c", "import site; print(*site.getsitepackages())"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert set(said) <= set(detect(sys.executable).site_packages)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipe among its files")
@pytest.mark.parametrize("kind", ["pipe", "deep bases", "deep brackets", "no Python"])
def test_a_module_that_cannot_be_read_leaves_its_types_open(tmp_path, kind):
    """A module of the workspace that a signature string names is any file at all."""
    from dspy_language_server.signature.reader import read

    file = tmp_path / "evil.py"
    if kind == "pipe":
        os.mkfifo(file)
    else:
        texts = {"deep bases": f"class Good({'a.' * 900}a): ...", "no Python": "\x00class"}
        file.write_text(texts.get(kind, "x = " + "(" * 5000))
    dialect = dialect_of(sys.executable, workspace=(str(tmp_path),))
    assert read("a: evil.Good -> b", dialect=dialect).accepted is None
