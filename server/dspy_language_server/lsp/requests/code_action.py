"""textDocument/codeAction and its resolution."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server import ide
from dspy_language_server.lsp import convert
from dspy_language_server.lsp.session import Session
from dspy_language_server.lsp.views import View

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

FIX_ALL = "source.fixAll.dspy"
OPTIONS = types.CodeActionOptions(
    code_action_kinds=[
        types.CodeActionKind.QuickFix,
        types.CodeActionKind.RefactorRewrite,
        types.CodeActionKind.RefactorExtract,
        FIX_ALL,
        types.CodeActionKind.Empty,
    ],
    resolve_provider=False,
)


def register(server: CompanionServer) -> None:
    """Registers the request."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, OPTIONS)
    def code_action(
        params: types.CodeActionParams,
    ) -> list[types.CodeAction | types.Command] | None:
        uri = params.text_document.uri
        view = session.view(uri)
        if view is None:
            return None
        folder = session.folder_of(uri)
        offers = ide.code_actions.code_actions(
            view.program,
            view.span(uri, params.range),
            session.diagnostics.findings(view, folder),
            folder.environment.dialect,
        )
        wanted = _wanted(offers, params.context.only)
        return [_action(session, view, offer, params.context.diagnostics) for offer in wanted]


def _wanted(
    offers: Iterable[ide.code_actions.Action], only: object
) -> list[ide.code_actions.Action]:
    """The offers of the kinds that are asked for; source actions only where they are."""
    kinds = (
        [str(getattr(kind, "value", kind)) for kind in only]
        if isinstance(only, list | tuple)
        else []
    )
    if not kinds:
        return [offer for offer in offers if not offer.kind.startswith("source.")]
    return [
        offer
        for offer in offers
        if any(kind in {"", offer.kind} or offer.kind.startswith(f"{kind}.") for kind in kinds)
    ]


def _action(
    session: Session, view: View, offer: ide.code_actions.Action, shown: Iterable[types.Diagnostic]
) -> types.CodeAction | types.Command:
    """An offer in the protocol's words; a command where the client takes only commands."""
    command = None
    if offer.command is not None:
        command = types.Command(
            title=offer.title, command=offer.command, arguments=[offer.arguments]
        )
        if not session.client.code_action_literals:
            return command
    by_uri: dict[str, list[types.TextEdit]] = {}
    for uri, span, text in offer.edits:
        other = session.view(uri) or view
        for where, edits in convert.text_edits(other, [(span, text)]).items():
            by_uri.setdefault(where, []).extend(edits)
    solved = None
    if offer.finding is not None:
        place = view.range(offer.finding.span)
        solved = [d for d in shown if d.code == offer.finding.code and d.range == place] or None
    return types.CodeAction(
        title=offer.title,
        kind=offer.kind,
        diagnostics=solved,
        is_preferred=offer.preferred or None,
        edit=convert.workspace_edit(session, by_uri) if by_uri else None,
        command=command,
    )
