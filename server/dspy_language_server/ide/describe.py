"""Signatures, fields and programs in words: the texts that hover, completion and signature help share."""

from __future__ import annotations

from dspy_language_server.ide.markdown import code, escape, one_line, paragraph, table
from dspy_language_server.program.model import (
    ClassDefinition,
    Outputs,
    Predictor,
    Signature,
    SignatureField,
)
from dspy_language_server.program.objects import Member
from dspy_language_server.program.program import Program
from dspy_language_server.signature.model import Role


def type_of(field: SignatureField) -> str:
    """The field's type as written, or as DSPy takes it where none is written."""
    if field.origin == "keyword":
        return "value"
    return one_line(field.type_text or field.resolved or "str")


def declaration(field: SignatureField) -> str:
    """`answer: float`."""
    return f"{field.name}: {type_of(field)}"


def spelled(signature: Signature) -> str:
    """The signature on one line, as a string signature would say it."""
    sides = (
        ", ".join(_short(field) for field in signature.inputs),
        ", ".join(_short(field) for field in signature.outputs),
    )
    return f"{sides[0]} -> {sides[1]}"


def _short(field: SignatureField) -> str:
    written = field.type_text
    return field.name if written is None else f"{field.name}: {one_line(written)}"


def field_line(field: SignatureField) -> str:
    """One field in a sentence: side, declaration, resolved type, description."""
    if field.origin == "keyword":
        made = field.call.api if field.call is not None else None
        return f"Field {code(field.name)} of {code(f'dspy.{made}(…)')}"
    side = "Input" if field.role is Role.INPUT else "Output"
    line = f"{side} field {code(declaration(field))}"
    written = " ".join((field.type_text or "").split())
    if field.resolved and field.resolved not in {written, "str"}:
        line += f" · {code(field.resolved)}"
    if field.origin == "added":
        line += " · added by DSPy"
    if field.description:
        line += f"\n\n{paragraph(field.description)}"
    return line


def member_line(member: Member) -> str:
    """An attribute or method of the object that a field holds."""
    shown = member.name if not member.type_text else f"{member.name}: {member.type_text}"
    what = "Method" if member.type_text is None else "Attribute"
    line = f"{what} {code(' '.join(shown.split()))} of {code(member.owner.name)}"
    return f"{line}\n\n{paragraph(member.description)}" if member.description else line


def signature_table(signature: Signature, declared: Signature | None = None) -> str:
    """All fields in a table, then the instructions.

    Args:
        signature: What to show.
        declared: The signature before an API added fields; those are marked.
    """
    known = {field.name for field in declared.fields} if declared is not None else None
    described = any(field.description for field in signature.fields)
    rows = []
    for field in signature.fields:
        side = "input" if field.role is Role.INPUT else "output"
        notes = escape(field.description or "")
        if field.origin == "added" or (known is not None and field.name not in known):
            notes = f"*added by DSPy*{' ' if notes else ''}{notes}"
        rows.append((side, code(field.name), code(type_of(field)), notes))
    header = ("", "field", "type", "description" if described else "")
    text = table(header, rows) if rows else "*no fields*"
    if not signature.complete:
        text += "\n\n*There may be more fields than these.*"
    if signature.instructions:
        text += f"\n\n**Instructions**\n\n{paragraph(signature.instructions)}"
    return text


def predictor_text(predictor: Predictor) -> str:
    """A predictor: its class and the signature that its calls and predictions see."""
    title = f"**{escape(predictor.api)}**"
    if predictor.wrapper and predictor.wrapper != predictor.api:
        title = f"**{escape(predictor.wrapper)}** of {title}"
    if predictor.name:
        title = f"{code(predictor.name)} · {title}"
    signature = predictor.effective or predictor.declared
    if signature is None:
        return f"{title}\n\nIts signature is not known here."
    return f"{title}\n\n{signature_table(signature, predictor.declared)}"


def signature_text(signature: Signature) -> str:
    """A signature class or object."""
    title = f"Signature {code(signature.name)}" if signature.name else "Signature"
    return f"{title}\n\n{signature_table(signature)}"


def module_text(program: Program, definition: ClassDefinition) -> str:
    """A `dspy.Module` of the workspace: what its call takes, its predictors, what it returns."""
    parameters = program.module_parameters(definition)
    takes = "…" if parameters is None else ", ".join(p.name for p in parameters)
    lines = [f"Module {code(f'{definition.name}({takes})')}"]
    if definition.docstring:
        lines.append(paragraph(definition.docstring))
    rows = []
    for name, value in program.attributes(definition).items():
        predictor = getattr(value, "predictor", None)
        if not isinstance(predictor, Predictor):
            continue
        shown = predictor.effective or predictor.declared
        rows.append(
            (code(f"self.{name}"), escape(predictor.api), code(spelled(shown)) if shown else "")
        )
    if rows:
        lines.append(table(("predictor", "class", "signature"), rows))
    outputs = program.outputs(definition)
    if outputs is not None and outputs.fields:
        lines.append(f"Returns {outputs_list(outputs)}")
    return "\n\n".join(lines)


def outputs_list(outputs: Outputs) -> str:
    """The names of a prediction's outputs, as code spans."""
    names = ", ".join(code(name) for name in outputs.fields)
    return names if outputs.complete else f"{names}, …"
