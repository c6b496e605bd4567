"""The inputs of the predictor or module whose call is being typed, the active one marked."""

from __future__ import annotations

from dataclasses import dataclass

from dspy_language_server.ide import describe
from dspy_language_server.ide.markdown import paragraph
from dspy_language_server.program.model import Call, Context
from dspy_language_server.program.program import Program


@dataclass(frozen=True)
class ShownParameter:
    """One input: where it stands in the label, and what is known about it."""

    start: int
    end: int
    documentation: str


@dataclass(frozen=True)
class Help:
    """A label with its parameters; `active` is None where none of them is meant."""

    label: str
    parameters: tuple[ShownParameter, ...]
    active: int | None
    documentation: str


@dataclass(frozen=True)
class _Input:
    name: str
    text: str
    documentation: str


def signature_help(program: Program, offset: int) -> Help | None:
    """Help for the innermost call of a predictor or custom module around an offset."""
    context = program.at(offset)
    call = context.call
    if call is None or not call.arguments_span.start < offset:
        return None
    inputs, outputs, about = _inputs(program, call)
    if inputs is None:
        return None
    label = f"{_callee(call)}("
    shown = []
    for index, item in enumerate(inputs):
        label += ", " if index else ""
        shown.append(ShownParameter(len(label), len(label) + len(item.text), item.documentation))
        label += item.text
    label += ")"
    if outputs:
        label += f" -> {outputs}"
    return Help(label, tuple(shown), _active(context, call, inputs), about)


def _inputs(program: Program, call: Call) -> tuple[list[_Input] | None, str, str]:
    """The inputs of a call, its outputs in words, and its instructions."""
    if call.kind == "predictor" and call.predictor is not None:
        signature = program.predictor_inputs(call.predictor)
        if signature is None:
            return None, "", ""
        shown = call.predictor.effective or signature
        inputs = [
            _Input(f.name, describe.declaration(f), paragraph(f.description or ""))
            for f in signature.inputs
        ]
        outputs = ", ".join(describe.declaration(f) for f in shown.outputs)
        return inputs, outputs, paragraph(signature.instructions or "")
    if call.kind == "module" and call.definition is not None:
        parameters = program.module_parameters(call.definition)
        if parameters is None:
            return None, "", ""
        inputs = []
        for p in parameters:
            text = p.name if p.type_text is None else f"{p.name}: {p.type_text}"
            text += "" if p.default_text is None else f" = {p.default_text}"
            inputs.append(_Input(p.name, text, ""))
        made = program.outputs(call.definition)
        outputs = ", ".join(made.fields) if made is not None else ""
        return inputs, outputs, paragraph(call.definition.docstring or "")
    return None, "", ""


def _callee(call: Call) -> str:
    if call.definition is not None:
        return call.definition.name
    predictor = call.predictor
    return (predictor.name or predictor.api) if predictor is not None else ""


def _active(context: Context, call: Call, inputs: list[_Input]) -> int | None:
    """The keyword that the caret is in; between arguments the first input that is missing."""
    names = [item.name for item in inputs]
    argument = context.argument
    if argument is None and context.active is not None and context.active < len(call.arguments):
        argument = call.arguments[context.active]
    if argument is not None and argument.kind == "keyword":
        return names.index(argument.name) if argument.name in names else None
    if call.kind == "module" and argument is not None and argument in call.positional:
        return min(call.positional.index(argument), len(names) - 1) if names else None
    missing = [n for n in names if n not in call.keywords]
    missing = missing[len(call.positional) :] if call.kind == "module" else missing
    return names.index(missing[0]) if missing else None
