"""What an editor asks of a DSPy program: one file per feature, pure functions in plain offsets.

`ide.hover`, `ide.completion` and the others are imported when they are first used (PEP 562), or by
`load` when there is time: the first diagnostics of a file need none of them.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dspy_language_server.ide import (
        code_actions,
        code_lens,
        completion,
        folding,
        hover,
        inlay_hints,
        navigation,
        prompt,
        rename,
        semantic_tokens,
        signature_help,
        symbols,
    )

__all__ = [
    "code_actions", "code_lens", "completion", "folding", "hover", "inlay_hints", "navigation",
    "prompt", "rename", "semantic_tokens", "signature_help", "symbols",
]  # fmt: skip


def load() -> None:
    """Imports all features, so that the first question waits for none of them."""
    for name in __all__:
        import_module(f"{__name__}.{name}")


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
