"""`[tool.dspy-companion]`: what it can say, and what is said about what it cannot."""

import pytest

from dspy_language_server.rules.catalog import CODES
from dspy_language_server.rules.configuration import DEFAULT, read
from dspy_language_server.signature.model import Severity


def test_a_full_table():
    text = """
[tool.dspy-companion]
select = ["DSP1", "DSP5"]
ignore = ["DSP510"]
exclude = ["legacy/**"]
severity = { DSP501 = "error", DSP502 = "off", DSP5 = "hint" }
"""
    configuration, problems = read(text, CODES)
    assert problems == ()
    assert configuration.reports("DSP101")
    assert not configuration.reports("DSP510")
    assert not configuration.reports("DSP401")
    assert configuration.severity_of("DSP501", Severity.WARNING) is Severity.ERROR
    assert configuration.severity_of("DSP502", Severity.WARNING) is None
    assert configuration.severity_of("DSP503", Severity.ERROR) is Severity.HINT
    assert configuration.exclude == ("legacy/**",)


def test_a_file_without_the_table_changes_nothing():
    assert read('[project]\nname = "x"\n', CODES) == (DEFAULT, ())


def test_each_wrong_entry_is_named_and_the_rest_counts():
    text = """[tool.dspy-companion]
select = "DSP101"
ignore = ["DSP999", "DSP101"]
colour = "red"
severity = { DSP501 = "fatal", DSP502 = "error" }
"""
    configuration, problems = read(text, CODES)
    assert configuration.ignore == ("DSP101",)
    assert configuration.severity == {"DSP502": Severity.ERROR}
    said = {text[p.span.start : p.span.end]: p.message for p in problems}
    assert set(said) == {"select", "DSP999", "colour", "DSP501"}
    assert "fatal" in said["DSP501"]


def test_a_file_that_is_not_toml_gets_one_problem():
    configuration, problems = read("[tool.dspy-companion\n", CODES)
    assert configuration == DEFAULT
    assert len(problems) == 1
    assert "TOML" in problems[0].message


def test_a_table_that_is_no_table_is_said_so():
    configuration, problems = read("tool = { dspy-companion = 3 }\n", CODES)
    assert configuration == DEFAULT
    assert "must be a table" in problems[0].message


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000, "a = " + "{b=" * 3000, "a = " + "9" * 5000], ids=lambda t: t[:8]
)
def test_what_the_parser_cannot_bear_is_one_problem(text):
    """Nesting ends tomllib in a RecursionError, a number of 5,000 digits in a bare ValueError."""
    configuration, problems = read(f"[tool.dspy-companion]\n{text}\n", CODES)
    assert configuration is DEFAULT
    assert len(problems) == 1
    assert "valid TOML" in problems[0].message or "too deeply" in problems[0].message
