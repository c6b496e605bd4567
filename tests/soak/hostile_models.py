"""Models that someone has altered: one clear error, and nothing of theirs has run.

Two kinds of attacker: one who changes files and cannot sign them anew, and one who writes the hashes
to fit. What the second puts in place of the program's own code is a program of theirs, which runs
when it is loaded, as SECURITY.md says; all else is refused, and `inspect` runs nothing at all.
"""

import hashlib
import json
import os
import pickle
import random
import shutil
import signal
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figures import Row

BOUND = 20.0
"""Seconds; a reader that waits for a pipe or follows a loop never ends."""
ODD: tuple[Any, ...] = (
    None, True, -1, 10**40, 1.5, "", "x" * 100_000, "../../etc/passwd", "/etc/passwd", "data\x00", [], {}, [[]],
    {"$new": "os:getcwd"}, {"$function": "posix:system"}, {"$object": "subprocess:Popen", "state": {}},
    {"$class": "builtins:eval"}, {"$env": 3}, {"$same": 99}, {"$unknown": 1}, {"$partial": {"$function": "os:mkdir"}},
    "os:system", "builtins:eval", "no.such.module:x", ":", "a:b:c",
)  # fmt: skip


class Runs:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def programs_files(root: Path) -> list[Path]:
    """The files that hold the program: what the manifest names, and the manifest."""
    files = [p for f in ("data", "code") for p in sorted((root / f).rglob("*")) if p.is_file()]
    return [p for p in files if "__pycache__" not in p.parts] + [root / "dspy_flavor.json"]


def unsigned(root: Path, chance: random.Random, mark: Path) -> str:
    """Alter one thing; the hashes stay as they were."""
    file = chance.choice(programs_files(root))
    data = file.read_bytes()
    name = file.relative_to(root).as_posix()
    at = chance.randrange(max(1, len(data)))
    elsewhere = root.parent / "elsewhere"
    elsewhere.write_bytes(data)
    bomb = pickle.dumps(Runs(mark))
    changes: dict[str, Callable[[], Any]] = {
        "a byte changed": lambda: file.write_bytes(
            data[:at] + bytes([(data[at : at + 1] or b"a")[0] ^ 1]) + data[at + 1 :]
        ),
        "cut off": lambda: file.write_bytes(data[: at and at - 1]) if data else file.unlink(),
        "more at its end": lambda: file.write_bytes(data + b" "),
        "gone": file.unlink,
        "a pickle in its place": lambda: file.write_bytes(bomb),
        "a link": lambda: (file.unlink(), file.symlink_to(elsewhere)),
        "a link to itself": lambda: (file.unlink(), file.symlink_to(file)),
        "a pipe": lambda: (file.unlink(), os.mkfifo(file)),
        "a folder": lambda: (file.unlink(), file.mkdir()),
        "a module beside it": lambda: file.with_name("dspy.py").write_text(
            f"import os; os.mkdir({str(mark)!r})"
        ),
        "its folder a link": lambda: (
            shutil.move(file.parent, root.parent / "moved"),
            file.parent.symlink_to(root.parent / "moved"),
        ),
        "oversized": lambda: os.truncate(file, 65 * 2**20),
    }
    if file.parent == root:
        del changes["its folder a link"], changes["a module beside it"]
    kind = chance.choice(sorted(changes))
    changes[kind]()
    return f"{name}: {kind}"


def signed(root: Path, chance: random.Random, _: Path) -> str:
    """Alter JSON in one place, and write all hashes to fit."""
    manifest_file = root / "dspy_flavor.json"
    manifest = json.loads(manifest_file.read_bytes())
    program = root / "data" / "program.json"
    said = "unchanged"
    if program.exists() and chance.random() < 0.6:
        content = json.loads(program.read_bytes())
        said = f"program.json: {altered(content, chance)}"
        program.write_text(json.dumps(content))
        manifest["files"]["data/program.json"] = digest(program.read_bytes())
    elif chance.random() < 0.8:
        said = f"manifest: {altered(manifest, chance)}"
    else:
        nested = "[" * 100_000
        manifest_file.write_text(nested)
        _sign(root, nested.encode())
        return "manifest: nested"
    manifest_file.write_text(json.dumps(manifest))
    _sign(root, manifest_file.read_bytes())
    if chance.random() < 0.3:
        said += f"; MLmodel: {_alter_mlmodel(root, chance)}"
    return said


