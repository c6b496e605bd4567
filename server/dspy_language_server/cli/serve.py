"""`serve`: the language server over stdin and stdout."""

from __future__ import annotations

import gc
import linecache
import logging
import sys


def serve(log_level: str, log_file: str | None) -> int:
    """Serves until the client leaves; the log goes to stderr, where editors collect it."""
    handler = (
        logging.FileHandler(log_file, encoding="utf-8")
        if log_file
        else logging.StreamHandler(sys.stderr)
    )
    layout = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=log_level.upper(), handlers=[handler], format=layout)
    logging.getLogger("pygls").setLevel(logging.ERROR)
    # What modules define lives as long as the process, so that nobody looks for garbage in it. What of
    # it is (classes with slots are made twice) would take a tenth of the start to find and to free.
    gc.disable()
    from dspy_language_server import ide  # noqa: PLC0415
    from dspy_language_server.lsp.server import create_server  # noqa: PLC0415
    from dspy_language_server.lsp.services import Services  # noqa: PLC0415

    # attrs keeps the source of what it generates for tracebacks: 1.7 MB that no person here reads.
    linecache.clearcache()
    server = create_server(Services())
    gc.freeze()
    gc.enable()
    return server.run(sys.stdin.buffer, sys.stdout.buffer, when_quiet=ide.load)
