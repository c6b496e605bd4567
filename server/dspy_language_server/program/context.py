"""The answer to "what is under this offset?"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dspy_language_server.program.analysis import Analysis
from dspy_language_server.program.judged import judged, judgings
from dspy_language_server.program.meant import meant
from dspy_language_server.program.model import (
    Argument,
    Call,
    ClassValue,
    Context,
    ExampleValue,
    InstanceValue,
    PredictionValue,
    PredictorValue,
    SignatureField,
    SignatureString,
    SignatureValue,
    StringPart,
    StringValue,
    Unit,
    Use,
)
from dspy_language_server.signature.model import Span

_LONGEST_KEY = 200
_NAMED = (ClassValue, InstanceValue, PredictorValue, SignatureValue)


def context_at(analysis: Analysis, offset: int) -> Context:
    """What is under an offset of a document."""
    units = [unit for unit in analysis.units_at(offset) if unit.span.touches(offset)]
    context = (
        _in_string(analysis, units, offset)
        or _on_use(units, offset)
        or _on_parameter_use(analysis, units, offset)
        or _on_keyword(analysis, units, offset)
        or _in_name_string(analysis, units, offset)
        or _on_field(units, offset)
        or _on_name(units, offset)
        or _on_key(analysis, offset)
        or Context("nothing", offset, Span(offset, offset))
    )
    if context.unit is None and units:
        context.unit = units[-1]
    _around(context, units, offset)
    return context


# ------------------------------------------------------------------------------ strings


def _in_string(analysis: Analysis, units: Sequence[Unit], offset: int) -> Context | None:
    for unit in units:
        for string in unit.strings:
            if string.literal_uri == analysis.uri:
                found = string.value_offset(offset)
                if found is not None:
                    return _string_context(unit, string, offset, found)
    # A string that is assigned to a name stands elsewhere than the call that reads it.
    for unit in analysis.units():
        for string in unit.strings:
            if string.literal_anchor.uri == analysis.uri:
                found = string.value_offset(offset)
                if found is not None:
                    return _string_context(unit, string, offset, found)
    return None


def _string_context(unit: Unit, string: SignatureString, offset: int, at: int) -> Context:
    part, word = part_at(string.value, at)
    span = string.source_span(word)
    if word.start == word.end:
        span = Span(offset, offset)
    name = string.value[word.start : word.end]
    field = None
    if string.signature is not None:
        for each in string.signature.fields:
            read = each.reading
            if read is None:
                continue
            inside = read.name_span.touches(at) or (
                read.type_span is not None and read.type_span.touches(at)
            )
            if inside:
                field = each
    return Context(
        "string",
        offset,
        span,
        name,
        unit=unit,
        string=string,
        value_offset=at,
        part=part,
        field=field,
    )


def part_at(value: str, at: int) -> tuple[StringPart, Span]:
    """The part of a signature string at an offset of its value, and the word there."""
    arrow = value.find("->")
    if arrow >= 0 and arrow < at < arrow + 2:
        return "arrow", Span(arrow, arrow + 2)
    output = arrow >= 0 and at >= arrow + 2
    begin = arrow + 2 if output else 0
    depth = 0
    typed = False
    quote = ""
    for character in value[begin:at]:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth = max(0, depth - 1)
        elif character == ":" and not depth:
            typed = True
        elif character == "," and not depth:
            typed = False
    start = at
    while start > begin and _is_word(value[start - 1], dotted=typed):
        start -= 1
    end = at
    while end < len(value) and _is_word(value[end], dotted=False):
        end += 1
    if typed:
        return ("output-type" if output else "input-type"), Span(start, end)
    return ("output" if output else "input"), Span(start, end)


def _is_word(character: str, *, dotted: bool) -> bool:
    return character.isalnum() or character == "_" or (dotted and character == ".")


# ---------------------------------------------------------------------------- uses, names


def _on_use(units: Sequence[Unit], offset: int) -> Context | None:
    for unit in units:
        for use in unit.uses:
            if use.uri == unit.anchor.uri and use.span.touches(offset):
                return _use_context(unit, use, offset)
    return None


def _use_context(unit: Unit, use: Use, offset: int) -> Context:
    made = Context("attribute", offset, use.span, use.name, unit=unit, use=use, field=use.field)
    made.fields = use.fields
    if use.outputs is not None:
        made.receiver = PredictionValue(use.outputs)
    return made


def _on_key(analysis: Analysis, offset: int) -> Context | None:
    """A key of a dict with a name: `DEMOS = [{"question": …}]`, which another statement uses."""
    if not _in_quotes(analysis, offset):
        return None
    for other in (analysis, *analysis.host.importers(analysis.uri)):
        for unit in other.units():
            for use in unit.uses:
                if use.uri == analysis.uri and use.span.touches(offset):
                    return _use_context(unit, use, offset)
            for field in _of_dicts(unit):
                span = field.name_span
                if span is None or field.anchor is None or field.anchor.uri != analysis.uri:
                    continue
                if span.touches(offset):
                    return Context("field", offset, span, field.name, unit=unit, field=field)
    return None


def _in_quotes(analysis: Analysis, offset: int) -> bool:
    """Whether an offset is within or beside a name in quotes."""
    before = analysis.document.slice(Span(max(0, offset - _LONGEST_KEY), offset))
    at = len(before)
    while at > 0 and _is_word(before[at - 1], dotted=False):
        at -= 1
    return before[max(at - 1, 0) : at] in {'"', "'"}


def _on_parameter_use(analysis: Analysis, units: Sequence[Unit], offset: int) -> Context | None:
    """`pred.answer` in a metric: what the program that it judges yields."""
    for unit in units:
        for use in unit.parameter_uses:
            if use.span.touches(offset):
                value = judged(use.parameter, judgings(analysis.host.analyses()))
                if not isinstance(value, PredictionValue):
                    continue
                declared = value.outputs.declarations(use.name)
                return Context(
                    "attribute",
                    offset,
                    use.span,
                    use.name,
                    unit=unit,
                    field=declared[0] if declared else None,
                    fields=declared,
                    receiver=value,
                )
    return None


def _on_keyword(analysis: Analysis, units: Sequence[Unit], offset: int) -> Context | None:
    for unit in units:
        for call in unit.calls:
            if call.kind not in {"predictor", "module", "api", "signature", "class", "function"}:
                continue
            for argument in call.arguments:
                span = argument.name_span
                if span is None or not span.touches(offset):
                    continue
                kind = "example" if call.api in {"Example", "Prediction"} else "keyword"
                return Context(
                    "example" if kind == "example" else "keyword",
                    offset,
                    span,
                    argument.name or "",
                    unit=unit,
                    call=call,
                    argument=argument,
                    field=_given(analysis, call, argument.name or ""),
                )
    return None


def _given(analysis: Analysis, call: Call, name: str) -> SignatureField | None:
    """The field that a keyword gives."""
    if call.api == "Prediction" and isinstance(call.result, PredictionValue):
        return call.result.outputs.fields.get(name)
    if call.api == "Example":
        return meant(analysis, call.keywords, name)
    return input_field(call, name)


def input_field(call: Call, name: str) -> SignatureField | None:
    """The input that a keyword of a predictor's call gives."""
    if call.kind != "predictor" or call.predictor is None or call.predictor.effective is None:
        return None
    return next((f for f in call.predictor.effective.inputs if f.name == name), None)


