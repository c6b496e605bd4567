"""URIs and paths, each the way the client spells them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit


def to_uri(path: str) -> str:
    """The `file:` URI of an absolute path, percent-encoded as VS Code does."""
    resolved = path.replace(os.sep, "/")
    if os.name == "nt" and len(resolved) > 1 and resolved[1] == ":":
        resolved = f"/{resolved[0].lower()}{resolved[1:]}"
    return "file://" + quote(resolved, safe="/~!$&'()*+,;=@-._")


def to_path(uri: str) -> str | None:
    """The path of a `file:` URI, or None for another scheme (`untitled:`, `git:`)."""
    if "://" not in uri and not uri.startswith("file:"):
        return None
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    path = unquote(parts.path)
    if os.name == "nt":
        return os.path.normpath(path.lstrip("/"))
    return path


def inside(path: str, folder: str) -> bool:
    """Whether a path is in a folder or below it."""
    return Path(path).is_relative_to(folder)


def relative(path: str, folder: str) -> str:
    """A path below a folder, with `/` on every system."""
    return Path(path).relative_to(folder).as_posix()
