"""A working day in one session: eight hours of typing, with programs logged in between.

Time is compressed: each key, look and log of the day happens, and the pauses between them are short.
The day's first hour is for warming up; memory, descriptors, threads, processes and temporary files
are then held against the end.
"""

import contextlib
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from figures import Row
from kills import children
from session import position_of, range_of
from stores import PROGRAM, Workspace
from wire import Editor

HOURS = 8
SAMPLES = 2 * HOURS
"""One each half hour."""
EDITS_PER_LOG = 500
GROWTH = 1.1
"""What memory may have grown to, as a share of what it was after the first hour."""
SLACK = 8
"""Megabytes that are no growth: what one collection of garbage more or less makes."""
PAUSE = 1.0
"""Seconds in place of a pause: longer than what waits for one (0.3 and 0.8 s)."""
LINES = (
    '        self.check = dspy.Predict("answer, context: list[str] -> grounded: bool, reason")',
    "        found = self.step(question=question)",
    "        return dspy.Prediction(answer=found.answer)",
    "triage = dspy.ChainOfThought(\"ticket: str -> team: Literal['billing', 'bugs'], urgent: bool\")",
    "class Summary(dspy.Signature):",
    '    """Sum up what a person wrote."""',
    '    text: str = dspy.InputField(desc="what was written")',
    "    summary: str = dspy.OutputField()",
    "for row in rows:",
    "    print(triage(ticket=row).team)",
    "trainset = [dspy.Example(question=q, answer=a).with_inputs('question') for q, a in pairs]",
    "# a note to myself: é 😋",
    "optimizer = dspy.MIPROv2(metric=exact, auto='light')",
)
LOOKS = ("hover", "completion", "signatureHelp", "definition", "codeAction", "inlayHint")
CAPABILITIES = {
    "textDocument": {"diagnostic": {}, "codeLens": {}, "hover": {"contentFormat": ["markdown"]}},
    "window": {"workDoneProgress": True},
    "workspace": {"codeLens": {"refreshSupport": True}},
}


@dataclass
class Sample:
    """What the processes of a session hold at one moment."""

    hour: float
    server: float
    worker: float
    descriptors: int
    threads: int
    processes: int
    files: int

    def __str__(self) -> str:
        return (
            f"{self.hour:4.1f} h  server {self.server:6.1f} MB  worker {self.worker:6.1f} MB  "
            f"{self.descriptors} descriptors  {self.threads} threads  {self.processes} processes  "
            f"{self.files} temporary files"
        )


def memory(pid: int) -> float:
    """The megabytes that a process alone would give back: what it shares with its jobs counts."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def look(editor: Editor, temporary: Path, hour: float) -> Sample:
    """Count when no job is under way: a job's process and its pipes are there for its time."""
    worker = children(editor.process.pid)
    assert len(worker) == 1, f"the server has the children {worker}"
    for _ in range(100):
        if not children(worker[0]):
            break
        time.sleep(0.1)
    both = (editor.process.pid, worker[0])
    return Sample(
        hour,
        memory(both[0]),
        memory(both[1]),
        sum(map(descriptors, both)),
        sum(map(threads, both)),
        1 + len(worker) + len(children(worker[0])),
        sum(1 for _ in temporary.rglob("*")),
    )


class Person:
    """Types line after line into a few files, corrects, takes back, looks things up, and logs.

    What is typed is taken back some lines later, so that the files stay as long as they are.
    """

    def __init__(self, editor: Editor, seed: int, texts: dict[str, str]) -> None:
        self.editor = editor
        self.random = random.Random(seed)
        self.texts = {editor.open(name, text): text for name, text in texts.items()}
        self.versions = dict.fromkeys(self.texts, 1)
        self.typed: dict[str, list[str]] = {uri: [] for uri in self.texts}
        self.edits = 0
        self.uri = next(iter(self.texts))

    def type_line(self) -> int:
        """Type a line at the end of another, key by key; return the number of keys."""
        before = self.edits
        text = self.texts[self.uri]
        ends = [i for i, letter in enumerate(text) if letter == "\n"] or [len(text)]
        at = self.random.choice(ends)
        line = "\n" + self.random.choice(LINES)
        for letter in line:
            self._edit(at, at, letter)
            at += 1
            if self.random.random() < 0.04:  # a slip
                self._edit(at, at, self.random.choice("([{'\"x"))
                self._edit(at, at + 1, "")
            if letter in " (:>":
                self._ask("completion", at)
        self._ask(self.random.choice(LOOKS), at - 2)
        self.typed[self.uri].append(line)
        if len(self.typed[self.uri]) > 6:
            self.take_back()
        return self.edits - before

    def take_back(self) -> None:
        """Delete an earlier line as an editor deletes one: in one change."""
        line = self.typed[self.uri].pop(0)
        at = self.texts[self.uri].find(line)
        if at >= 0:
            self._edit(at, at + len(line), "")

    def turn_to_another(self) -> None:
        """Close a file and open it again, and go on in another."""
        document = {"textDocument": {"uri": self.uri}}
        self.editor.notify("textDocument/didSave", document)
        self.editor.notify("textDocument/didClose", document)
        self.versions[self.uri] += 1
        item = {
            "uri": self.uri, "languageId": "python", "version": self.versions[self.uri],
            "text": self.texts[self.uri],
        }  # fmt: skip
        self.editor.notify("textDocument/didOpen", {"textDocument": item})
        self.uri = self.random.choice(sorted(self.texts))

    def log(self, uri: str) -> dict[str, Any]:
        """Log a program that nobody is typing into."""
        return self.editor.execute("dspy.log", uri=uri, name="QA")

    def _edit(self, start: int, end: int, new: str) -> None:
        text = self.texts[self.uri]
        change = {"range": range_of(text, start, end), "text": new}
        self.texts[self.uri] = text[:start] + new + text[end:]
        self.versions[self.uri] += 1
        self.edits += 1
        document = {"uri": self.uri, "version": self.versions[self.uri]}
        self.editor.notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}
        )
        self._request("diagnostic", {})

    def _ask(self, what: str, at: int) -> None:
        place = position_of(self.texts[self.uri], at)
        self._request(what, {
            "position": place, "range": {"start": place, "end": place},
            "context": {"triggerKind": 1, "isRetrigger": False} if what in {"completion", "signatureHelp"} else {"diagnostics": []},
        })  # fmt: skip

    def _request(self, what: str, more: dict[str, Any]) -> None:
        asked = {"textDocument": {"uri": self.uri}, **more}
        answer = self.editor.request(f"textDocument/{what}", asked)
        assert "result" in answer, answer