def altered(content: Any, chance: random.Random) -> str:
    """Replace, remove or repeat one value somewhere in JSON; say where."""
    way = ""
    while True:
        keys = list(content) if isinstance(content, dict) else list(range(len(content)))
        if not keys:
            return f"{way} left"
        key = chance.choice(keys)
        way += f"[{key!r}]"
        inner = content[key]
        if isinstance(inner, (dict, list)) and inner and chance.random() < 0.75:
            content = inner
            continue
        if chance.random() < 0.2:
            del content[key]
            return f"{way} removed"
        content[key] = chance.choice(ODD)
        return f"{way} = {str(content[key])[:60]!r}"


def _sign(root: Path, manifest: bytes) -> None:
    import yaml

    content = yaml.safe_load((root / "MLmodel").read_text())
    for flavor in content["flavors"].values():
        if "manifest" in flavor:
            flavor["manifest"] = digest(manifest)
    (root / "MLmodel").write_text(yaml.safe_dump(content))


def _alter_mlmodel(root: Path, chance: random.Random) -> str:
    import yaml

    content = yaml.safe_load((root / "MLmodel").read_text())
    name = next(n for n in content["flavors"] if "dspy" in n)
    where = chance.choice((content["flavors"][name], content["flavors"], content))
    said = altered(where, chance)
    (root / "MLmodel").write_text(yaml.safe_dump(content))
    return said


class Late(Exception):  # noqa: N818 - a bound that was passed
    """It took longer than its bound."""


def _late(*_: object) -> None:
    raise Late


def attempt(row: Row, what: str, read: Callable[[], Any], mark: Path, *, must_refuse: bool) -> None:
    """Read a model that was altered, and see what came of it."""
    from mlflow.exceptions import MlflowException

    before = signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, BOUND)
    try:
        read()
        row.expect(not must_refuse, f"{what}: it was not refused")
        row.count("read all the same")
    except MlflowException as error:
        row.count("refused")
        row.expect("Traceback" not in str(error) and len(str(error)) < 3000, f"{what}: {error}")
    except Late:
        row.problems.append(f"{what}: no answer within {BOUND:g} s")
    except BaseException:
        row.problems.append(f"{what}: {traceback.format_exc(limit=-3)}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    row.expect(not mark.exists(), f"{what}: code of the attacker's has run")


def campaign(seed: int, attacks: int) -> Row:
    """Alter models of both formats in both ways, then load and inspect them."""
    import dspy

    import dspy_flavor

    row = Row("altered models through load and inspect", "refused by name, nothing of theirs runs")
    readers = {"load": dspy_flavor.load_model, "inspect": dspy_flavor.inspect_model}
    with row.timed(), tempfile.TemporaryDirectory() as folder:
        base = Path(folder).resolve()
        for form in ("source", "cloudpickle"):
            program = dspy.ChainOfThought("question, context: list[str] -> answer: float")
            program.predictors()[0].demos = [dspy.Example(question="q", answer=1.0)]
            dspy_flavor.save_model(
                program, str(base / form), serialization_format=form, pip_requirements=["dspy"]
            )
        for number in range(seed, seed + attacks):
            chance = random.Random(number)
            form = chance.choice(("source", "source", "cloudpickle"))
            attack = chance.choice((unsigned, signed))
            work, mark = base / "work", base / "it-ran"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            shutil.copytree(base / form, work / "model")
            said = attack(work / "model", chance, mark)
            row.count("attacks")
            for name, read in readers.items():
                attempt(
                    row,
                    f"seed {number}, {form}, {attack.__name__}, {said}, {name}",
                    lambda read=read, model=work / "model": read(str(model)),
                    mark,
                    must_refuse=attack is unsigned,
                )
    return row
