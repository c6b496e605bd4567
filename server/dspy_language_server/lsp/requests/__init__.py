"""One file per request of the Language Server Protocol: resolve the document, ask `ide`, translate."""

from dspy_language_server.lsp.requests import (
    code_action,
    code_lens,
    completion,
    definition,
    diagnostics,
    folding,
    hover,
    inlay_hints,
    references,
    rename,
    semantic_tokens,
    signature_help,
    symbols,
)

ALL = tuple(
    module.register
    for module in (
        diagnostics,
        hover,
        completion,
        signature_help,
        definition,
        references,
        rename,
        symbols,
        folding,
        inlay_hints,
        code_lens,
        code_action,
        semantic_tokens,
    )
)
