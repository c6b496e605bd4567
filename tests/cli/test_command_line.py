"""The command line as scripts and CI use it: its JSON, its formats, its exit codes."""

import json
import os
import subprocess
import sys

import pytest

from dspy_language_server.cli import main

MISTAKE = 'import dspy\np = ("😋é", dspy.Predict("question, answer->answer, score"))\n'
CLEAN = 'import dspy\np = dspy.Predict("question -> answer: float")\n'


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs the command in a folder of its own; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str):
        code = main(list(arguments))
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def notebook(*cells: tuple[str, str]) -> str:
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True),
                 **({"outputs": [], "execution_count": None} if kind == "code" else {})}
                for kind, source in cells
            ],
        }
    )  # fmt: skip


def test_check_reports_places_from_one_in_code_points(run, tmp_path):
    (tmp_path / "app.py").write_text(MISTAKE, "utf-8")
    code, out, _ = run("check", "app.py", "--format", "json")
    entry = next(e for e in json.loads(out) if e["severity"] == "error")
    assert code == 1
    assert set(entry) == {"path", "code", "severity", "message", "url", "start", "end"}
    assert entry["path"] == "app.py"
    line = MISTAKE.splitlines()[entry["start"]["line"] - 1]
    assert line[entry["start"]["column"] - 1 : entry["end"]["column"] - 1] == "answer"


def test_a_clean_tree_exits_with_zero_and_an_empty_array(run, tmp_path):
    (tmp_path / "app.py").write_text(CLEAN)
    (tmp_path / "other.py").write_text("x = (\n")
    assert run("check", ".", "--format", "json") == (0, "[]\n", "")
    assert run("check", ".")[1] == "No problems found.\n"


