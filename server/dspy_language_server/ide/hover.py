"""What a person reads with the mouse on a string, a field, a keyword, an output or a predictor."""

from __future__ import annotations

import re
from typing import NamedTuple

from dspy_language_server.ide import describe, navigation
from dspy_language_server.ide.markdown import code, escape
from dspy_language_server.program.model import (
    ApiInstanceValue,
    ClassValue,
    Context,
    ExampleValue,
    InstanceValue,
    PredictionValue,
    PredictorValue,
    Signature,
    SignatureValue,
    Value,
)
from dspy_language_server.program.objects import member_of
from dspy_language_server.program.parameters import ModuleParameter
from dspy_language_server.program.program import Program
from dspy_language_server.rules import catalog
from dspy_language_server.rules.rule import Rule
from dspy_language_server.signature.model import Span

_CODE_IN_COMMENT = re.compile(r"DSP\d{3}")
_SUPPRESSION = re.compile(r"#\s*dspy:\s*ignore")


class Hover(NamedTuple):
    """Markdown about a span."""

    span: Span
    markdown: str


def hover(program: Program, offset: int) -> Hover | None:
    """The hover at an offset, or None outside what DSPy knows."""
    context = program.at(offset)
    match context.kind:
        case "string":
            return _string(context)
        case "field" | "keyword" | "attribute" | "example" if context.field is not None:
            return Hover(context.span, describe.field_line(context.field))
        case "keyword":
            found = navigation.parameter_under(program, context)
            return None if found is None else Hover(found.span, _parameter(found))
        case "member" if (member := member_of(context)) is not None:
            return Hover(context.span, describe.member_line(member))
        case "attribute" | "name" | "member":
            text = _value(program, context.value)
            return None if text is None else Hover(context.span, text)
        case _:
            return _rule(program, offset)


def _string(context: Context) -> Hover | None:
    string = context.string
    if string is None or string.signature is None:
        return None
    parts = []
    if context.field is not None:
        parts.append(describe.field_line(context.field))
    parts.append(f"{escape(string.callee)}\n\n{describe.signature_table(_shown(context))}")
    span = context.span if context.field is not None else string.span
    return Hover(span, "\n\n---\n\n".join(parts))


def _shown(context: Context) -> Signature:
    """The signature of the string, with what its API adds."""
    assert context.string is not None
    assert context.string.signature is not None
    result = context.string.call.result
    effective = result.predictor.effective if isinstance(result, PredictorValue) else None
    return effective or context.string.signature


def _parameter(found: ModuleParameter) -> str:
    """A parameter of a module's method, which its calls give by keyword."""
    function, parameter = found.functions[0], found.parameter
    declared = parameter.name
    if parameter.type_text:
        declared += f": {parameter.type_text}"
    owner = f"{function.owner.name}." if function.owner is not None else ""
    return f"Parameter {code(declared)} of {code(owner + function.name)}"


def _value(program: Program, value: Value) -> str | None:
    match value:
        case PredictorValue(predictor=predictor):
            return describe.predictor_text(predictor)
        case SignatureValue(signature=signature):
            return describe.signature_text(signature)
        case ClassValue(definition=definition) if definition.kind == "signature":
            return describe.signature_text(definition.signature) if definition.signature else None
        case ClassValue(definition=definition) | InstanceValue(definition=definition) if (
            definition.kind == "module"
        ):
            return describe.module_text(program, definition)
        case PredictionValue(outputs=outputs) if outputs.fields:
            return f"Prediction with {describe.outputs_list(outputs)}"
        case ExampleValue(example=example) if example.fields:
            return "Example with " + ", ".join(code(name) for name in example.fields)
        case ApiInstanceValue(api=api):
            return f"{code('dspy.' + api)}"
        case _:
            return None


def _rule(program: Program, offset: int) -> Hover | None:
    """A rule's code in a comment `# dspy: ignore[DSP101]`: what the rule is about."""
    text = program.document.text
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : len(text) if end < 0 else end]
    if not _SUPPRESSION.search(line):
        return None
    for found in _CODE_IN_COMMENT.finditer(line):
        span = Span(start + found.start(), start + found.end())
        rule = catalog.rule(found.group())
        if rule is not None and span.touches(offset):
            return Hover(span, _explained(rule))
    return None


def _explained(rule: Rule) -> str:
    """What a rule is about, what DSPy does, and the way to the whole page."""
    does = catalog.what_dspy_does(rule.code)
    link = f"[The whole page]({catalog.page_address(rule.code)})"
    return f"**{rule.code}** {escape(rule.name)}\n\n{escape(rule.summary)}\n\n{does}\n\n{link}"
