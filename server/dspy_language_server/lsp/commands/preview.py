"""dspy.previewPrompt: the messages that an adapter would send, made from the fields that the server read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import Any

from dspy_language_server.lsp import asking
from dspy_language_server.lsp.commands.answers import file_key
from dspy_language_server.lsp.folders import Folder
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.subjects import document_of, position_of, subject_of
from dspy_language_server.lsp.workers import job_settings
from dspy_language_server.program.model import (
    ClassValue,
    ConstantValue,
    Context,
    Predictor,
    PredictorValue,
    Signature,
    SignatureField,
    SignatureValue,
    StringValue,
)
from dspy_language_server.worker import Subject

Token = int | str | None
ADAPTERS = ("chat", "json", "xml")
_OPTIONS = frozenset(
    {"gt", "ge", "lt", "le", "min_length", "max_length", "multiple_of", "allow_inf_nan"}
)
"""What DSPy tells the language model of a field beside its type and description."""
_NEVER = "Never for This File"


async def preview_prompt(session: Session, arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """The prompt of the signature or predictor at a position; no LM is called."""
    _, view, folder = document_of(session, arguments)
    position = position_of(arguments)
    if position is None:
        raise Refusal("The argument `position` is missing.", code=INVALID_PARAMS)
    signature = _meant(view.program.at(view.offset(str(arguments["uri"]), position)))
    if signature is None:
        raise Refusal(
            "There is no signature or predictor at this position. Place the caret on one.",
            data={"code": "no-signature"},
        )
    worker = session.workers.of(folder, "preview prompts")
    subject = subject_of(session, arguments)[0]
    settings = job_settings(folder, arguments)
    inputs = arguments.get("inputs")
    adapter = await _adapter(session, folder, arguments)
    agreed = settings.confirmed or _agreed(folder, subject)

    async def made(*, with_types: bool) -> dict[str, Any]:
        return await worker.preview(
            replace(settings, confirmed=with_types),
            signature,
            inputs if isinstance(inputs, dict) else None,
            adapter=adapter,
            subject=subject if with_types else None,
        )

    result = await made(with_types=agreed)
    if result["unknown"] and not agreed and await _agrees(session, folder, subject, result):
        result = await made(with_types=True)
    session.presenter.document("Prompt preview.md", result["text"])
    return result


async def _adapter(session: Session, folder: Folder, arguments: dict[str, Any]) -> str:
    """The adapter: the argument's, the one chosen before, else DSPy's own default."""
    known = str(folder.memory.get().get("adapter") or ADAPTERS[0])
    if arguments.get("adapter"):
        return str(arguments["adapter"])
    if arguments.get("ask") is True:
        names = sorted(ADAPTERS, key=lambda name: name != known)
        try:
            chosen = await asking.pick(session, "Adapter", [{"label": name} for name in names])
        except asking.CannotAskError:
            return known
        if chosen is not None:
            known = names[chosen]
            folder.memory.keep(adapter=known)
    return known


def _agreed(folder: Folder, subject: Subject) -> bool:
    return folder.memory.get(file_key(folder, subject.path)).get("definitions") == "run"


async def _agrees(
    session: Session, folder: Folder, subject: Subject, result: dict[str, Any]
) -> bool:
    """Asks once for each file, and remembers the answer: a preview follows every key."""
    place = file_key(folder, subject.path)
    if folder.memory.get(place).get("definitions") or place in session.asked:
        return False
    session.asked.add(place)
    types = ", ".join(f"`{name}`" for name in dict.fromkeys(result["unknown"]))
    question = (
        f"The prompt depends on {types}. Run the definitions of {PurePath(subject.path).name} to "
        "show it exactly? They are run again when the preview is brought up to date."
    )
    try:
        answer = await asking.choose(session, question, ["Run Definitions", _NEVER, "Not Now"])
    except asking.CannotAskError:
        return False
    if answer == "Run Definitions":
        folder.memory.keep(place, definitions="run")
    elif answer == _NEVER:
        folder.memory.keep(place, definitions="never")
    return answer == "Run Definitions"


def _meant(context: Context) -> dict[str, Any] | None:
    """The signature of what is under the caret, and the API that asks it, as the worker takes it."""
    if context.string is not None:
        predictor = getattr(context.string.call.result, "predictor", None)
        own = context.string.signature
        return _of_predictor(predictor) or (None if own is None else as_json(own, "Predict"))
    if context.call is not None and (found := _of_predictor(context.call.predictor)) is not None:
        return found
    match context.value:
        case PredictorValue(predictor=predictor):
            return _of_predictor(predictor)
        case SignatureValue(signature=signature):
            return as_json(signature, "Predict")
        case ClassValue(definition=definition) if definition.signature is not None:
            return as_json(definition.signature, "Predict")
    return None


def _of_predictor(predictor: Predictor | None) -> dict[str, Any] | None:
    if predictor is None or predictor.declared is None:
        return None
    return as_json(predictor.declared, predictor.api)


def as_json(signature: Signature, api: str) -> dict[str, Any]:
    """A signature as the worker takes it: text only, nothing to be evaluated."""
    return {
        "api": api,
        "name": signature.name or "StringSignature",
        "instructions": signature.instructions,
        "inputs": [_field(field) for field in signature.inputs],
        "outputs": [_field(field) for field in signature.outputs],
    }


def _field(field: SignatureField) -> dict[str, Any]:
    written = " ".join((field.type_text or field.resolved or "str").split())
    return {
        "name": field.name,
        "type": written,
        "desc": field.description,
        "options": _options(field),
    }


def _options(field: SignatureField) -> dict[str, Any]:
    """What is given to `InputField` or `OutputField` and stands in the prompt, where it is known."""
    options: dict[str, Any] = {}
    for argument in field.call.arguments if field.call is not None else ():
        match argument.value:
            case _ if argument.name not in _OPTIONS:
                continue
            case ConstantValue(value=value):
                options[str(argument.name)] = value
            case StringValue(literal=literal):
                options[str(argument.name)] = literal.value
    return options
