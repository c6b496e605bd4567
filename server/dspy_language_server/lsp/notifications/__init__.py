"""One file per family of notifications of the Language Server Protocol."""

from dspy_language_server.lsp.notifications import (
    configuration,
    documents,
    lifecycle,
    notebooks,
    watched_files,
)

ALL = tuple(
    module.register for module in (lifecycle, documents, notebooks, configuration, watched_files)
)
