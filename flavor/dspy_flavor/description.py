"""What `inspect` found, as text for people.

Everything comes from the model, which may be a stranger's: any value may be of any type, and text
is shown letter by letter, so that none of it moves the cursor or colours the terminal.
"""

import json
from collections.abc import Iterator
from typing import Any

_LABEL = 16
_MEANING = {
    "cloudpickle": "a pickle, which runs code when it is read",
    "source": "code and JSON; the code runs when it is imported",
}
_MOST_FILES = 40


def as_text(described: dict[str, Any]) -> str:
    """Return the description of a model as lines of text.

    Args:
        described: What `inspect_model` returned.
    """
    lines = []
    for label, values in _sections(described):
        for index, value in enumerate(values):
            lines.append(f"{'' if index else label:<{_LABEL}}{value}".rstrip())
    return "\n".join(lines)


def _sections(described: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield a label and its lines, the most telling first; a section without lines is not shown."""
    kind = shown(described.get("format"))
    versions = _pairs(described.get("versions"))
    yield "Program", [shown(described.get("program") or "not said by this model")]
    yield "Format", [f"{kind}: {_MEANING[kind]}" if kind in _MEANING else kind]
    yield "Made by", [", ".join([shown(described.get("made_by")), *versions])]
    if described.get("task"):
        yield "Task", [shown(described["task"])]
    yield "Takes", _columns(described.get("signature"), "inputs")
    yield "Returns", _columns(described.get("signature"), "outputs")
    yield "Predictors", _predictors(described.get("predictors"))
    yield "Language models", _pairs(described.get("language_models"), ": ")
    yield "Settings", _listed(described.get("settings"))
    yield "Your code", _listed(described.get("local_code"))
    yield "Compiled", _compilation(described.get("compilation"))
    yield "Not kept", _credentials(described.get("credentials"))
    yield "Pickles call", _calls(described.get("runs"))
    yield "Files", _files(described.get("files"))


def shown(value: Any) -> str:
    """Return a value of a model as one line of printable characters."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _pairs(value: Any, between: str = " ") -> list[str]:
    return [f"{shown(name)}{between}{shown(item)}" for name, item in _mapping(value).items()]


def _listed(value: Any) -> list[str]:
    return [", ".join(shown(item) for item in value)] if isinstance(value, list) and value else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _columns(signature: Any, side: str) -> list[str]:
    """Return a side of MLflow's model signature: `question: string, k: long (optional)`."""
    written = _mapping(signature).get(side)
    try:
        columns = json.loads(written) if isinstance(written, str) else []
    except (ValueError, RecursionError):
        return ["not readable"]
    return [", ".join(_column(column) for column in columns)] if columns else []


def _column(column: Any) -> str:
    known = _mapping(column)
    name = f"{shown(known['name'])}: " if "name" in known else ""
    return f"{name}{shown(known.get('type'))}{'' if known.get('required', True) else ' (optional)'}"


def _predictors(value: Any) -> list[str]:
    lines = []
    for name, item in _mapping(value).items():
        known = _mapping(item)
        sides = [", ".join(_pairs(known.get(side), ": ")) for side in ("inputs", "outputs")]
        demos = known.get("demos")
        with_demos = f"   {shown(demos)} demos" if demos else ""
        lines.append(f"{shown(name)}: {' -> '.join(sides)}{with_demos}")
        instructions = str(known.get("instructions") or "").strip()
        first, _, more = instructions.partition("\n")
        if first:
            lines.append(f"  {shown(first)}{' …' if more else ''}")
    return lines


def _compilation(value: Any) -> list[str]:
    known = _mapping(value)
    if not known.get("compiled"):
        return []
    parts = ["yes"]
    for name, label in (("optimizer", "by"), ("metric", "for"), ("trainset_size", "examples:")):
        if known.get(name) is not None:
            parts.append(f"{label} {shown(known[name])}")
    return [", ".join(parts)]


def _credentials(value: Any) -> list[str]:
    lines = []
    for item in value if isinstance(value, list) else []:
        known = _mapping(item)
        variable = known.get("environment")
        source = f", read from the environment variable {shown(variable)}" if variable else ""
        lines.append(f"{shown(known.get('path'))}{source}")
    return lines


def _calls(value: Any) -> list[str]:
    return [
        f"{shown(name)}: {', '.join(shown(item) for item in names)}"
        for name, names in _mapping(value).items()
        if isinstance(names, list) and names
    ]


def _files(value: Any) -> list[str]:
    """Return the files with the beginnings of their hashes; those of the loader as one line."""
    lines, loader = [], 0
    for name, digest in sorted(_mapping(value).items()):
        if name.startswith("code/dspy_flavor_"):
            loader += 1
            continue
        mark = f"   sha256 {digest[:12]}…" if isinstance(digest, str) else "   no hash"
        lines.append(f"{shown(name)}{shown(mark)}")
    if len(lines) > _MOST_FILES:
        lines = [*lines[:_MOST_FILES], f"and {len(lines) - _MOST_FILES} more: see --json"]
    if loader:
        lines.append(f"and {loader} of the loader that the model carries")
    return lines
