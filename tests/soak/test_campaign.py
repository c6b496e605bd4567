"""The campaign in its short form: each row for seconds, and each row able to fail."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import canaries
import failures
import hostile_git
import hostile_messages
import hostile_models
import hostile_text
import hostile_workspace
import kept
import kills
import long_run
import many
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


@pytest.mark.parametrize(
    "what",
    ["disk", "artifacts", "read-only", "tracking", "server killed", "pipe closed", "editor gone"],
)
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


@pytest.mark.parametrize("seed", [725, 1235, 1584])
def test_attacks_that_once_got_through_are_refused_by_name(seed):
    """A path of 100,000 letters, credentials that are no list."""
    row = hostile_models.campaign(seed, 1)
    assert row.problems == []
    assert row.figures["refused"] >= 1


def test_nothing_of_an_untrusted_repository_is_executed(tmp_path):
    row = Row("untrusted")
    hostile_workspace.untrusted(row, 11, tmp_path)
    assert row.problems == []
    assert row.figures["commands refused"] == len(hostile_workspace.COMMANDS)


def test_only_what_is_asked_for_of_a_trusted_repository_is_executed(tmp_path):
    row = Row("trusted")
    hostile_workspace.trusted(row, 12, tmp_path)
    assert row.problems == []
    assert row.figures["programs logged"] == 1


def test_the_hostile_settings_of_git_run_for_who_is_careless(tmp_path):
    """Else the tests above would show nothing."""
    (tmp_path / "app.py").write_text("text\n")
    mark = tmp_path / "it-ran"
    hostile_git.hostile_git(tmp_path, mark, ("app.py",))
    subprocess.run(["git", "status"], cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert mark.exists()


def test_nothing_of_a_hostile_program_is_shown_as_a_link_or_html(tmp_path):
    row = Row("hostile text")
    hostile_text.session(row, 11, tmp_path, 2)
    assert row.problems == []
    assert row.figures["Markdown texts"] > 10


@pytest.mark.parametrize("client", ["our client", "another editor"])
def test_no_message_of_a_trusted_session_holds_a_link(tmp_path, client):
    row = Row("hostile messages")
    hostile_messages.session(row, 11, tmp_path, client)
    assert row.problems == []
    assert row.figures["texts shown"] > 20


@pytest.mark.parametrize("text", ["[a](command:x)", "<b>", "![x](y)", "see https://evil.example"])
def test_what_looks_for_markup_finds_it(text):
    assert hostile_text.markup_in(text)


@pytest.mark.parametrize("text", hostile_messages.ATTACKS)
def test_what_looks_for_links_finds_them(text):
    assert hostile_messages.LINK.search(text)


def test_hours_of_editing_leave_memory_and_handles_as_they_were():
    """The short form sees that the day is worked through; growth shows in the long one."""
    row = long_run.campaign(11, 200)
    assert [p for p in row.problems if "memory" not in p] == []
    assert row.figures["edits"] >= 200
    assert len(row.series) == long_run.SAMPLES + 1


def test_growth_is_seen():
    row = Row("grows")
    samples = [long_run.Sample(n / 2, 80 + n * 2, 300, 20, 5, 2, 1 + n // 12) for n in range(17)]
    long_run.judge(row, samples)
    assert [problem.partition(":")[0] for problem in row.problems] == [
        "the server's memory grew",
        "files grew",
    ]


def test_many_at_once_are_finished_or_refused():
    row = many.campaign(11, 4, count=2, each=1)
    assert row.problems == []
    assert row.figures["finished"] == row.figures["jobs"]


def test_the_document_has_the_kept_figures():
    text = kept.DOCUMENT.read_text("utf-8")
    assert kept.rendered(text) == text
    assert set(kept.figures()) <= set(soak.ROWS)
