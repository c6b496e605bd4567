"""`serve`: the language server over stdin and stdout."""

from __future__ import annotations

import logging
import sys


def serve(log_level: str, log_file: str | None) -> int:
    """Serves until the client leaves; the log goes to stderr, where editors collect it."""
    logging.basicConfig(
        level=log_level.upper(),
        filename=log_file,
        stream=None if log_file else sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("pygls").setLevel(logging.ERROR)
    from dspy_language_server.lsp.server import create_server  # noqa: PLC0415
    from dspy_language_server.lsp.services import Services  # noqa: PLC0415

    return create_server(Services()).run(sys.stdin.buffer, sys.stdout.buffer)