def texts() -> dict[str, str]:
    """The examples, as a newcomer has them open."""
    folder = Path(__file__).resolve().parents[2] / "examples"
    files = [p for p in sorted(folder.glob("*.py")) if p.name != "offline_lm.py"]
    return {path.name: path.read_text("utf-8") for path in files}


def day(row: Row, seed: int, edits: int, root: Path) -> list[Sample]:
    """Work through a day; the samples, the first of them at its beginning."""
    temporary = root / "temporary"
    folder = root / "workspace"
    for made in (temporary, folder):
        made.mkdir()
    workspace = Workspace(folder).made()
    settings = {
        "interpreter": sys.executable,
        "mlflow": {"trackingUri": workspace.uri},
        "log": {"experiment": "programs"},
    }
    editor = Editor(
        folder,
        trusted=True,
        settings=settings,
        environment={**os.environ, "TMPDIR": str(temporary)},
        capabilities=CAPABILITIES,
    ).start()
    person = Person(editor, seed, texts())
    logged = editor.open("qa.py", PROGRAM)
    samples: list[Sample] = []
    logs = 0
    while len(samples) <= SAMPLES:
        if person.edits >= logs * EDITS_PER_LOG:
            answer = person.log(logged)
            row.expect("result" in answer, f"log {logs}: {answer.get('error')}")
            logs += 1
        if person.edits >= len(samples) * edits / SAMPLES:
            time.sleep(PAUSE)
            samples.append(look(editor, temporary, len(samples) * HOURS / SAMPLES))
            forget(editor)
        person.type_line()
        if person.random.random() < 0.1:
            person.turn_to_another()
    row.count("edits", person.edits)
    row.count("logs", logs)
    row.expect(len(workspace.runs("FINISHED")) == logs, "a log left no finished run")
    row.expect(editor.close() == 0, "the server did not end with 0")
    left = [str(path) for path in temporary.rglob("*")]
    row.expect(not left, f"temporary files are left: {left}")
    return samples


def forget(editor: Editor) -> None:
    """Drop what was received: this process is not the one that is measured, but it has to last."""
    with contextlib.suppress(RuntimeError):
        editor.received.clear()
        editor.answers.clear()


def judge(row: Row, samples: list[Sample]) -> None:
    """Flat: the last two hours' memory against the second hour's, and every count as it was."""
    early, late = samples[2:5], samples[-4:]
    for name in ("server", "worker"):
        before = median(getattr(sample, name) for sample in early)
        now = median(getattr(sample, name) for sample in late)
        row.figures[f"{name}, MB after an hour and at the end"] = f"{before:.0f} → {now:.0f}"
        row.expect(
            now <= before * GROWTH + SLACK, f"the {name}'s memory grew: {before:.0f} → {now:.0f} MB"
        )
    for name in ("descriptors", "threads", "processes", "files"):
        before = max(getattr(sample, name) for sample in early)
        now = max(getattr(sample, name) for sample in late)
        row.figures[name] = f"{before} → {now}"
        row.expect(now <= before, f"{name} grew: {before} → {now}")


def campaign(seed: int, edits: int) -> Row:
    """Work through a day with this many edits."""
    row = Row("eight hours of editing, logs in between", "memory and handles flat")
    with row.timed(), tempfile.TemporaryDirectory() as folder:
        samples = day(row, seed, edits, Path(folder).resolve())
        row.series = [str(sample) for sample in samples]
        judge(row, samples)
    return row
