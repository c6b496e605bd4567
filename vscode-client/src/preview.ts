/** The prompt that DSPy would send, beside the editor, brought up to date while one types. */
import {
  type Disposable,
  type Position,
  type TextDocument,
  type TextEditor,
  type Uri,
  window,
  workspace,
} from "vscode";
import { type LanguageClient, ResponseError } from "vscode-languageclient/node";

import type { Documents } from "./documents";
import { request } from "./jobs";
import { type PreviewResult, ServerCommand } from "./protocol";

/** Shorter than a pause in typing, longer than the gap between two letters. */
const PAUSE_MS = 250;

export class PromptPreview implements Disposable {
  #shown: { source: TextDocument; position: Position; target: Uri } | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #subscriptions: Disposable[];

  constructor(
    private readonly client: () => LanguageClient | undefined,
    private readonly documents: Documents,
  ) {
    this.#subscriptions = [
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document === this.#shown?.source) {
          clearTimeout(this.#timer);
          this.#timer = setTimeout(() => void this.#refresh(), PAUSE_MS);
        }
      }),
      workspace.onDidCloseTextDocument((document) => {
        if (document.uri.toString() === this.#shown?.target.toString()) {
          this.#shown = undefined;
        }
      }),
    ];
  }

  /** Shows the prompt of the signature at the caret. Rejects with the server's reason. */
  async show(editor: TextEditor, argument?: object): Promise<void> {
    const { document, selection } = editor;
    const text = await this.#read(document, selection.active, argument);
    if (text !== undefined) {
      const target = await this.documents.show("Prompt preview.md", text, "markdown");
      this.#shown = { source: document, position: selection.active, target };
    }
  }

  async #refresh(): Promise<void> {
    if (this.#shown === undefined) {
      return;
    }
    const { source, target } = this.#shown;
    const editor = window.activeTextEditor;
    if (editor?.document === source) {
      this.#shown = { ...this.#shown, position: editor.selection.active };
    }
    try {
      const text = await this.#read(source, this.#shown.position);
      if (text !== undefined) {
        this.documents.set(target, text);
      }
    } catch (error) {
      // Elsewhere in the file, or half-typed: the last prompt stays until there is another.
      if (!isNoSignature(error)) {
        this.documents.set(target, `${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
  }

  async #read(
    document: TextDocument,
    position: Position,
    argument?: object,
  ): Promise<string | undefined> {
    const client = this.client();
    if (client === undefined) {
      return undefined;
    }
    const result = (await request(client, {
      command: ServerCommand.previewPrompt,
      arguments: [
        {
          uri: client.code2ProtocolConverter.asUri(document.uri),
          position: client.code2ProtocolConverter.asPosition(position),
          ...argument,
        },
      ],
    })) as PreviewResult | null;
    return result?.text;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
  }
}

function isNoSignature(error: unknown): boolean {
  const data: unknown = error instanceof ResponseError ? error.data : undefined;
  return (data as { code?: unknown } | undefined)?.code === "no-signature";
}
