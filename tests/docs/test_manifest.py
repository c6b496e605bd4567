"""The extension's manifest, the server and the documents name the same settings and commands."""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from dspy_language_server.lsp.commands import COMMANDS
from dspy_language_server.lsp.settings import SETTINGS, Setting

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "vscode-client"
MANIFEST = json.loads((CLIENT / "package.json").read_text("utf-8"))
PROPERTIES: dict[str, dict[str, Any]] = MANIFEST["contributes"]["configuration"]["properties"]
README = (CLIENT / "README.md").read_text("utf-8")
# Read by the editor's client alone.
OF_THE_WINDOW = {"dspy.trace.server"}


def test_the_manifest_has_exactly_the_settings_of_the_server():
    assert list(PROPERTIES) == [f"dspy.{setting.key}" for setting in SETTINGS]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_each_setting_has_the_kind_default_choices_and_scope_of_the_server(setting: Setting):
    declared = PROPERTIES[f"dspy.{setting.key}"]
    kind = "array" if setting.kind == "strings" else setting.kind
    assert declared["type"] == kind
    default = list(setting.default) if setting.kind == "strings" else setting.default
    assert declared["default"] == default
    assert tuple(declared.get("enum", ())) == setting.choices
    # What is started or reached belongs to a machine, and is not taken from a restricted workspace.
    restricted = MANIFEST["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert (f"dspy.{setting.key}" in restricted) is setting.restricted
    window = "window" if f"dspy.{setting.key}" in OF_THE_WINDOW else "resource"
    assert declared["scope"] == ("machine-overridable" if setting.restricted else window)


@pytest.mark.parametrize("key", PROPERTIES)
def test_the_readme_gives_each_setting_its_default_and_description(key: str):
    row = re.search(rf"^\| `{re.escape(key)}` \| `(.*?)` \| (.*) \|$", README, re.MULTILINE)
    assert row is not None
    assert json.loads(row[1]) == PROPERTIES[key]["default"]
    assert row[2] == PROPERTIES[key]["markdownDescription"]


def test_every_command_that_the_client_sends_is_one_of_the_server():
    protocol = (CLIENT / "src" / "protocol.ts").read_text("utf-8")
    block = protocol.partition("ServerCommand = {")[2].partition("}")[0]
    sent = re.findall(r'"(dspy\.\w+)"', block)
    assert sent
    assert set(sent) <= set(COMMANDS)


def test_every_command_of_the_manifest_is_in_the_readme_and_the_other_way_round():
    declared = {f"DSPy: {command['title']}" for command in MANIFEST["contributes"]["commands"]}
    table = README.partition("## Commands")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| \*\*(DSPy: [^*]+)\*\*", table, re.MULTILINE)) == declared


def test_the_extension_carries_the_troubleshooting_of_the_documents():
    ours = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    assert (CLIENT / "TROUBLESHOOTING.md").read_text("utf-8") == ours


def test_manifest_server_and_flavor_have_one_version():
    import dspy_flavor
    import dspy_language_server

    versions = {dspy_language_server.__version__, dspy_flavor.__version__, MANIFEST["version"]}
    assert versions == {version("dspy-companion")}
