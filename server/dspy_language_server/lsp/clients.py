"""What the client at the other end can do, as properties with names."""

from __future__ import annotations

from typing import Any

from lsprotocol import types


class Client:
    """The capabilities that the server's answers depend on; absent means no.

    Args:
        capabilities: What the client declared in `initialize`.
    """

    def __init__(self, capabilities: types.ClientCapabilities) -> None:
        self._capabilities = capabilities
        self._text = capabilities.text_document or types.TextDocumentClientCapabilities()
        self._workspace = capabilities.workspace or types.WorkspaceClientCapabilities()
        self._window = capabilities.window or types.WindowClientCapabilities()
        experimental: Any = capabilities.experimental
        if not isinstance(experimental, dict):
            experimental = getattr(experimental, "__dict__", {})
        ours = experimental.get("dspy")
        self._ours: dict[str, Any] = ours if isinstance(ours, dict) else {}

    @property
    def pulls_diagnostics(self) -> bool:
        """Whether the client asks for diagnostics; else they are pushed."""
        return self._text.diagnostic is not None

    @property
    def refreshes_diagnostics(self) -> bool:
        """Whether the client asks again when told that diagnostics may have changed."""
        support = self._workspace.diagnostics
        return bool(support and support.refresh_support)

    @property
    def code_lenses(self) -> bool:
        """Whether the client shows code lenses."""
        return self._text.code_lens is not None

    @property
    def refreshes_code_lenses(self) -> bool:
        """Whether the client asks for code lenses again when told to."""
        support = self._workspace.code_lens
        return bool(support and support.refresh_support)

    @property
    def refreshes_inlay_hints(self) -> bool:
        """Whether the client asks for inlay hints again when told to."""
        support = self._workspace.inlay_hint
        return bool(support and support.refresh_support)

    @property
    def gives_configuration(self) -> bool:
        """Whether the client answers `workspace/configuration`."""
        return bool(self._workspace.configuration)

    @property
    def registers_configuration(self) -> bool:
        """Whether the client takes a registration for configuration changes."""
        support = self._workspace.did_change_configuration
        return bool(support and support.dynamic_registration)

    @property
    def registers_watchers(self) -> bool:
        """Whether the client takes a registration for watched files."""
        support = self._workspace.did_change_watched_files
        return bool(support and support.dynamic_registration)

    @property
    def document_changes(self) -> bool:
        """Whether a workspace edit may hold versioned document edits."""
        support = self._workspace.workspace_edit
        return bool(support and support.document_changes)

    @property
    def change_annotations(self) -> bool:
        """Whether edits may be annotated for a person to confirm."""
        support = self._workspace.workspace_edit
        return bool(support and support.document_changes and support.change_annotation_support)

    @property
    def hierarchical_symbols(self) -> bool:
        """Whether document symbols may be nested."""
        support = self._text.document_symbol
        return bool(support and support.hierarchical_document_symbol_support)

    @property
    def markdown_hover(self) -> bool:
        """Whether hovers may be Markdown; a client that says nothing is taken to render it."""
        support = self._text.hover
        formats = support.content_format if support else None
        return formats is None or types.MarkupKind.Markdown in formats

    @property
    def snippets(self) -> bool:
        """Whether a completion may insert a snippet."""
        support = self._text.completion
        item = support.completion_item if support else None
        return bool(item and item.snippet_support)

    @property
    def code_action_literals(self) -> bool:
        """Whether code actions may be more than commands."""
        support = self._text.code_action
        return bool(support and support.code_action_literal_support)

    @property
    def resolves_edits(self) -> bool:
        """Whether the edit of a code action may be computed when it is chosen."""
        support = self._text.code_action
        resolve = support.resolve_support if support else None
        return bool(resolve and "edit" in resolve.properties and support and support.data_support)

    @property
    def related_information(self) -> bool:
        """Whether diagnostics may point to other places."""
        push = self._text.publish_diagnostics
        pull = self._text.diagnostic
        return bool(
            (push and push.related_information)
            or (pull and getattr(pull, "related_information", False))
        )

    @property
    def progress(self) -> bool:
        """Whether the server may start a progress of its own."""
        return bool(self._window.work_done_progress)

    @property
    def shows_documents(self) -> bool:
        """Whether the client opens a document or address on request."""
        return bool(self._window.show_document and self._window.show_document.support)

    @property
    def asks_choices(self) -> bool:
        """Whether `window/showMessageRequest` can offer buttons."""
        return self._window.show_message is not None

    @property
    def asks_input(self) -> bool:
        """Whether the client answers `dspy/input`."""
        return self._ours.get("input") is True

    @property
    def asks_pick(self) -> bool:
        """Whether the client answers `dspy/pick`."""
        return self._ours.get("pick") is True

    @property
    def shows_results(self) -> bool:
        """Whether the client shows the results of commands itself."""
        return self._ours.get("results") is True

    @property
    def shows_pieces(self) -> bool:
        """Whether the client takes `dspy/piece`: an answer as it arrives."""
        return self._ours.get("pieces") is True
