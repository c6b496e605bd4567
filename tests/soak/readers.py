"""Arbitrary text and bytes into everything that reads: no exception, and no input beyond its bound.

Coverage-guided: while a corpus is grown, the lines that an input reaches are traced, and an input
that reaches new ones is kept and mutated further. Everything follows from a seed.
"""

import json
import multiprocessing
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figures import Row

from dspy_language_server.environment.names import dialect_of
from dspy_language_server.ide import symbols
from dspy_language_server.ide.completion import complete
from dspy_language_server.ide.hover import hover
from dspy_language_server.ide.navigation import definition
from dspy_language_server.ide.signature_help import signature_help
from dspy_language_server.lsp import files
from dspy_language_server.program.project import Project
from dspy_language_server.rules import catalog, configuration
from dspy_language_server.signature.reader import read
from dspy_language_server.source.notebook import NotebookError, read_notebook

ROOT = Path(__file__).resolve().parents[2]
BOUND = 1.0
"""Seconds of processor time that an input may take; each is shorter than `LONGEST`."""
LONGEST = 4000
PACKAGE = str(ROOT / "server" / "dspy_language_server")
TOKENS = (
    "->", ",", ":", "(", ")", "[", "]", "{", "}", "'", '"', '"""', "\n", "\r\n", "\r", "\t", "\f", "\\", "=", ".",
    "#", "@", "*", "**", "|", "%", "!", "?", "\x00", "\ud800", "😀", "é", "\u2028", "\u202e", "\ufeff", "ﬁ", "0", "-1",
    "1e999", "9" * 60, "None", "str", "list[", "Literal['", "Union[", "int | ", "custom_types=", "lambda x:", "f'{",
    "dspy.Predict(", "dspy.Signature", "import dspy\n", "from dspy import *\n", "class A(dspy.Module):\n", "    ",
    "def forward(self, q):\n        ", "# dspy: ignore", "# dspy: ignore[DSP101, DSP", "[tool.dspy-companion]\n",
    "select = [", "severity = { DSP1 = ", "[[", "]]", '"cells": [', '"cell_type": "code"', '"source": ', "%%bash\n",
    "async ", "await ", "if True:\n", "match x:\n", "global x\n", "b'", "r'", "\\N{DASH}", "\\u12", "\\x", "1979-13-01",
)  # fmt: skip


def dialect() -> Any:
    """The dialect of the newest release that is known."""
    return dialect_of(sys.executable, None, ())


class Targets:
    """The readers, each as a function of one text."""

    def __init__(self) -> None:
        self.dialect = dialect()
        self.seeds: dict[str, list[str]] = {
            "signature": signature_seeds(),
            "source": source_seeds(),
            "notebook": notebook_seeds(),
            "pyproject": pyproject_seeds(),
            "comment": comment_seeds(),
        }

    def signature(self, text: str) -> None:
        reading = read(text, dialect=self.dialect, callee="ChainOfThought")
        for problem in reading.problems:
            assert 0 <= problem.span.start <= problem.span.end <= len(text), problem

    def source(self, text: str) -> None:
        """As bytes: decoding is part of reading, and a file need not be UTF-8."""
        odd = hash_of(text) % 4 == 0 and not any(ord(letter) > 255 for letter in text)
        data = text.encode("latin-1") if odd else text.encode("utf-8", "surrogatepass")
        try:
            text = files.decode(data)
        except files.UnreadableFileError:
            return
        self._analyse(text, [("file:///w/a.py", text)], notebook=False)

    def comment(self, text: str) -> None:
        self._analyse(text, [("file:///w/a.py", text)], notebook=False)

    def notebook(self, text: str) -> None:
        cells = read_notebook(text)
        if not isinstance(cells, NotebookError):
            sources = [(f"file:///w/a.ipynb#{cell.number}", cell.source) for cell in cells]
            self._analyse(text, sources, notebook=True)

    def pyproject(self, text: str) -> None:
        for codes in (catalog.CODES, frozenset()):
            found, problems = configuration.read(text, codes)
            for code in ("DSP101", "DSP501"):
                found.reports(code)
            for problem in problems:
                assert 0 <= problem.span.start <= problem.span.end <= len(text), problem

    def _analyse(self, text: str, sources: list[tuple[str, str]], *, notebook: bool) -> None:
        project = Project(
            dialect=self.dialect,
            roots=("/w",),
            read=lambda _: None,
            to_uri=lambda path: f"file://{path}",
            to_path=lambda uri: uri.removeprefix("file://"),
        )
        if notebook:
            uri = "file:///w/a.ipynb"
            project.open_notebook(uri, sources)
        else:
            uri = sources[0][0]
            project.open(uri, text)
        program = project.program(uri)
        assert program is not None
        length = len(program.document)
        for finding in catalog.check(program, dialect=self.dialect):
            assert 0 <= finding.span.start <= finding.span.end <= length, finding
        len(program.loggables)
        symbols.document_symbols(program)
        for offset in (length, hash_of(text) % (length + 1)):
            hover(program, offset)
            complete(program, offset, self.dialect)
            signature_help(program, offset)
            definition(program, offset)
        self.dialect.forget_bindings()  # as where a document is closed: else all programs stay


