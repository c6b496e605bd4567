"""dspy.previewPrompt: the messages that an adapter would send, made from the fields that the server read."""

from __future__ import annotations

from typing import Any

from dspy_language_server.lsp.commands.subjects import document_of, position_of, subject_of
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.workers import job_settings
from dspy_language_server.program.model import (
    ClassValue,
    Context,
    PredictorValue,
    Signature,
    SignatureField,
    SignatureValue,
)

Token = int | str | None


async def preview_prompt(session: Session, arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """The prompt of the signature or predictor at a position; no LM is called."""
    uri, view, folder = document_of(session, arguments)
    position = position_of(arguments)
    if position is None:
        raise Refusal("The argument `position` is missing.", code=INVALID_PARAMS)
    signature = _signature(view.program.at(view.offset(uri, position)))
    if signature is None:
        raise Refusal("There is no signature or predictor at this position.")
    inputs = arguments.get("inputs")
    worker = session.workers.of(folder, "preview prompts")
    subject = subject_of(session, arguments)[0] if arguments.get("confirmed") is True else None
    return await worker.preview(
        job_settings(folder, arguments),
        as_json(signature),
        inputs if isinstance(inputs, dict) else None,
        adapter=str(arguments.get("adapter") or "chat"),
        subject=subject,
    )


def _signature(context: Context) -> Signature | None:
    """The effective signature of what is under the caret."""
    if context.string is not None:
        predictor = getattr(context.string.call.result, "predictor", None)
        return getattr(predictor, "effective", None) or context.string.signature
    match context.value:
        case PredictorValue(predictor=predictor):
            return predictor.effective or predictor.declared
        case SignatureValue(signature=signature):
            return signature
        case ClassValue(definition=definition):
            return definition.signature
    if context.call is not None and context.call.predictor is not None:
        return context.call.predictor.effective
    return None


def as_json(signature: Signature) -> dict[str, Any]:
    """A signature as the worker takes it: text only, nothing to be evaluated."""
    return {
        "name": signature.name or "StringSignature",
        "instructions": signature.instructions,
        "inputs": [_field(field) for field in signature.inputs],
        "outputs": [_field(field) for field in signature.outputs],
    }


def _field(field: SignatureField) -> dict[str, Any]:
    written = " ".join((field.type_text or field.resolved or "str").split())
    return {"name": field.name, "type": written, "desc": field.description}
