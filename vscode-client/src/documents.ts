/** Read-only documents that live in memory: prompts, outputs, and the two sides of a comparison. */
import {
  commands,
  type Disposable,
  EventEmitter,
  languages,
  type TextDocumentContentProvider,
  Uri,
  ViewColumn,
  window,
  workspace,
} from "vscode";

import type { DiffResult } from "./protocol";
import { plain } from "./results";

export const SCHEME = "dspy-companion";

export class Documents implements TextDocumentContentProvider, Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new EventEmitter<Uri>();
  readonly #subscriptions: { dispose(): unknown }[];
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#subscriptions = [
      workspace.registerTextDocumentContentProvider(SCHEME, this),
      workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString())),
      this.#changed,
    ];
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.#texts.get(uri.toString()) ?? "";
  }

  /** Replaces the text of a document, in the editors that show it too. */
  set(uri: Uri, text: string): void {
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
  }

  /** Shows a text under a title beside the editor, which keeps the focus. */
  async show(title: string, text: string, language = "plaintext"): Promise<Uri> {
    const uri = Uri.from({ scheme: SCHEME, path: `/${title}` });
    this.set(uri, text);
    const document = await workspace.openTextDocument(uri);
    await languages.setTextDocumentLanguage(document, language);
    await window.showTextDocument(document, {
      viewColumn: ViewColumn.Beside,
      preserveFocus: true,
      preview: true,
    });
    return uri;
  }

  /** Opens the editor's own comparison. */
  async diff({ left, right }: DiffResult): Promise<void> {
    const [before, after] = [left, right].map(({ title, text }, side) => {
      const uri = Uri.from({ scheme: SCHEME, path: `/${side}/${title}.py` });
      this.set(uri, text);
      return uri;
    });
    const title = plain(`${left.title} ↔ ${right.title}`);
    await commands.executeCommand("vscode.diff", before, after, title);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
  }
}
