"""Text of a program, a store or a model, as a notification may show it."""


def plain(text: str) -> str:
    """`text` without links: VS Code makes one of `[label](command:…)` in any notification."""
    return text.replace("](", "] (")
