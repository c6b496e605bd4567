"""The campaign in its short form: each row for seconds, and each row able to fail."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import canaries
import failures
import hostile_models
import hostile_text
import hostile_workspace
import kills
import readers
from figures import Row

import soak


def test_a_fuzzed_session_is_answered_and_keeps_its_state():
    row = soak.sessions(11, 1200, count=1)
    assert row.problems == []
    assert row.figures["messages"] >= 1200
    assert row.figures["answered"] == row.figures["requests"]


def test_arbitrary_text_and_bytes_are_read_without_an_exception():
    row = readers.campaign(11, 1000)
    assert row.problems == []
    assert row.figures["inputs"] == 1000


@pytest.mark.parametrize("step", ["Uploading", "Registering"])
def test_a_worker_killed_in_a_job_leaves_nothing_half_made(step):
    row = kills.campaign(11, 1, steps=(step,))
    assert row.problems == []
    assert row.figures["kills"] == 2


@pytest.mark.parametrize("what", ["disk", "artifacts", "server killed", "pipe closed"])
def test_what_fails_around_a_job_is_one_message_and_leaves_no_process(what):
    row = failures.campaign(11, 1, only=(what,))
    assert row.problems == []


@pytest.mark.parametrize("form", ["source", "cloudpickle"])
def test_no_canary_leaves_the_process_of_the_users_code(tmp_path, form):
    row = Row("canaries")
    _, answers = canaries.session(row, 11, tmp_path, form, "nothing", "prints")
    assert row.problems == []
    assert row.figures["calls that a provider refused"] >= 1
    assert "[left out]" in answers["output"]["result"]["text"]


def test_no_canary_is_in_what_a_failing_program_says(tmp_path):
    row = Row("canaries")
    _, answers = canaries.session(row, 12, tmp_path, "source", "raises", "nothing")
    assert row.problems == []
    assert "ValueError: refused: [left out]" in answers["log"]["error"]["message"]


def test_an_altered_model_is_refused_before_anything_of_it_runs():
    row = hostile_models.campaign(11, 12)
    assert row.problems == []
    assert row.figures["refused"] > 8


def test_nothing_of_an_untrusted_repository_is_executed():
    row = hostile_workspace.campaign(11, 1)
    assert row.problems == []
    assert row.figures["commands refused"] == len(hostile_workspace.COMMANDS)


def test_nothing_of_a_hostile_program_is_shown_as_a_link_or_html():
    row = hostile_text.campaign(11, 2)
    assert row.problems == []
    assert row.figures["Markdown texts"] > 10


@pytest.mark.parametrize("text", ["[a](command:x)", "<b>", "![x](y)", "see https://evil.example"])
def test_what_looks_for_markup_finds_it(text):
    assert hostile_text.markup_in(text)
