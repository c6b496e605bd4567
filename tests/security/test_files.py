"""Files of a workspace that are no good: not opened, or not read to their end."""

import os

import pytest

from dspy_language_server.lsp import files


def _large(path):
    path.write_text("[tool.dspy-companion]\n")
    os.truncate(path, 2**40)


def _device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "make", [_large, _device, os.mkfifo, os.mkdir, lambda path: path.symlink_to(path)]
)
def test_a_pyproject_that_never_ends_is_passed_over(tmp_path, make):
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.dspy-companion]\nselect = ['DSP1']\n")
    make(inner / "pyproject.toml")
    found = files.read_configuration(str(inner))
    assert found.path == str(tmp_path / "pyproject.toml")
    assert found.rules.select == ("DSP1",)
