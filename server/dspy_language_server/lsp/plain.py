"""Text of a program, a store or a model, as a notification or a label may show it."""

from dspy_language_server.source.letters import visible

_LONGEST = 8_000
"""More than any message of ours; less than what an editor stops at."""


def plain(text: str) -> str:
    """`text` letter by letter: no link, no icon, no letter that nobody sees, bounded.

    VS Code makes a link of `[label](command:…)` in any notification, and an icon of `$(name)` in labels.
    """
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    return visible(shown).replace("](", "] (").replace("$(", "$ (")
