"""Every prefix and every single deletion of strings, held to what must stay true while one is typed.

python tests/signature/edits.py FILE      {"string": …} per line, read from the path; never copied here

Prints each breach and the slowest reading; the exit code is 1 when there is a breach.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from dspy_language_server.signature.dialect import dialect_for
from dspy_language_server.signature.reader import read

DIALECT = dialect_for()


class Edit(NamedTuple):
    """A string, what an edit made of it, where, and whether the rest is still to come."""

    text: str
    edited: str
    at: int
    is_prefix: bool


def prefixes(texts):
    for text in texts:
        for end in range(len(text)):
            yield Edit(text, text[:end], end, is_prefix=True)


def deletions(texts):
    for text in texts:
        for at in range(len(text)):
            yield Edit(text, text[:at] + text[at + 1 :], at, is_prefix=False)


def parts(text):
    """Each field of a complete string with the stretch that it owns, up to the next comma or arrow."""
    for field in read(text, dialect=DIALECT).fields:
        yield field, field.name_span.start, (field.type_span or field.name_span).end


def known(text):
    """The problems of a complete string, as what they say of which text."""
    reading = read(text, dialect=DIALECT)
    return {(p.code, text[slice(*p.span)]) for p in reading.problems}


def shifted(span, at):
    return (span.start - (span.start > at), span.end - (span.end > at))


def flickers(edit, reading):
    """The problems that are neither in the complete string nor at the edit."""
    complete = known(edit.text)
    for problem in reading.problems:
        other = problem.data.get("other")
        if problem.span.touches(edit.at) or (other is not None and other.touches(edit.at)):
            continue
        if (problem.code, edit.edited[slice(*problem.span)]) not in complete:
            yield f"{problem.code} on {edit.edited[slice(*problem.span)]!r}"


def lost_fields(edit, reading):
    """The fields away from the edit that are gone, renamed, retyped or elsewhere."""
    owned = list(parts(edit.text))
    if len({field.name for field, *_ in owned}) != len(owned):
        return  # a field that is written twice: which of the two stays is decided by the edit
    if edit.is_prefix:
        names = {field.name for field in reading.fields}
        for field, _, stop in owned:
            if stop < edit.at - 1 and field.name not in names:
                yield field.name
    elif edit.text[edit.at] in ",'\"[]:":
        found = {(f.name, tuple(f.name_span)) for f in reading.fields}
        ordered = sorted(owned, key=lambda part: part[1])
        near = {i for i, (_, start, end) in enumerate(ordered) if start - 2 <= edit.at <= end + 1}
        near |= {i + 1 for i in near}
        for index, (field, _, _) in enumerate(ordered):
            if index not in near and (field.name, shifted(field.name_span, edit.at)) not in found:
                yield field.name
    elif edit.text[edit.at] not in "->":
        found = {(f.name, tuple(f.name_span), f.type_text) for f in reading.fields}
        for field, start, end in owned:
            wanted = (field.name, shifted(field.name_span, edit.at), field.type_text)
            if not start - 1 <= edit.at <= end and wanted not in found:
                yield field.name


def breaches(edits):
    """Each breach of a row of edits, in words, and how long the slowest reading took."""
    for edit in edits:
        started = time.perf_counter()
        reading = read(edit.edited, dialect=DIALECT)
        seconds = time.perf_counter() - started
        where = f"{edit.edited!r} at {edit.at}"
        said = [f"{what} flickers: {where}" for what in flickers(edit, reading)]
        said += [f"field {name} is lost: {where}" for name in lost_fields(edit, reading)]
        yield said, seconds


def main(path: Path) -> int:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    texts = list(dict.fromkeys(row["string"] for row in rows))
    count, slowest, kinds = 0, 0.0, Counter()
    for name, edits in (("prefixes", prefixes(texts)), ("deletions", deletions(texts))):
        for said, seconds in breaches(edits):
            count += 1
            slowest = max(slowest, seconds)
            kinds[name] += len(said)
            for words in said:
                print(f"{name}: {words}")
    print(f"{len(texts)} strings, {count} edits, slowest reading {slowest * 1000:.1f} ms")
    print(", ".join(f"{kinds[name]} breaches in {name}" for name in ("prefixes", "deletions")))
    return 1 if sum(kinds.values()) else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
