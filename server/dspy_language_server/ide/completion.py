"""What can be typed next: types in a string, keywords of a call, outputs behind a dot, field names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from dspy_language_server.ide import describe, types_offered
from dspy_language_server.ide.markdown import code, escape
from dspy_language_server.program.model import (
    ApiInstanceValue,
    Argument,
    Call,
    Context,
    ExampleValue,
    ObjectValue,
    Outputs,
    PredictionValue,
    SignatureField,
    SignatureString,
    SignatureValue,
    StringValue,
    Value,
)
from dspy_language_server.program.objects import members
from dspy_language_server.program.program import Program
from dspy_language_server.rules.parameters import parameters
from dspy_language_server.signature.dialect import Dialect, Parameter
from dspy_language_server.signature.model import Role, Span

CompletionKind = Literal["type", "keyword", "output", "field", "operator", "parameter"]


@dataclass(frozen=True)
class Completion:
    """One proposal; `span` is what it replaces."""

    label: str
    kind: CompletionKind
    detail: str
    insert: str
    span: Span
    rank: int
    documentation: str = ""


_WORD = re.compile(r"[^\W\d]\w*\Z")
_TYPE_WORD = re.compile(r"[^\W\d][\w.]*\Z")
_BRACKETS = re.compile(r"([\w.]*)\s*\[|\]")
_IN_STRING = re.compile(r"""["']([^"'\n]*)\Z""")


def complete(program: Program, offset: int, dialect: Dialect) -> list[Completion]:
    """The proposals at an offset, best first; empty outside of what DSPy knows."""
    context = program.at(offset)
    match context.kind:
        case "string" if context.string is not None and context.value_offset is not None:
            found = _in_string(program, context, context.string, dialect)
        case "attribute":
            found = _of_use(context)
        case "member":
            found = _of_member(context)
        case "example":
            found = _names_of_example(context)
        case _ if context.call is not None:
            found = _in_call(program, context, context.call, dialect)
        case _:
            found = iter(())
    unique = {(item.label, item.kind): item for item in reversed(list(found))}
    return sorted(unique.values(), key=lambda item: (item.rank, item.label))


def documentation(program: Program, offset: int, label: str, dialect: Dialect) -> str:
    """What is said about a proposal, asked for when it is looked at."""
    for item in complete(program, offset, dialect):
        if item.label == label:
            return item.documentation
    return ""


# In the string ----------------------------------------------------------------------------------


def _in_string(
    program: Program, context: Context, string: SignatureString, dialect: Dialect
) -> Iterator[Completion]:
    assert context.value_offset is not None
    before = string.value[: context.value_offset]
    if context.part in {"input-type", "output-type"}:
        span = _typed(context, before, _TYPE_WORD)
        inside = _brackets(before[: len(before) - (context.offset - span.start)])
        if inside == "Literal":
            return  # values are wanted, not types
        types = types_offered.offered(program, string, dialect, nested=bool(inside))
        for rank, item in enumerate(types):
            text = f"Type {code(item.name)} · {escape(item.origin)}"
            if item.subscript:
                text += f"\n\nWritten {code(f'{item.name}[{item.subscript}]')}"
            yield Completion(item.name, "type", item.origin, item.name, span, rank, text)
        return
    span = _typed(context, before, _WORD)
    role = Role.OUTPUT if "->" in before else Role.INPUT
    taken = {field.name for field in string.reading.fields}
    for rank, (name, why) in enumerate(_wished_fields(program, string, role)):
        if name not in taken:
            yield Completion(name, "field", why, name, span, rank, escape(why))
    if "->" not in string.value and before.strip() and before[-1:].isspace():
        at = Span(context.offset, context.offset)
        yield Completion("->", "operator", "outputs follow", "-> ", at, 99)


def _brackets(before: str) -> str:
    """The name whose brackets are open at the end of a text; empty outside of brackets."""
    open_names: list[str] = []
    for found in _BRACKETS.finditer(before):
        if found[0].endswith("["):
            open_names.append(found[1].rpartition(".")[2] or "?")
        elif open_names:
            open_names.pop()
    return open_names[-1] if open_names else ""


def _wished_fields(
    program: Program, string: SignatureString, role: Role
) -> Iterator[tuple[str, str]]:
    """Names that the program uses and the signature lacks, then those of its other signatures."""
    signature = string.signature
    for call in program.calls() if role is Role.INPUT else ():
        predictor = call.predictor
        if call.kind == "predictor" and predictor is not None and predictor.declared is signature:
            for name in call.keywords:
                yield name, "passed by a call of this predictor"
    if role is Role.OUTPUT:
        for unit in program.units:
            for use in unit.uses:
                made = use.outputs.predictor if use.outputs is not None else None
                if made is not None and made.declared is signature and use.kind != "get":
                    yield use.name, "used from this predictor's prediction"
    for other in program.strings():
        if other is not string:
            for field in other.reading.fields:
                if field.role is role:
                    yield field.name, "a field of another signature of this file"


def _typed(context: Context, before: str, word: re.Pattern[str]) -> Span:
    """The span of what has been typed of the word before the caret."""
    found = word.search(before)
    return Span(context.offset - len(found.group() if found else ""), context.offset)


# Behind a dot -----------------------------------------------------------------------------------


def _carried(value: Value) -> Outputs | None:
    return value.outputs if isinstance(value, PredictionValue) else None


def _of_member(context: Context) -> Iterator[Completion]:
    """What stands behind the dot of a prediction, or of what one of its fields holds."""
    if not isinstance(context.receiver, ObjectValue):
        yield from _outputs(context, _carried(context.receiver))
        return
    span = Span(context.offset - len(_prefix(context)), context.offset)
    for rank, member in enumerate(members(context.receiver.definition).values()):
        text = describe.member_line(member)
        detail = member.type_text or "method"
        yield Completion(member.name, "output", detail, member.name, span, rank, text)


def _of_use(context: Context) -> Iterator[Completion]:
    use = context.use
    if use is not None and use.demo is not None and use.demo.effective is not None:
        return _fields(context, use.demo.effective.fields)
    if use is not None and use.example is not None:
        return _names(context, use.example.fields)
    outputs = use.outputs if use is not None else None
    return _outputs(context, outputs or _carried(context.receiver))


def _fields(context: Context, fields: Iterable[SignatureField]) -> Iterator[Completion]:
    span = Span(context.offset - len(_prefix(context)), context.offset)
    for rank, field in enumerate(f for f in fields if f.origin != "added"):
        text = describe.field_line(field)
        yield Completion(field.name, "field", describe.type_of(field), field.name, span, rank, text)


def _names(context: Context, names: Iterable[str]) -> Iterator[Completion]:
    span = Span(context.offset - len(_prefix(context)), context.offset)
    for rank, name in enumerate(names):
        yield Completion(name, "field", "field", name, span, rank)


def _outputs(context: Context, outputs: Outputs | None) -> Iterator[Completion]:
    span = Span(context.offset - len(_prefix(context)), context.offset)
    for rank, (name, field) in enumerate(outputs.fields.items() if outputs is not None else ()):
        detail = describe.type_of(field) if field is not None else "output"
        text = describe.field_line(field) if field is not None else ""
        yield Completion(name, "output", detail, name, span, rank, text)


def _prefix(context: Context) -> str:
    """The part of the name that is before the caret."""
    return context.name[: max(context.offset - context.span.start, 0)]


# In a call --------------------------------------------------------------------------------------


def _in_call(
    program: Program, context: Context, call: Call, dialect: Dialect
) -> Iterator[Completion]:
    """Keywords that are still missing; names of fields in the strings of a signature's methods."""
    if not call.arguments_span.start < context.offset <= call.arguments_span.end:
        return
    argument = context.argument
    if argument is not None and argument.kind == "keyword" and context.kind != "keyword":
        return  # behind `name=`: a value is wanted
    quoted = _quoted(program, call, context.offset)
    if quoted is not None:
        yield from _names_in_quotes(program, call, context, quoted)
        return
    prefix = _word_before(program, call, context.offset)
    if prefix is None:
        return
    span = Span(context.offset - len(prefix), context.offset)
    if call.kind == "with_inputs":
        for rank, name in enumerate(_inputs_left(call, argument)):
            yield Completion(name, "field", "field", f'"{name}"', span, rank)
        return
    given = {a.name for a in call.arguments if a is not argument} | _positional(
        call, argument, dialect
    )
    offered = sorted(_keywords(program, call, dialect), key=lambda item: item.rank)
    for rank, item in enumerate(offered):
        if item.label not in given:
            yield Completion(
                item.label, item.kind, item.detail, f"{item.label}=", span, rank, item.documentation
            )


def _positional(call: Call, argument: Argument | None, dialect: Dialect) -> set[str]:
    """Parameters of a constructor that are given by their position."""
    given = [a for a in call.positional if a is not argument]
    if call.kind == "api" and call.predictor is not None:
        return {"signature"} if given else set()
    known = [p.name for p in _parameters(call, dialect) if p.kind.startswith("positional")]
    return set(known[: len(given)])


def _inputs_left(call: Call, argument: Argument | None) -> Iterator[str]:
    """The fields of an example that `with_inputs` does not name yet."""
    if not isinstance(call.receiver, ExampleValue):
        return
    given = {
        a.value.literal.value
        for a in call.arguments
        if a is not argument and isinstance(a.value, StringValue)
    }
    yield from (name for name in call.receiver.example.fields if name not in given)


def _keywords(program: Program, call: Call, dialect: Dialect) -> Iterator[Completion]:
    """What a call takes by keyword; the span is filled in by the caller."""
    nowhere = Span(0, 0)
    if call.kind == "predictor" and call.predictor is not None:
        signature = program.predictor_inputs(call.predictor)
        for field in signature.inputs if signature is not None else ():
            text = describe.field_line(field)
            yield Completion(field.name, "keyword", describe.type_of(field), "", nowhere, 0, text)
    elif call.kind in {"module", "class"} and call.definition is not None:
        ask = program.module_parameters if call.kind == "module" else program.constructor_parameters
        for parameter in ask(call.definition) or ():
            if parameter.kind in {"positional", "keyword"}:
                detail = parameter.type_text or "parameter"
                yield Completion(parameter.name, "parameter", detail, "", nowhere, 0)
    elif call.kind == "api" and call.api == "Example":
        yield from _example_keywords(program)
    else:
        for given in _parameters(call, dialect):
            if not given.kind.startswith("var_") and not given.name.startswith("_"):
                detail = "required" if given.required else "optional"
                if given.default is not None and not given.required:
                    detail = f"= {given.default}"
                rank = 0 if given.required else 1
                yield Completion(given.name, "parameter", detail, "", nowhere, rank)


def _parameters(call: Call, dialect: Dialect) -> Iterable[Parameter]:
    """What a constructor of DSPy takes, or a method of an optimizer or `Evaluate`."""
    if call.kind == "api" and call.api is not None:
        api = dialect.api(call.api)
        if api is not None:
            return api.parameters
        return parameters(dialect.version, call.api) or ()
    if call.kind == "method" and isinstance(call.receiver, ApiInstanceValue):
        return parameters(dialect.version, call.receiver.api, call.method) or ()
    return ()


def _example_keywords(program: Program) -> Iterator[Completion]:
    """Fields of the file's signatures: what its examples most likely carry."""
    return (_field_completion(field) for field in _declared(program))


def _declared(program: Program) -> Iterator[SignatureField]:
    """The fields of the file's signatures."""
    for string in program.strings():
        yield from string.signature.fields if string.signature is not None else ()
    for definition in program.classes():
        yield from definition.signature.fields if definition.signature is not None else ()


def _field_completion(field: SignatureField) -> Completion:
    return Completion(
        field.name,
        "field",
        describe.type_of(field),
        "",
        Span(0, 0),
        0,
        describe.field_line(field),
    )


def _new_fields(program: Program, call: Call) -> list[str]:
    """Names for a field that is being added: those of the file's other signatures."""
    receiver = call.receiver
    taken = (
        {f.name for f in receiver.signature.fields} if isinstance(receiver, SignatureValue) else ()
    )
    return [item.label for item in _example_keywords(program) if item.label not in taken]


def _names_in_quotes(
    program: Program, call: Call, context: Context, typed: str
) -> Iterator[Completion]:
    """Existing names: in `with_inputs("…")`, `delete("…")`, `with_updated_fields("…")`."""
    span = Span(context.offset - len(typed), context.offset)
    names: Iterable[str] = ()
    if call.kind == "with_inputs":
        names = _inputs_left(call, context.argument)
    elif call.kind == "signature" and call.method in {"append", "prepend", "insert"}:
        names = _new_fields(program, call)
    elif (
        call.kind == "signature"
        and call.method in {"delete", "with_updated_fields"}
        and isinstance(call.receiver, SignatureValue)
    ):
        names = [field.name for field in call.receiver.signature.fields]
    elif call.api == "StreamListener":
        names = [field.name for field in _declared(program) if field.role is Role.OUTPUT]
    for rank, name in enumerate(names):
        yield Completion(name, "field", "field", name, span, rank)


def _names_of_example(context: Context) -> Iterator[Completion]:
    """Inside of `with_inputs("…")`, where the program knows it as such."""
    call = context.call
    if call is None:
        return
    if call.kind == "with_inputs" and isinstance(call.receiver, ExampleValue):
        yield from _names(context, _inputs_left(call, context.argument))


def _quoted(program: Program, call: Call, offset: int) -> str | None:
    """What is typed of a plain string before the caret; None outside of one."""
    start = call.arguments_span.start
    line = program.document.line_start(program.document.line_at(offset))
    before = program.document.slice(Span(max(start, line), offset))
    found = _IN_STRING.search(before)
    if found is None or (before.count('"') % 2 == 0 and before.count("'") % 2 == 0):
        return None
    return found.group(1)


def _word_before(program: Program, call: Call, offset: int) -> str | None:
    """The word before the caret where a keyword can stand: behind `(`, a comma, or nothing else."""
    before = program.document.slice(Span(call.arguments_span.start, offset))
    found = _WORD.search(before)
    word = found.group() if found else ""
    rest = before[: len(before) - len(word)].rstrip()
    return word if rest.endswith(("(", ",")) else None
