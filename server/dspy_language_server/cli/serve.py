"""`serve`: the language server over stdin and stdout."""

from __future__ import annotations

import gc
import logging
import sys

OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""While modules are imported; a few megabytes of garbage at most."""


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
    # What modules define lives as long as the process: to look for garbage among it seldom is enough
    # while it is made (some is: classes that are made twice), and not at all while somebody types.
    usual = gc.get_threshold()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    from dspy_language_server.lsp.server import create_server  # noqa: PLC0415
    from dspy_language_server.lsp.services import Services  # noqa: PLC0415

    server = create_server(Services())
    gc.freeze()
    gc.set_threshold(*usual)
    return server.run(sys.stdin.buffer, sys.stdout.buffer)
