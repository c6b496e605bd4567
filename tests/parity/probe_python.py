"""Prints what the standard library of this interpreter offers as names of types, as JSON.

Each module is imported in a forked child that has already imported dspy, because DSPy's own imports
decide which submodules are attributes of their packages. A Python without processes (`wasm.mjs`) is given the
standard modules that dspy imports elsewhere, and forgets after each module what it has imported.
"""

import builtins
import contextlib
import importlib
import json
import os
import sys
import typing
import warnings

warnings.simplefilter("ignore")
if sys.platform != "emscripten":
    import dspy  # noqa: F401
from describe import describe, describe_module

# antigravity opens a browser; the others start programs or a test run when imported.
NOT_IMPORTED = {"antigravity", "this", "idlelib", "turtledemo", "test", "__main__"}
SUBMODULES = ("collections.abc", "os.path", "concurrent.futures", "importlib.metadata", "xml.etree")


def in_this_process(name, base):
    """The same without a child: what is imported is forgotten."""
    try:
        return describe_module(importlib.import_module(name))
    except BaseException:
        return None
    finally:
        for other in [n for n in sys.modules if n not in base]:
            module = sys.modules.pop(other)
            package, _, inner = other.rpartition(".")
            if getattr(sys.modules.get(package), inner, None) is module:
                delattr(sys.modules[package], inner)


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
    for name in sys.argv[1:]:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    base = frozenset(sys.modules)
    forks = sys.platform != "emscripten"
    loaded = [n for n in sys.modules if n.split(".")[0] in sys.stdlib_module_names and "." in n]
    for name in sorted({*sys.stdlib_module_names, *loaded, *SUBMODULES}):
        if name.split(".")[0].startswith("_") or name in NOT_IMPORTED:
            continue
        found = in_child(name) if forks else in_this_process(name, base)
        if found is not None:
            modules[name] = public(found)
    json.dump(
        {
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
            "typing": {n: describe(v) for n, v in vars(typing).items() if n != "__builtins__"},
            # A build for WebAssembly adds one of its own.
            "builtins": sorted(n for n in vars(builtins) if not n.startswith("___")),
            "standard": sorted(sys.stdlib_module_names),
            "modules": modules,
        },
        sys.stdout,
    )


main()