def hash_of(text: str) -> int:
    """A number from a text that is the same in every process."""
    return sum(map(ord, text)) * 2654435761 % 2**32


# --- seeds


def signature_seeds() -> list[str]:
    sys.path.insert(0, str(ROOT / "tests" / "parity"))
    from generate import Generator

    generator = Generator(7)
    return [generator.string()[:400] for _ in range(300)]


def source_seeds() -> list[str]:
    found = sorted((ROOT / "examples").glob("*.py"))
    found += sorted((ROOT / "tests" / "realworld").rglob("*.py"))
    texts = [path.read_text("utf-8") for path in found]
    pieces = [text[start : start + 1200] for text in texts for start in range(0, len(text), 1200)]
    return [
        *pieces[:400],
        "# -*- coding: latin-1 -*-\nimport dspy\n",
        "# coding: rot13\nimport dspy",
    ]


def comment_seeds() -> list[str]:
    lines = [
        "qa = dspy.Predict('a -> a')  # dspy: ignore[DSP101]",
        "qa = dspy.Predict('a -> ')  # dspy: ignore",
        "qa = dspy.Predict(\n    'a -> '\n)  # dspy: ignore[DSP1, DSP204, nonsense]",
        "# dspy: ignore[",
        "x = '''\n# dspy: ignore[DSP101]\n'''",
    ]
    return [f"import dspy\n{line}\n" for line in lines]


