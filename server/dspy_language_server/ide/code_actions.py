"""What the light bulb offers: quick fixes, fix-all, rewrites of signatures, logging a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from dspy_language_server.ide import rewriting, to_class
from dspy_language_server.ide.spelling import Edits
from dspy_language_server.program.model import Call, Context, SignatureString
from dspy_language_server.program.program import Program
from dspy_language_server.rules.finding import DocumentFix, Finding
from dspy_language_server.signature.dialect import Dialect
from dspy_language_server.signature.model import Span

ActionKind = Literal["quickfix", "refactor.rewrite", "refactor.extract", "source.fixAll.dspy", ""]


@dataclass(frozen=True)
class Action:
    """One offer: edits by URI, or a command."""

    title: str
    kind: ActionKind
    edits: tuple[tuple[str, Span, str], ...] = ()
    finding: Finding | None = None
    preferred: bool = False
    command: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


def code_actions(
    program: Program, within: Span, findings: Iterable[Finding], dialect: Dialect
) -> list[Action]:
    """All offers for a selection; an empty selection is a caret."""
    findings = list(findings)
    offers = [*_fixes(within, findings), *_rewrites(program, within, dialect)]
    offers += _log(program, within)
    if (fix_all := fix_all_action(findings)) is not None:
        offers.append(fix_all)
    return offers


# Fixes ------------------------------------------------------------------------------------------


def _fixes(within: Span, findings: list[Finding]) -> Iterator[Action]:
    for finding in findings:
        if finding.span.start <= within.end and within.start <= finding.span.end:
            for index, fix in enumerate(finding.fixes):
                preferred = index == 0 and fix.preferred
                yield Action(fix.title, "quickfix", _edits(fix), finding, preferred)


def fix_all_action(findings: list[Finding]) -> Action | None:
    """Every preferred fix that does not collide with one before it, in one edit."""
    edits: list[tuple[str, Span, str]] = []
    count = 0
    for finding in findings:
        best = finding.fixes[0] if finding.fixes else None
        if best is None or not best.preferred:
            continue
        new = _edits(best)
        if any(_collide(a, b) for a in new for b in edits):
            continue
        edits += new
        count += 1
    if not count:
        return None
    return Action("Fix all DSPy problems", "source.fixAll.dspy", tuple(edits))


def _edits(fix: DocumentFix) -> tuple[tuple[str, Span, str], ...]:
    return tuple((edit.uri, edit.span, edit.text) for edit in fix.edits)


def _collide(first: tuple[str, Span, str], second: tuple[str, Span, str]) -> bool:
    a, b = first[1], second[1]
    return first[0] == second[0] and a.start <= b.end and b.start <= a.end


# Rewrites ---------------------------------------------------------------------------------------


def _rewrites(program: Program, within: Span, dialect: Dialect) -> Iterator[Action]:
    context = program.at(within.start)
    string = context.string or _string_at(program, within.start)
    if string is not None and string.literal_uri == program.uri:
        yield from _string_rewrites(program, string, dialect)
    for definition in program.classes():
        header = Span(definition.span.start, definition.name_span.end)
        if definition.kind == "signature" and header.touches(within.start):
            edits = rewriting.class_to_string(program, definition)
            if edits is not None:
                title = f"Convert `{definition.name}` to a string signature"
                yield Action(title, "refactor.rewrite", _own(program, edits))
    for made in program.calls():
        if made.kind == "api" and made.span.touches(within.start):
            rewritten = to_class.dict_to_class(program, made)
            if rewritten is not None:
                name, edits = rewritten
                title = f"Convert to class signature `{name}`"
                yield Action(title, "refactor.extract", _own(program, edits))
    call = context.call or _call_named(program, within.start)
    if call is not None:
        yield from _add_inputs(program, context, call)


def _call_named(program: Program, offset: int) -> Call | None:
    """The call whose callee holds an offset: the caret is before its parentheses."""
    return next((call for call in program.calls() if call.callee_span.touches(offset)), None)


def _string_at(program: Program, offset: int) -> SignatureString | None:
    """The signature string whose literal, quotes included, holds an offset."""
    for string in program.strings():
        if string.span.touches(offset):
            return string
    return None


def _string_rewrites(
    program: Program, string: SignatureString, dialect: Dialect
) -> Iterator[Action]:
    converted = to_class.string_to_class(program, string, dialect)
    if converted is not None:
        name, edits = converted
        title = f"Convert to class signature `{name}`"
        yield Action(title, "refactor.extract", _own(program, edits))
    value = rewriting.normalised(string)
    if value is not None:
        edits = string.replace(Span(0, len(string.value)), value)
        yield Action("Normalise the signature's spacing", "refactor.rewrite", _own(program, edits))


def _add_inputs(program: Program, context: Context, call: Call) -> Iterator[Action]:
    """`, context=context` for the inputs that a predictor's call lacks."""
    if call.kind != "predictor" or call.predictor is None or call.open_ended or call.broken:
        return
    signature = program.predictor_inputs(call.predictor)
    if signature is None or not signature.complete or not call.span.touches(context.offset):
        return
    missing = [f.name for f in signature.inputs if f.name not in call.keywords]
    if not missing:
        return
    at = call.arguments[-1].span.end if call.arguments else call.arguments_span.start + 1
    text = ", ".join(f"{name}={name}" for name in missing)
    names = ", ".join(f"`{name}`" for name in missing)
    title = f"Add missing input{'s' if len(missing) > 1 else ''} {names}"
    edit = (program.uri, Span(at, at), f", {text}" if call.arguments else text)
    yield Action(title, "refactor.rewrite", (edit,))


def _own(program: Program, edits: Edits) -> tuple[tuple[str, Span, str], ...]:
    return tuple((program.uri, span, text) for span, text in edits)


# Logging ----------------------------------------------------------------------------------------


def _log(program: Program, within: Span) -> Iterator[Action]:
    loggable = program.loggable_at(within.start)
    if loggable is not None:
        yield Action(
            f"Log `{loggable.name}` to MLflow",
            "",
            command="dspy.log",
            arguments={"uri": program.uri, "name": loggable.name},
        )