@pytest.mark.parametrize("written", ["Optional['1if x else y']", "Union[int, '0x1for x in y']"])
def test_what_python_would_warn_of_in_a_type_is_not_told_beside_the_findings(tmp_path, written):
    """In a process of its own: warnings go to its stderr, and pytest would collect ours."""
    (tmp_path / "a.py").write_text(f'import dspy\nqa = dspy.Predict("q -> a: {written}")\n')
    command = [sys.executable, "-W", "always", "-m", "dspy_language_server", "check", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "SyntaxWarning" not in done.stderr


def test_what_does_not_exist_exits_with_two_and_one_sentence(run):
    code, out, err = run("check", "absent.py")
    assert (code, out) == (2, "")
    assert err == "dspy-language-server: absent.py does not exist.\n"
    assert run("check", ".", "--python", "/no/python")[0] == 2
    assert run("check", ".", "--select", "XYZ")[0] == 2
    assert run("explain", "DSP000")[0] == 2


def test_a_file_that_is_not_utf_8_is_an_entry_and_the_rest_is_checked(run, tmp_path):
    (tmp_path / "latin.py").write_bytes(b"import dspy\nx = '\xe9'\n")
    (tmp_path / "app.py").write_text(MISTAKE, "utf-8")
    code, out, _ = run("check", ".", "--format", "json")
    entries = json.loads(out)
    assert code == 1
    assert {entry["path"] for entry in entries} == {"app.py", "latin.py"}
    latin = next(e for e in entries if e["path"] == "latin.py")
    assert "not UTF-8: byte 0xe9 on line 2" in latin["message"]


def test_a_declared_encoding_is_honoured(run, tmp_path):
    (tmp_path / "latin.py").write_bytes(b"# coding: latin-1\nimport dspy\nx = '\xe9'\n")
    assert run("check", ".")[0] == 0


def test_select_and_ignore(run, tmp_path):
    (tmp_path / "app.py").write_text(MISTAKE, "utf-8")
    found = json.loads(run("check", ".", "--format", "json")[1])
    code = next(e["code"] for e in found if e["severity"] == "error")
    assert run("check", ".", "--ignore", code)[0] == 0
    only = json.loads(run("check", ".", "--select", code, "--format", "json")[1])
    assert {entry["code"] for entry in only} == {code}


def test_pyproject_excludes_ignores_and_changes_severities(run, tmp_path):
    (tmp_path / "app.py").write_text(MISTAKE, "utf-8")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "app.py").write_text(MISTAKE, "utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.dspy-companion]\nexclude = ["old/*"]\nseverity = { DSP = "warning" }\n'
    )
    code, out, _ = run("check", ".", "--format", "json")
    entries = json.loads(out)
    assert code == 0
    assert {entry["path"] for entry in entries} == {"app.py"}
    assert {entry["severity"] for entry in entries} == {"warning"}
    assert run("check", ".", "--strict")[0] == 1


def test_a_broken_pyproject_is_told_and_does_not_stop_the_check(run, tmp_path):
    (tmp_path / "app.py").write_text(MISTAKE, "utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.dspy-companion]\nselect = 7\n")
    code, _, err = run("check", ".")
    assert code == 1
    assert "`select` must be a list of strings" in err


def test_in_a_notebook_places_count_within_the_cell(run, tmp_path):
    source = notebook(
        ("markdown", "# Title"),
        ("code", "import dspy"),
        ("code", 'x = 1\np = dspy.Predict("a -> a")'),
    )
    (tmp_path / "n.ipynb").write_text(source)
    entries = json.loads(run("check", "n.ipynb", "--format", "json")[1])
    assert [(e["cell"], e["start"]["line"]) for e in entries if e["severity"] == "error"] == [
        (3, 2)
    ]
    found = json.loads(run("inspect", "n.ipynb", "--format", "json")[1])
    assert [(e["cell"], e["start"]["line"]) for e in found] == [(3, 2)]


def test_a_notebook_that_is_none_is_an_entry(run, tmp_path):
    (tmp_path / "n.ipynb").write_text('{"dspy": ')
    code, out, _ = run("check", ".", "--format", "json")
    assert code == 1
    assert len(json.loads(out)) == 1


def test_github_annotations(run, tmp_path):
    (tmp_path / "a,b.py").write_text(MISTAKE, "utf-8")
    out = run("check", ".", "--format", "github")[1]
    assert "::error file=a%2Cb.py,line=2,col=" in out


def test_a_terminal_obeys_nothing_of_a_file_or_its_name(run, tmp_path):
    odd = tmp_path / "a\x1b[2J\nb.py"
    odd.write_text("import dspy\np = dspy.Predict('q: x\x1b[31m\u202e -> a, a')\n")
    code, out, _ = run("check", str(tmp_path))
    assert code == 1
    assert not any(letter in out for letter in "\x1b\u202e")
    assert "a\\u001b[2J\\nb.py:2:" in out


def test_sarif_names_the_rules_it_uses(run, tmp_path):
    (tmp_path / "app.py").write_text(MISTAKE, "utf-8")
    log = json.loads(run("check", ".", "--format", "sarif")[1])
    (found,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert {r["ruleId"] for r in found["results"]} == {
        r["id"] for r in found["tool"]["driver"]["rules"]
    }
    assert found["columnKind"] == "unicodeCodePoints"


def test_inspect_lists_strings_and_classes_with_resolved_types(run, tmp_path):
    (tmp_path / "app.py").write_text(
        "import dspy\n\n"
        "class QA(dspy.Signature):\n"
        "    question: str = dspy.InputField()\n"
        "    score: float = dspy.OutputField()\n\n"
        'p = dspy.ChainOfThought("question,context:list[ str ]->mood: Optional[int]")\n'
    )
    code, out, _ = run("inspect", "app.py", "--format", "json")
    assert code == 0
    assert json.loads(out) == [
        {
            "path": "app.py",
            "start": {"line": 3, "column": 7},
            "kind": "class",
            "callee": "QA",
            "valid": True,
            "inputs": [{"name": "question", "type": "str", "resolved": "str"}],
            "outputs": [{"name": "score", "type": "float", "resolved": "float"}],
        },
        {
            "path": "app.py",
            "start": {"line": 7, "column": 25},
            "kind": "string",
            "callee": "ChainOfThought",
            "valid": True,
            "inputs": [
                {"name": "question", "type": "str", "resolved": "str"},
                {"name": "context", "type": "list[str]", "resolved": "list[str]"},
            ],
            "outputs": [
                {"name": "mood", "type": "Optional[int]", "resolved": "typing.Optional[int]"}
            ],
        },
    ]


def test_the_release_of_dspy_can_be_chosen(run, tmp_path):
    (tmp_path / "app.py").write_text(MISTAKE, "utf-8")
    assert run("check", ".", "--dspy-version", "3.1.3")[0] == 0
    assert run("check", ".", "--dspy-version", "3.4.1")[0] == 1


def test_explain_shows_the_rules_page(run):
    code, out, _ = run("explain", "dsp901")
    assert code == 0
    assert "DSP901" in out


def test_a_large_tree_is_checked_on_all_cores_in_order(run, tmp_path):
    for number in range(150):
        (tmp_path / f"f{number:03}.py").write_text(
            MISTAKE if number % 10 == 0 else "x = 1\n", "utf-8"
        )
    entries = json.loads(run("check", ".", "--format", "json")[1])
    errors = [entry["path"] for entry in entries if entry["severity"] == "error"]
    assert errors == [f"f{number:03}.py" for number in range(0, 150, 10)]


def test_check_does_not_load_the_protocol():
    program = (
        "import sys; from dspy_language_server.cli import main; main(['explain', 'DSP901']);"
        "import dspy_language_server.cli.check, dspy_language_server.cli.inspect;"
        "print(sorted(m for m in sys.modules if m in {'lsprotocol', 'pygls', 'cattrs'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("coding", ["rot13", "hex", "undefined", "punycode", "no-such"])
def test_a_coding_comment_that_is_no_encoding_of_text_is_a_finding(run, tmp_path, coding):
    (tmp_path / "odd.py").write_bytes(f"# coding: {coding}\nimport dspy\x80\n".encode("latin-1"))
    (tmp_path / "app.py").write_text(MISTAKE, "utf-8")
    code, out, err = run("check", ".", "--format", "json")
    assert code == 1
    assert err == ""
    found = {entry["path"]: entry for entry in json.loads(out)}
    assert found["odd.py"]["code"] == "DSP900"
    assert "coding comment" in found["odd.py"]["message"]
    assert found["app.py"]["code"] != "DSP900"


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
def test_files_that_are_no_files_are_not_waited_for(run, tmp_path):
    """A repository may hold a link to the terminal, or to the server's own input."""
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "input.py").symlink_to("/dev/stdin")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    (tmp_path / "pyproject.toml").symlink_to("/dev/zero")
    (tmp_path / "app.py").write_text(MISTAKE, "utf-8")
    code, out, _ = run("check", ".", "--format", "json")
    assert code == 1
    found = {entry["path"]: entry for entry in json.loads(out)}
    assert {found[name]["code"] for name in ("pipe.py", "input.py", "zero.py")} == {"DSP900"}
    assert "no regular file" in found["pipe.py"]["message"]


def test_a_metric_is_checked_against_the_program_of_another_file(run, tmp_path):
    metric = "def exact(example, pred, trace=None):\n    return pred.anwser\n"
    (tmp_path / "a_metrics.py").write_text(metric)
    (tmp_path / "app.py").write_text(
        "import dspy\nfrom a_metrics import exact\n"
        'qa = dspy.Predict("question -> answer")\n'
        "dspy.Evaluate(devset=[], metric=exact)(qa)\n"
    )
    (tmp_path / "other.py").write_text("x = 1\n")
    code, out, _ = run("check", ".", "--format", "json")
    assert code == 1
    assert [(e["path"], e["code"]) for e in json.loads(out)] == [("a_metrics.py", "DSP504")]
