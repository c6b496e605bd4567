"""Asks the real dspy of this environment what it makes of signature strings.

Reads a JSON array of [api, string] pairs from standard input and writes one JSON verdict per line. Strings are
judged in forked children, on a bare thread whose only frame is a function without globals of its own: neither our
names nor the imports of earlier strings can change a verdict.
"""

# ruff: noqa: PTH118, PTH120 - run by other Pythons

import _thread
import json
import logging
import os
import signal
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
os.environ.setdefault("DSP_CACHEDIR", os.path.join(os.path.dirname(sys.executable), "cache"))
import dspy
from dspy.signatures import signature as signature_module

SECONDS_PER_STRING = 20
NEEDS_TOOLS = {"ReAct", "ReActV2", "CodeAct"}
USER = """
def _user(_todo, _report):
    for _index, _api, _text, _more in _todo:
        try:
            _answer = _api(_text, **_more)
        except BaseException as _error:
            _answer = _error
        if not _report(_index, _answer):
            break
    _report(None, None)
"""


def tool(x: int) -> int:
    """A tool."""
    return x


def spell(annotation):
    if isinstance(annotation, type) and not hasattr(annotation, "__origin__"):
        if annotation.__module__ == "builtins":
            return annotation.__qualname__
        return f"{annotation.__module__}.{annotation.__qualname__}"
    return repr(annotation)


def verdict(answer):
    if isinstance(answer, BaseException):
        message = str(answer).splitlines()[:1]
        return {"ok": False, "error": type(answer).__name__, "message": "".join(message)[:200]}
    signature = answer if isinstance(answer, type) else None
    if signature is None:
        return {"ok": True}
    sides = {
        side: [[name, spell(field.annotation)] for name, field in fields.items()]
        for side, fields in (
            ("inputs", signature.input_fields),
            ("outputs", signature.output_fields),
        )
    }
    return {"ok": True, **sides}


def child(todo, write):
    """Judges from the first string on, until one of them imports a module."""
    pipe = os.fdopen(write, "w")
    before = len(sys.modules)
    done = _thread.allocate_lock()
    done.acquire()

    def report(index, answer):
        if index is None:
            done.release()
            return False
        signal.alarm(SECONDS_PER_STRING)
        pipe.write(json.dumps([index, verdict(answer)]) + "\n")
        pipe.flush()
        return len(sys.modules) == before

    namespace = {"__name__": "__main__"}
    exec(USER, namespace)
    signal.alarm(SECONDS_PER_STRING)
    _thread.start_new_thread(namespace["_user"], (todo, report))
    done.acquire()
    pipe.close()


def judge(pairs):
    """The verdicts of all pairs, in order."""
    todo = []
    for index, (name, text) in enumerate(pairs):
        api = getattr(signature_module if name.endswith("_signature") else dspy, name)
        todo.append((index, api, text, {"tools": [tool]} if name in NEEDS_TOOLS else {}))
    answers = [None] * len(todo)
    start = 0
    while start < len(todo):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 1)
            os.dup2(null, 2)
            child(todo[start : start + 2000], write)
            os._exit(0)
        os.close(write)
        reached = start
        with os.fdopen(read) as pipe:
            for line in pipe:
                index, answer = json.loads(line)
                answers[index] = answer
                reached = index + 1
        _, status = os.waitpid(pid, 0)
        if status != 0 or reached == start:
            answers[reached] = {"ok": False, "error": f"process ended with {status}", "message": ""}
            reached += 1
        start = reached
    return answers


if __name__ == "__main__":
    for answer in judge(json.load(sys.stdin)):
        print(json.dumps(answer))