def notebook_seeds() -> list[str]:
    cells = [
        {"cell_type": "code", "source": ["import dspy\n", "%pip install x\n"], "outputs": []},
        {"cell_type": "markdown", "source": "# text"},
        {"cell_type": "code", "source": "qa = dspy.Predict('a -> b')\n!ls\nqa?"},
        {"cell_type": "code", "source": "%%bash\nls"},
    ]
    whole = {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    return [
        json.dumps(whole),
        json.dumps({"cells": cells[2:]}, ensure_ascii=False),
        '{"cells": []}',
        '{"cells": [{"cell_type": "code", "source": ["import dspy\\ud800\\n", 1, null]}]}',
        "[" * 500,
    ]


def pyproject_seeds() -> list[str]:
    return [
        (
            '[tool.dspy-companion]\nselect = ["DSP1"]\nignore = ["DSP204"]\nexclude = ["a/*"]\n'
            '[tool.dspy-companion.severity]\nDSP501 = "error"\nDSP1 = "off"\n'
        ),
        (ROOT / "pyproject.toml").read_text("utf-8")[:1500],
        "[tool]\ndspy-companion = 3\n",
        'a = 1979-05-27T07:32:00Z\nb = 0x1F\nc = inf\nd = """x"""\n[[e]]\nf = {g = 1}\n',
    ]


# --- mutation


class Mutator:
    """Makes texts out of a corpus."""

    def __init__(self, seed: str, corpus: list[str]) -> None:
        self.random = random.Random(seed)
        self.corpus = corpus

    def text(self) -> str:
        dice = self.random.random()
        if dice < 0.03:
            return self.noise()
        if dice < 0.04:
            return self.repeated()
        text = self.random.choice(self.corpus)
        for _ in range(self.random.choice((1, 1, 2, 3, 6))):
            text = self.mutated(text)
        return text[:LONGEST]

    def noise(self) -> str:
        length = self.random.choice((1, 3, 10, 60, 300))
        if self.random.random() < 0.5:
            return self.random.randbytes(length).decode("latin-1")
        return "".join(self.random.choice(TOKENS) for _ in range(length))[:LONGEST]

    def repeated(self) -> str:
        """One piece over and over: what a reader that recurses or goes back cannot bear."""
        piece = "".join(self.random.choice(TOKENS) for _ in range(self.random.choice((1, 1, 2, 3))))
        before, after = (
            self.random.choice(self.corpus)[:80],
            self.random.choice(("", "]", ")", '"')),
        )
        return (before + piece * (LONGEST // max(1, len(piece))) + after)[:LONGEST]

    def mutated(self, text: str) -> str:
        at = self.random.randint(0, len(text))
        match self.random.randrange(6):
            case 0:
                return text[:at] + text[at + self.random.choice((1, 1, 2, 9)) :]
            case 1:
                return text[:at] + self.random.choice(TOKENS) + text[at:]
            case 2:
                return text[:at] + chr(self.random.choice((self.random.randrange(128), self.random.randrange(0x3000)))) + text[at + 1 :]  # fmt: skip
            case 3:
                other = self.random.choice(self.corpus)
                cut = self.random.randint(0, len(other))
                return text[:at] + other[cut : cut + self.random.choice((5, 40, 400))] + text[at:]
            case 4:
                end = min(len(text), at + self.random.choice((1, 8, 60)))
                return text[:end] + text[at:end] + text[end:]
            case _:
                return text[:at]


class Tracer:
    """The lines of the product that were reached so far."""

    def __init__(self) -> None:
        self.seen: set[tuple[Any, int]] = set()
        self.new = 0

    def _line(self, frame: Any, event: str, _: Any) -> Any:
        key = (frame.f_code, frame.f_lineno)
        if event == "line" and key not in self.seen:
            self.seen.add(key)
            self.new += 1
        return self._line

    def _call(self, frame: Any, _event: str, _arg: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(PACKAGE) else None

    def reaches_new(self, work: Callable[[], None]) -> bool:
        self.new = 0
        sys.settrace(self._call)
        try:
            work()
        finally:
            sys.settrace(None)
        return self.new > 0


# --- the campaign


def fuzz(task: tuple[str, int, int, int]) -> dict[str, Any]:
    """Feed one reader; runs in a process of its own."""
    target, seed, start, count = task
    targets = Targets()
    reader = getattr(targets, target)
    corpus = list(targets.seeds[target])
    mutator, tracer = Mutator(f"{target} {seed} {start}", corpus), Tracer()
    problems: list[str] = []
    slowest, grown = 0.0, 0
    growing = min(count // 10, GROWING)
    for number in range(count):
        text = corpus[number] if number < len(targets.seeds[target]) else mutator.text()
        traced = number < growing
        began = time.thread_time()
        try:
            if not traced:
                reader(text)
            elif tracer.reaches_new(lambda text=text: reader(text)):
                corpus.append(text)
                grown += 1
        except Exception:
            problems.append(f"{target}: {traceback.format_exc(limit=-4)}\n  input {text!r}")
        taken = 0.0 if traced else time.thread_time() - began
        slowest = max(slowest, taken)
        if taken > BOUND:
            problems.append(f"{target}: {taken:.2f} s for {text!r}")
        if len(problems) > 20:
            break
    return {
        "target": target,
        "inputs": number + 1,
        "slowest": slowest,
        "lines": len(tracer.seen),
        "kept": grown,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "problems": problems,
    }


SHARE = {"signature": 0.5, "pyproject": 0.25, "comment": 0.1, "notebook": 0.075, "source": 0.075}
"""A signature is read in a hundredth of the time of a module; together they take about as long."""
PIECE = 25_000
GROWING = 1000
"""So many of a piece are traced, at ten times the price, to find what is worth being mutated."""


def campaign(seed: int, inputs: int, processes: int = 2) -> Row:
    """Feed all readers; the same seed and number make the same inputs on every machine."""
    row = Row("text and bytes into every reader", f"no exception, none over {BOUND:g} s")
    tasks = [
        (target, seed, start, min(PIECE, int(inputs * share) - start))
        for target, share in SHARE.items()
        for start in range(0, int(inputs * share), PIECE)
    ]
    with (
        row.timed(),
        multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=1) as pool,
    ):
        slowest, largest = dict.fromkeys(SHARE, 0.0), 0
        for done in pool.imap_unordered(fuzz, tasks):
            target = done["target"]
            row.count("inputs", done["inputs"])
            row.count("kept for new lines", done["kept"])
            slowest[target] = max(slowest[target], done["slowest"])
            row.problems += done["problems"]
            largest = max(largest, done["megabytes"])
        for target, seconds in slowest.items():
            row.figures[f"slowest {target}, ms"] = round(seconds * 1000, 1)
        row.figures["largest process, MB"] = str(largest)
    return row
