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
    reached = {line: min(len(arcs.get(line, ())), 2) for line in lines}
    json.dump(
        {
            "branches": 2 * len(lines),
            "reached": sum(reached.values()),
            "missing": {
                f"{lines[line]}:{line}": 2 - count for line, count in reached.items() if count < 2
            },
        },
        sys.stdout,
    )


main()
