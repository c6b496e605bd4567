"""The settings that the server reads are those that the documentation lists."""

import json
import re
from pathlib import Path

from dspy_language_server.lsp.commands import COMMANDS
from dspy_language_server.lsp.settings import SETTINGS, Settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")


def test_the_page_lists_every_setting_with_its_default_and_description():
    table = PAGE.partition("## Commands")[0]
    rows = re.findall(r"^\| `dspy\.([\w.]+)` \| `(.*?)` \| (.*) \|$", table, re.MULTILINE)
    assert [row[0] for row in rows] == [setting.key for setting in SETTINGS]
    for (_, default, description), setting in zip(rows, SETTINGS, strict=True):
        plain = list(setting.default) if setting.kind == "strings" else setting.default
        assert json.loads(default) == plain
        assert description.startswith(setting.description)
        assert ("Ignored in an untrusted workspace" in description) is setting.restricted
        assert all(f"`{choice}`" in description for choice in setting.choices)


def test_the_page_lists_every_command_with_its_arguments():
    table = PAGE.partition("## Commands")[2]
    rows = re.findall(r"^\| `(dspy\.\w+)` \| (.*?) ?\|", table, re.MULTILINE)
    told = {command: re.findall(r"`(\w+)`", arguments) for command, arguments in rows}
    assert list(told) == list(COMMANDS)
    assert told == {name: list(entry.arguments) for name, entry in COMMANDS.items()}


def test_the_page_explains_every_argument():
    table = PAGE.partition("### Arguments")[2].partition("### What")[0]
    explained = {name for cells in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
                 for name in re.findall(r"`(\w+)`", cells)}  # fmt: skip
    assert explained == {name for entry in COMMANDS.values() for name in entry.arguments}


def test_nested_and_dotted_keys_are_both_read():
    for tree in ({"log": {"format": "cloudpickle"}}, {"log.format": "cloudpickle"}):
        assert Settings.read(tree, trusted=True).text("log.format") == "cloudpickle"


def test_a_wrong_value_keeps_the_default_and_is_told():
    settings = Settings.read({"log": {"format": "zip", "timeLimit": "soon"}}, trusted=True)
    assert settings.text("log.format") == "source"
    assert settings.number("log.timeLimit") == 120
    assert len(settings.problems) == 2
    assert "one of source, cloudpickle" in settings.problems[0]


def test_what_would_be_executed_or_reached_is_not_taken_from_an_untrusted_workspace():
    tree = {
        "interpreter": "./evil",
        "mlflow": {"trackingUri": "http://evil"},
        "dspyVersion": "3.0.4",
    }
    settings = Settings.read(tree, trusted=False)
    assert settings.text("interpreter") == ""
    assert settings.text("mlflow.trackingUri") == ""
    assert settings.text("dspyVersion") == "3.0.4"


def test_anything_may_be_sent_as_settings():
    for tree in (None, [], "x", 7, {"log": []}, {"diagnostics": {"select": "DSP1"}}):
        assert Settings.read(tree, trusted=True).text("log.format") == "source"
