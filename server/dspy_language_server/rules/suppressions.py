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

UNREADABLE = Rule(
    "DSP900", "unreadable-file", Severity.ERROR, "The file cannot be read as Python or a notebook."
)
UNUSED = Rule(
    "DSP901", "unused-suppression", Severity.HINT, "A suppression comment silences nothing."
)
UNKNOWN_CODE = Rule(
    "DSP902", "unknown-code", Severity.WARNING, "A suppression comment names a code that is none."
)

COMMENT = re.compile(r"#\s*dspy:\s*ignore(?!\w)(?:\s*\[(?P<codes>[^\]\n]*)\])?")
MARKER = re.compile(r"dspy:\s*ignore")
CODE = re.compile(r"[^\s,]+")
BODIES = frozenset({"block", "module"})
CLAUSES = frozenset(
    {"elif_clause", "else_clause", "except_clause", "finally_clause", "case_clause", "decorator"}
)
FAMILY = Family("Suppressions", (UNREADABLE, UNUSED, UNKNOWN_CODE))


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


def may_suppress(stretch: Stretch) -> bool:
    """Whether a stretch may hold a suppression comment."""
    return "dspy:" in stretch.text and MARKER.search(stretch.text) is not None


def suppressions(program: Program, stretches: Iterable[Stretch]) -> list[Suppression]:
    """Every suppression comment of those stretches of a document, in order."""
    document = program.document
    found = []
    for stretch in stretches:
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


def silence(
    program: Program, stretches: Iterable[Stretch], findings: Iterable[Finding]
) -> Iterator[Finding]:
    """The findings that no comment silences, and one for each comment or code without effect.

    Args:
        program: The document.
        stretches: Those that may hold a comment, in order.
        findings: What was found in the document.
    """
    comments = suppressions(program, stretches)
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
    node = _statement(stretch.tree.root_node.descendant_for_byte_range(byte, byte))
    if node is None:
        line = document.line_at(offset)
        return line, line
    end = node.end_byte
    for child in (node.child_by_field_name("definition") or node).children:
        if child.type == ":":
            end = child.end_byte
            break
    return (
        document.line_at(start + stretch.offset(node.start_byte)),
        document.line_at(start + stretch.offset(end)),
    )


def _statement(node: Node | None) -> Node | None:
    """The innermost statement or clause that holds a node."""
    while node is not None and node.parent is not None:
        if node.type in CLAUSES or (node.parent.type in BODIES and node.type not in BODIES):
            return node
        node = node.parent
    return None


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
