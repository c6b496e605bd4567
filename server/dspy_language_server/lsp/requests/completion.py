"""textDocument/completion and completionItem/resolve: documentation is made when it is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from dspy_language_server import ide
from dspy_language_server.lsp.views import Place

if TYPE_CHECKING:
    from dspy_language_server.lsp.server import CompanionServer

KINDS = {
    "type": types.CompletionItemKind.Class,
    "keyword": types.CompletionItemKind.Field,
    "parameter": types.CompletionItemKind.Variable,
    "output": types.CompletionItemKind.Field,
    "field": types.CompletionItemKind.Field,
    "operator": types.CompletionItemKind.Operator,
}
OPTIONS = types.CompletionOptions(
    trigger_characters=['"', "'", " ", ",", ":", ">", "[", ".", "("], resolve_provider=True
)


def register(server: CompanionServer) -> None:
    """Registers the requests."""
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, OPTIONS)
    def completion(params: types.CompletionParams) -> types.CompletionList | None:
        place = session.place(params.text_document.uri, params.position)
        if place is None:
            return None
        found = ide.completion.complete(
            place.program, place.offset, place.folder.environment.dialect
        )
        if not found:
            return None
        about: dict[str, str | int] = {
            "uri": params.text_document.uri,
            "line": params.position.line,
            "character": params.position.character,
        }
        return types.CompletionList(
            is_incomplete=False,
            items=[_item(place, item, index, about) for index, item in enumerate(found)],
        )

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(item: types.CompletionItem) -> types.CompletionItem:
        match item.data:
            case {"uri": str(uri), "line": int(line), "character": int(character)}:
                place = session.place(uri, types.Position(line, character))
            case _:
                place = None
        if place is not None:
            dialect = place.folder.environment.dialect
            text = ide.completion.documentation(place.program, place.offset, item.label, dialect)
            if text:
                item.documentation = types.MarkupContent(types.MarkupKind.Markdown, text)
        return item


def _item(
    place: Place, item: ide.completion.Completion, index: int, about: dict[str, str | int]
) -> types.CompletionItem:
    return types.CompletionItem(
        label=item.label,
        kind=KINDS[item.kind],
        detail=item.detail,
        sort_text=f"{index:04}",
        filter_text=item.label,
        text_edit=types.TextEdit(place.view.range(item.span), item.insert),
        data=about,
    )
