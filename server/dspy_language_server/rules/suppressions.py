"""`# dspy: ignore` comments: what they silence, and which of them silence nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from dspy_language_server.program.program import Program
from dspy_language_server.rules.finding import DocumentEdit, DocumentFix, Finding, Place
from dspy_language_server.rules.nearest import nearest
from dspy_language_server.rules.rule import Family, Rule
from dspy_language_server.signature.model import Severity, Span
from dspy_language_server.source.stretch import Stretch

UNUSED = Rule(
    "DSP901", "unused-suppression", Severity.HINT, "A suppression comment silences nothing."
)
UNKNOWN_CODE = Rule(
    "DSP902", "unknown-code", Severity.WARNING, "A suppression comment names a code that is none."
)

COMMENT = re.compile(r"#\s*dspy:\s*ignore(?!\w)(?:\s*\[(?P<codes>[^\]\n]*)\])?")
MARKER = re.compile(r"dspy:\s*ignore")
CODE = re.compile(r"[^\s,]+")
FAMILY = Family("Suppressions", (UNUSED, UNKNOWN_CODE))


@dataclass(eq=False)
class Suppression:
    """One comment."""

    stretch: Stretch
    span: Span
    line: int
    codes: tuple[tuple[str, Span], ...] | None
    """The codes and where they stand; None silences every code."""
    used: set[str] = field(default_factory=set)

    def silences(self, finding: Finding, lines: tuple[int, int]) -> bool:
        """Whether it stands on one of the statement's lines and means the finding's code."""
        if self.line not in lines:
            return False
        if self.codes is None:
            self.used.add("")
            return True
        if any(code == finding.code for code, _ in self.codes):
            self.used.add(finding.code)
            return True
        return False


def suppressions(program: Program) -> list[Suppression]:
    """Every suppression comment of the document, in order."""
    document = program.document
    found = []
    for stretch in document.stretches:
        if "dspy:" not in stretch.text or not MARKER.search(stretch.text):
            continue
        start = stretch.anchor.start
        for match in COMMENT.finditer(stretch.text):
            if not _in_comment(stretch, match.start()):
                continue
            codes = None
            if match["codes"] is not None:
                at = start + match.start("codes")
                codes = tuple(
                    (m.group(), Span(at + m.start(), at + m.end()))
                    for m in CODE.finditer(match["codes"])
                )
            span = Span(start + match.start(), start + match.end())
            found.append(Suppression(stretch, span, document.line_at(span.start), codes))
    return found


def _in_comment(stretch: Stretch, offset: int) -> bool:
    byte = len(stretch.text[:offset].encode("utf-8", "replace"))
    node = stretch.tree.root_node.descendant_for_byte_range(byte, byte + 1)
    return node is not None and node.type == "comment"


def silence(program: Program, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings that no comment silences, and one for each comment or code without effect."""
    comments = suppressions(program)
    if not comments:
        yield from findings
        return
    for finding in findings:
        lines = statement_lines(program, finding.span.start)
        silencing = [s for s in comments if s.silences(finding, lines)]
        if not silencing:
            yield finding
    for comment in comments:
        yield from _unused(comment)


def statement_lines(program: Program, offset: int) -> tuple[int, int]:
    """The first and last line of the statement at an offset; of a compound one, of its header."""
    document = program.document
    stretch = document.stretches[document.index_at(offset)]
    start = stretch.anchor.start
    byte = len(stretch.text[: offset - start].encode("utf-8", "replace"))
    node: Node | None = stretch.tree.root_node.descendant_for_byte_range(byte, byte)
    while node is not None and node.parent is not None:
        if node.parent.type in {"block", "module"} and node.type != "block":
            break
        node = node.parent
    if node is None or node.parent is None:
        line = document.line_at(offset)
        return line, line
    definition = node.child_by_field_name("definition") or node
    body = definition.child_by_field_name("body") or definition.child_by_field_name("consequence")
    end = node.end_byte if body is None else max(body.start_byte - 1, node.start_byte)
    first = document.line_at(start + stretch.offset(node.start_byte))
    last = document.line_at(start + stretch.offset(end))
    if body is not None:
        last = _header_end(program, start + stretch.offset(body.start_byte), first)
    return first, last


def _header_end(program: Program, body: int, first: int) -> int:
    """The line of the colon before a body."""
    document = program.document
    line = document.line_at(body)
    while line > first:
        text = document.line_text(line - 1 if line == document.line_at(body) else line)
        line -= 1
        if text.split("#")[0].rstrip().endswith(":"):
            return line
    return first


def _unused(comment: Suppression) -> Iterator[Finding]:
    from dspy_language_server.rules.catalog import CODES  # noqa: PLC0415 - the catalog imports this

    whole = Place.of(comment.stretch.anchor, comment.span)
    remove = DocumentFix("Remove the comment", (DocumentEdit(whole, ""),))
    if comment.codes is None:
        if not comment.used:
            yield UNUSED.at(whole, "Nothing is silenced by this comment.", fixes=(remove,))
        return
    for code, span in comment.codes:
        place = Place.of(comment.stretch.anchor, span)
        if code not in CODES:
            meant = nearest(code, CODES)
            fix = DocumentFix(f"Write `{meant}`", (DocumentEdit(place, meant),)) if meant else None
            yield UNKNOWN_CODE.at(
                place,
                f"`{code}` is no code of DSPy Companion.",
                fixes=(fix,),
                data={"name": code, "nearest": meant},
            )
        elif code not in comment.used:
            yield UNUSED.at(
                place,
                f"No {code} is silenced by this comment.",
                fixes=(remove,) if len(comment.codes) == 1 else (),
                data={"name": code},
            )