def _in_name_string(analysis: Analysis, units: Sequence[Unit], offset: int) -> Context | None:
    """A string that names a field: `with_inputs("question")`, `.delete("answer")`."""
    for unit in units:
        for call in unit.calls:
            if call.kind not in {"with_inputs", "signature"}:
                continue
            for argument in call.arguments:
                if argument.value_kind == "string" and _inside(argument, offset):
                    return _name_string(analysis, unit, call, argument, offset)
    return None


def _inside(argument: Argument, offset: int) -> bool:
    return argument.value_span.start < offset < argument.value_span.end


def _name_string(
    analysis: Analysis, unit: Unit, call: Call, argument: Argument, offset: int
) -> Context | None:
    value = argument.value
    if not isinstance(value, StringValue):
        return None
    text = value.literal.value
    span = value.anchor.absolute(value.literal.source_span(Span(0, len(text))))
    if not span.touches(offset):
        return None
    field = None
    if call.kind == "signature":
        if isinstance(call.result, SignatureValue):
            field = call.result.signature.field(text)
        if field is None and isinstance(call.receiver, SignatureValue):
            field = call.receiver.signature.field(text)
    elif isinstance(call.receiver, ExampleValue):
        field = meant(analysis, call.receiver.example.fields, text)
    kind = "example" if call.kind == "with_inputs" else "field"
    return Context(
        "example" if kind == "example" else "field",
        offset,
        span,
        text,
        unit=unit,
        call=call,
        argument=argument,
        field=field,
        receiver=call.receiver,
    )


def _on_field(units: Sequence[Unit], offset: int) -> Context | None:
    for unit in units:
        for field in _declared(unit):
            span = field.name_span
            if span is not None and span.touches(offset):
                return Context("field", offset, span, field.name, unit=unit, field=field)
    return None


def _declared(unit: Unit) -> list[SignatureField]:
    """The fields of classes and dicts that are declared in a unit."""
    found: list[SignatureField] = []
    for definition in unit.classes:
        if definition.signature is not None:
            found += definition.signature.fields
            found += definition.signature.shadowed
    found += _of_dicts(unit)
    return [field for field in found if field.anchor is unit.anchor]


def _of_dicts(unit: Unit) -> Iterator[SignatureField]:
    """The fields of the dicts that a unit makes signatures of."""
    for call in unit.calls:
        if isinstance(call.result, SignatureValue) and call.result.signature.kind == "dict":
            yield from call.result.signature.fields


def _on_name(units: Sequence[Unit], offset: int) -> Context | None:
    found: Context | None = None
    for unit in units:
        for use in unit.names:
            if not use.span.touches(offset):
                continue
            if isinstance(use.value, _NAMED):
                found = Context("name", offset, use.span, use.text, unit=unit, value=use.value)
                found.receiver = use.receiver
            elif found is None and use.receiver.known:
                found = Context(
                    "member", offset, use.span, use.text, unit=unit, receiver=use.receiver
                )
                found.value = use.value
    return found


# ------------------------------------------------------------------------------- calls


def _around(context: Context, units: Sequence[Unit], offset: int) -> None:
    """The innermost call whose parentheses hold the offset."""
    best: Call | None = None
    for unit in units:
        for call in unit.calls:
            start, end = call.arguments_span
            inside = start < offset < end or (offset == end and call.broken and start < offset)
            if inside and (best is None or start > best.arguments_span.start):
                best = call
    if best is None:
        return
    if context.call is None:
        context.call = best
    context.active = _active(best, offset)
    if context.argument is None and context.active is not None:
        context.argument = best.arguments[context.active]
    if context.kind == "nothing":
        context.kind = "argument"


def _active(call: Call, offset: int) -> int | None:
    for index, argument in enumerate(call.arguments):
        if argument.span.start <= offset <= argument.span.end:
            return index
    return None
