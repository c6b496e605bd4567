"""A repository whose git settings name programs: git runs them for whoever asks it without care."""

import os
import shutil
import subprocess
from pathlib import Path

CONFIG = """\
[core]
	repositoryFormatVersion = 1
	fsmonitor = {run}
	pager = {run}
	editor = {run}
	sshCommand = {run}
	gitProxy = {run}
	askPass = {run}
	alternateRefsCommand = {run}
	hooksPath = hostile-hooks
[diff]
	external = {run}
[diff "hostile"]
	command = {run}
	textconv = {run}
[merge "hostile"]
	driver = {run}
[filter "hostile"]
	clean = {run}
	smudge = {run}
	process = {run}
	required = true
[filter "odd=name.x"]
	clean = {run}
	process = {run}
[alias]
	status = !{run}
	rev-parse = !{run}
	check-ignore = !{run}
	cat-file = !{run}
[credential]
	helper = !{run}
[gpg]
	program = {run}
[interactive]
	diffFilter = {run}
[trailer "hostile"]
	command = {run}
[uploadpack]
	packObjectsHook = {run}
[remote "origin"]
	url = ext::sh -c {run}
	uploadpack = {run}
	promisor = true
	partialclonefilter = blob:none
[extensions]
	partialClone = origin
[include]
	path = ../hostile-include
"""
HOOKS = (
    "post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout", "pre-commit", "query-watchman",
)  # fmt: skip


def hostile_git(root: Path, mark: Path, names: tuple[str, ...] = ("app.py",)) -> None:
    """Make a folder a repository with a commit, then name a program wherever git takes one.

    Args:
        root: The folder; its files are committed.
        mark: What the program makes, and so what is there if git has run it.
        names: Files whose attributes name hostile drivers, and which look changed.
    """
    program = root / "hostile-git"
    who = "$(tr '\\0' ' ' < /proc/$PPID/cmdline 2> /dev/null)"
    program.write_text(f"#!/bin/sh\necho \"run by: {who}\" >> '{mark}'\ncat\n")
    program.chmod(0o755)
    run = str(program)
    quiet = {
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    }  # fmt: skip
    git = shutil.which("git", path=os.defpath + os.pathsep + "/usr/local/bin")
    assert git is not None, "this row needs git"

    def call(*arguments: str) -> None:
        subprocess.run(
            [git, *arguments],
            cwd=root,
            check=True,
            capture_output=True,
            env={**os.environ, **quiet},
        )

    shutil.rmtree(root / ".git", ignore_errors=True)
    call("init", "--quiet")
    call("add", "--force", *names)
    call("commit", "--quiet", "--no-verify", "--message", "first")
    folder = root / ".git"
    with (folder / "config").open("a") as config:
        config.write(CONFIG.format(run=run))
    (root / "hostile-include").write_text(f"[core]\n\tfsmonitor = {run}\n")
    for place in (root / "hostile-hooks", folder / "hooks"):
        place.mkdir(exist_ok=True)
        for name in HOOKS:
            shutil.copy(program, place / name)
    rules = "*.py filter=hostile diff=hostile merge=hostile\n*.md filter=odd=name.x\n"
    (root / ".gitattributes").write_text(rules)
    (folder / "info").mkdir(exist_ok=True)
    (folder / "info" / "attributes").write_text(rules)
    for name in names:  # other times than the index has: git reads them again, through the filter
        os.utime(root / name, (1, 1))


def missing_commit(root: Path) -> None:
    """Have HEAD name a commit that only the hostile remote has."""
    branch = (root / ".git" / "HEAD").read_text().removeprefix("ref:").strip()
    (root / ".git" / branch).write_text("1" * 40 + "\n")
