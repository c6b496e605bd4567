"""Prints which branches of dspy's own parser the strings on standard input reach, as JSON.

Runs in an environment with dspy. A branch is one of the two ways out of an `if`, or into and past a loop.
"""

import ast
import inspect
import json
import logging
import os
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from dspy.signatures import signature as module

FUNCTIONS = [
    module.SignatureMeta._detect_custom_types_from_caller,
    module.make_signature,
    module._parse_signature,
    module._parse_field_string,
    module._parse_type_node,
]
FILE = module.__file__
# Ways that no string can take, by the line that they leave, and why.
UNREACHABLE = {
    "if needed_types and frame_count >= max_frames:": "a caller a hundred frames deep",
    "if not isinstance(name, str):": "a dict's key; the parser's names are strings",
    "if isinstance(type_field, FieldInfo):": "a dict's field without a type",
    "if not isinstance(type_field, tuple):": "a dict's wrong value",
    "if not isinstance(field, FieldInfo):": "a dict's wrong pair",
    "if isinstance(node, ast.Module):": "a whole module is never passed",
    "if len(node.body) != 1:": "as before",
    "if isinstance(node, ast.Expr):": "a statement is never passed",
    "if full_name in names:": "custom_types with a dot in a name",
    "if isinstance(slice_node, ast.Index):  # For older Python versions": "gone in Python 3.9",
    "if isinstance(slice_node, ast.Index):": "gone in Python 3.9",
}


def branching_lines():
    """The lines of the parser's functions that can be left in two ways."""
    found = {}
    for function in FUNCTIONS:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(
            inspect.cleandoc("\n" + "".join(lines))
            if lines[0][0] != " "
            else "if 1:\n" + "".join(lines)
        )
        shift = first - 1 - (lines[0][0] == " ")
        for node in ast.walk(tree):
            if isinstance(node, ast.If | ast.For | ast.While) and node.lineno + shift >= first:
                found[node.lineno + shift] = function.__name__
    return found


def main():
    arcs = {}

    def local(frame, event, _argument):
        if event == "line":
            before = previous.get(id(frame))
            if before is not None:
                arcs.setdefault(before, set()).add(frame.f_lineno)
            previous[id(frame)] = frame.f_lineno
        elif event == "return":
            before = previous.pop(id(frame), None)
            if before is not None:
                arcs.setdefault(before, set()).add(-1)
        return local

    def trace(frame, event, _argument):
        return local if event == "call" and frame.f_code.co_filename == FILE else None

    previous = {}
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)
    for text in json.load(sys.stdin):
        sys.settrace(trace)
        try:
            module.Signature(text)
        except Exception:
            pass
        finally:
            sys.settrace(None)
    lines = branching_lines()
    source = Path(FILE).read_text("utf-8").splitlines()
    excused = {line for line in lines if source[line - 1].strip() in UNREACHABLE}
    reached = {line: min(len(arcs.get(line, ())), 2) for line in lines}
    json.dump(
        {
            "branches": 2 * len(lines) - sum(2 - reached[line] for line in excused),
            "unreachable": sum(2 - reached[line] for line in excused),
            "reached": sum(reached.values()),
            "missing": {
                f"{lines[line]}:{line}": 2 - count
                for line, count in reached.items()
                if count < 2 and line not in excused
            },
        },
        sys.stdout,
    )


main()
