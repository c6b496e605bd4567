"""dspy.previewPrompt: the messages that DSPy would send, made from what the server read or, once agreed, from the program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import Any

from dspy_language_server import ide
from dspy_language_server.lsp import asking
from dspy_language_server.lsp.commands.answers import file_key
from dspy_language_server.lsp.folders import Folder
from dspy_language_server.lsp.protocol import INVALID_PARAMS, Refusal
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.subjects import document_of, position_of, subject_of
from dspy_language_server.lsp.views import View
from dspy_language_server.lsp.workers import job_settings
from dspy_language_server.program.model import (
    ConstantValue,
    Signature,
    SignatureField,
    StringValue,
)
from dspy_language_server.worker import JobSettings, Subject

Token = int | str | None
ADAPTERS = ("chat", "json", "xml")
_AS_PROGRAM = "As the program is configured"
_OPTIONS = frozenset(
    {"gt", "ge", "lt", "le", "min_length", "max_length", "multiple_of", "allow_inf_nan"}
)
"""What DSPy tells the language model of a field beside its type and description."""
_NEVER = "Never for This File"


async def preview_prompt(session: Session, arguments: dict[str, Any], _: Token) -> dict[str, Any]:
    """The prompt of the signature, predictor or program at a position; no LM is called."""
    _, view, folder = document_of(session, arguments)
    position = position_of(arguments)
    if position is None:
        raise Refusal("The argument `position` is missing.", code=INVALID_PARAMS)
    prompt = ide.prompt.prompt_at(view.program, view.offset(str(arguments["uri"]), position))
    if prompt is None:
        raise Refusal(
            "There is no signature, predictor or program at this position. Place the caret on one.",
            data={"code": "no-signature"},
        )
    worker = session.workers.of(folder, "preview prompts")
    subject = subject_of(session, arguments)[0]
    inputs = arguments.get("inputs")
    adapter = await _adapter(session, folder, subject, arguments, view, prompt)
    settings = _with_arguments(folder, subject, prompt, arguments)
    agreed = settings.confirmed or _agreed(folder, subject)

    async def made(*, agreed: bool) -> dict[str, Any]:
        return await worker.preview(
            replace(settings, confirmed=agreed),
            [as_json(each.signature, each.api, each.key) for each in prompt.asked],
            inputs if isinstance(inputs, dict) else None,
            adapter=adapter,
            subject=subject,
            target=prompt.target._asdict() if prompt.target is not None else None,
            adapter_unread=_unread(view, prompt.adapter) if not adapter else None,
        )

    result = await made(agreed=agreed)
    if result["unread"] and not agreed and await _agrees(session, folder, subject, result):
        result = await made(agreed=True)
    if not result["messages"]:
        raise Refusal(
            "; ".join(result["notes"])
            or "What is sent here is known only once the file's definitions are run. Pass "
            "`confirmed: true` to agree.",
            data={"code": "no-signature"},
        )
    session.presenter.document("Prompt preview.md", result["text"])
    return result


def _with_arguments(
    folder: Folder, subject: Subject, prompt: ide.prompt.Prompt, arguments: dict[str, Any]
) -> JobSettings:
    """The job's settings, with what the person answered before for the class's constructor."""
    settings = job_settings(folder, arguments)
    if prompt.target is None:
        return settings
    known = folder.memory.get(file_key(folder, subject.path), prompt.target.name)
    given = known.get("constructorArguments")
    return replace(settings, constructor_arguments=given if isinstance(given, dict) else None)


async def _adapter(
    session: Session,
    folder: Folder,
    subject: Subject,
    arguments: dict[str, Any],
    view: View,
    prompt: ide.prompt.Prompt,
) -> dict[str, Any] | None:
    """The adapter: the argument's, the one that the person chose for the file, else the program's.

    `firm` is one that holds whatever the program configures when it is run. None leaves it to that.
    """
    if arguments.get("adapter"):
        return _chosen(str(arguments["adapter"]))
    place = file_key(folder, subject.path)
    known = folder.memory.get(place).get("adapter")
    if arguments.get("ask") is True:
        names = sorted((_AS_PROGRAM, *ADAPTERS), key=lambda name: name != (known or _AS_PROGRAM))
        try:
            picked = await asking.pick(session, "Adapter", [{"label": name} for name in names])
        except asking.CannotAskError:
            picked = None
        if picked is not None:
            known = None if names[picked] == _AS_PROGRAM else names[picked]
            folder.memory.keep(place, adapter=known)
    if known is not None:
        return _chosen(str(known))
    if prompt.adapter is None or prompt.adapter.name is None:
        return None
    why = f"line {_line(view, prompt.adapter)}"
    return {
        "name": prompt.adapter.name,
        "options": dict(prompt.adapter.options),
        "why": why,
        "firm": prompt.adapter.is_local,
    }


def _chosen(name: str) -> dict[str, Any]:
    return {"name": name, "options": {}, "why": "chosen", "firm": True}


def _unread(view: View, adapter: ide.prompt.ChosenAdapter | None) -> int | None:
    """The line that chooses an adapter in a way that the text alone does not tell."""
    if adapter is None or adapter.name is not None:
        return None
    return _line(view, adapter)


def _line(view: View, adapter: ide.prompt.ChosenAdapter) -> int:
    line = view.program.document.line_at(adapter.offset)
    cell = view.cell_at(line)
    return line + 1 - (cell.first_line if cell is not None else 0)


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
    unread = ", ".join(dict.fromkeys(result["unread"]))
    question = (
        f"The prompt depends on {unread}. Run the definitions of {PurePath(subject.path).name} to "
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


def as_json(signature: Signature, api: str, key: str | None = None) -> dict[str, Any]:
    """A signature as the worker takes it: text only, nothing to be evaluated."""
    return {
        "key": key,
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
