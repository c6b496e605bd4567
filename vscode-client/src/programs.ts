/** Tells VS Code which files hold DSPy programs, so that its menus offer what can be done with them. */
import {
  commands,
  type Disposable,
  type DocumentSelector,
  languages,
  type TextDocument,
  window,
  workspace,
} from "vscode";
import { DocumentSymbolRequest, type LanguageClient } from "vscode-languageclient/node";

/** Menus compare `resourcePath` with this list of paths. */
const CONTEXT_KEY = "dspyCompanion.programs";
/** Longer than the gap between two letters: menus may follow a moment later. */
const PAUSE_MS = 500;

export class Programs implements Disposable {
  #known = "";
  #timer: NodeJS.Timeout | undefined;
  readonly #subscriptions: Disposable[];

  constructor(
    private readonly client: () => LanguageClient | undefined,
    private readonly selector: DocumentSelector,
  ) {
    const shown = (document: TextDocument): boolean =>
      window.visibleTextEditors.some((editor) => editor.document === document);
    this.#subscriptions = [
      window.onDidChangeVisibleTextEditors(() => {
        this.refresh(0);
      }),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (shown(document)) {
          this.refresh();
        }
      }),
    ];
  }

  /** Asks the server about the files on the screen, once typing pauses. */
  refresh(delay = PAUSE_MS): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#update(), delay);
  }

  async #update(): Promise<void> {
    const client = this.client();
    const documents = window.visibleTextEditors
      .map(({ document }) => document)
      .filter((document) => languages.match(this.selector, document) > 0);
    const found = await Promise.all(
      documents.map(async (document) =>
        client && (await holdsProgram(client, document)) ? [document.uri.fsPath] : [],
      ),
    );
    const paths = [...new Set(found.flat())].sort();
    // Setting a context draws every menu anew.
    if (paths.join("\n") !== this.#known) {
      this.#known = paths.join("\n");
      await commands.executeCommand("setContext", CONTEXT_KEY, paths);
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
  }
}

/** Whether the server's outline of a document has anything in it. */
async function holdsProgram(client: LanguageClient, document: TextDocument): Promise<boolean> {
  const uri = client.code2ProtocolConverter.asUri(document.uri);
  try {
    const symbols = await client.sendRequest(DocumentSymbolRequest.type, { textDocument: { uri } });
    return (symbols?.length ?? 0) > 0;
  } catch {
    // The server is being restarted; it is asked again once it runs.
    return false;
  }
}
