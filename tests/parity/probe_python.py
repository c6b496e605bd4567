"""Prints what the standard library of this interpreter offers as names of types, as JSON.

Each module is imported in a forked child that has already imported dspy, because DSPy's own imports
decide which submodules are attributes of their packages.
"""

import builtins
import importlib
import json
import os
import sys
import typing
import warnings

warnings.simplefilter("ignore")
import dspy  # noqa: F401
from describe import describe, describe_module

# antigravity opens a browser; the others start programs or a test run when imported.
NOT_IMPORTED = {"antigravity", "this", "idlelib", "turtledemo", "test", "__main__"}
SUBMODULES = ("collections.abc", "os.path", "concurrent.futures", "importlib.metadata", "xml.etree")


def in_child(name):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        try:
            answer = describe_module(importlib.import_module(name))
        except BaseException:
            answer = None
        with os.fdopen(write, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(text) if text else None


def public(names):
    return {name: text for name, text in names.items() if not name.startswith("_")}


def main():
    modules = {}
    loaded = [n for n in sys.modules if n.split(".")[0] in sys.stdlib_module_names and "." in n]
    for name in sorted({*sys.stdlib_module_names, *loaded, *SUBMODULES}):
        if name.split(".")[0].startswith("_") or name in NOT_IMPORTED:
            continue
        found = in_child(name)
        if found is not None:
            modules[name] = public(found)
    json.dump(
        {
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
            "typing": {n: describe(v) for n, v in vars(typing).items() if n != "__builtins__"},
            "builtins": sorted(vars(builtins)),
            "standard": sorted(sys.stdlib_module_names),
            "modules": modules,
        },
        sys.stdout,
    )


main()
