/** What the suites in the extension host share: waiting, messages, files, and the server's process. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import {
  commands,
  type Diagnostic,
  type Disposable,
  extensions,
  languages,
  type LanguageStatusItem,
  type LanguageStatusSeverity,
  type NotebookDocument,
  Position,
  type TextDocument,
  type TextEditor,
  Uri,
  window,
  workspace,
} from "vscode";

const LIMIT_MS = 90_000;

/** Asks until the answer is neither false nor undefined. */
export async function until<Answer>(
  what: string,
  condition: () => Answer | undefined | false | Promise<Answer | undefined | false>,
): Promise<Answer> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const answer = await condition();
    if (answer !== undefined && answer !== false) {
      return answer;
    }
    if (Date.now() > deadline) {
      assert.fail(`waited in vain for ${what}`);
    }
    await pause(50);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

// --- Files -------------------------------------------------------------------------------------

/** The folder that the window has open. */
export function folder(): Uri {
  const first = workspace.workspaceFolders?.[0];
  assert.ok(first, "no folder is open");
  return first.uri;
}

/** Writes a file into the folder and shows it. */
export async function openFile(name: string, text: string): Promise<TextEditor> {
  const uri = Uri.joinPath(folder(), name);
  await workspace.fs.writeFile(uri, Buffer.from(text));
  return window.showTextDocument(await workspace.openTextDocument(uri));
}

/** The place `offset` letters behind the beginning of the first occurrence of a text. */
export function placeOf(document: TextDocument, text: string, offset = 0): Position {
  const index = document.getText().indexOf(text);
  assert.ok(index >= 0, `${text} is not in the document`);
  return document.positionAt(index + offset);
}

/** Waits until a document has a finding with this code. */
export function finding(uri: Uri, code: string): Promise<Diagnostic> {
  return until(`${code} in ${uri.toString()}`, () =>
    languages.getDiagnostics(uri).find((one) => codeOf(one) === code),
  );
}

/** The codes of the findings in a document. */
export function codes(uri: Uri): (string | undefined)[] {
  return languages.getDiagnostics(uri).map(codeOf);
}

function codeOf({ code }: Diagnostic): string | undefined {
  return String(typeof code === "object" ? code.value : code);
}

/** The cell of a notebook, which has to be there. */
export function cell(notebook: NotebookDocument, index: number): TextDocument {
  return notebook.cellAt(index).document;
}

// --- What a person is told ---------------------------------------------------------------------

type Kind = "showErrorMessage" | "showWarningMessage" | "showInformationMessage";

export interface Message {
  readonly kind: Kind;
  readonly text: string;
  readonly buttons: readonly string[];
}

/** Takes down every notification instead of showing it, and presses the buttons it was told to. */
export class Person implements Disposable {
  readonly messages: Message[] = [];
  readonly #answers: [RegExp, string][] = [];
  readonly #originals: Partial<Record<Kind, unknown>> = {};

  constructor() {
    for (const kind of ["showErrorMessage", "showWarningMessage", "showInformationMessage"] as const) {
      this.#originals[kind] = window[kind];
      const take = (text: string, ...buttons: string[]): Promise<string | undefined> => {
        this.messages.push({ kind, text, buttons });
        const index = this.#answers.findIndex(([pattern]) => pattern.test(text));
        return Promise.resolve(index < 0 ? undefined : this.#answers.splice(index, 1)[0]?.[1]);
      };
      Object.assign(window, { [kind]: take });
    }
  }

  /** Presses a button of the next message that fits. */
  willPress(button: string, pattern: RegExp): void {
    this.#answers.push([pattern, button]);
  }

  /** Waits for a message and returns it. */
  isTold(pattern: RegExp): Promise<Message> {
    return until(`the message ${String(pattern)}; so far: ${JSON.stringify(this.messages)}`, () =>
      this.messages.find(({ text }) => pattern.test(text)),
    );
  }

  dispose(): void {
    Object.assign(window, this.#originals);
  }
}

/** What the language status of DSPy says. It has to be watched before the extension starts. */
export function watchStatus(): () => { text: string; detail: string; severity: LanguageStatusSeverity } {
  let item: LanguageStatusItem | undefined;
  const create = languages.createLanguageStatusItem.bind(languages);
  Object.assign(languages, {
    createLanguageStatusItem: (...parameters: Parameters<typeof create>) => {
      item = create(...parameters);
      return item;
    },
  });
  return () => {
    assert.ok(item, "the extension has made no status item");
    return { text: item.text, detail: item.detail ?? "", severity: item.severity };
  };
}

// --- The server --------------------------------------------------------------------------------

/** The process ids of the language servers that this extension host has started. */
export function servers(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return Number(parent) === process.pid && command.includes("serve.py");
      } catch {
        // It ended while it was looked at.
        return false;
      }
    });
}

/** Waits until exactly one server runs, other than `than`, and returns its process id. */
export function theServer(than?: number): Promise<number> {
  return until("one running server", () => {
    const [first, ...others] = servers();
    return first !== undefined && others.length === 0 && first !== than && first;
  });
}

/** What **DSPy: Show Information** shows. */
export interface Information {
  readonly trusted: boolean;
  readonly interpreter: { kind: string; path: string; source: string; skipped: string[]; message?: string };
  readonly server: { readonly python: string; readonly dspyVersion: string | null } | string;
}

/** Asks the extension about itself, as a person would. */
export async function information(): Promise<Information> {
  await commands.executeCommand("dspyCompanion.showInformation");
  const uri = Uri.from({ scheme: "dspy-companion", path: "/DSPy information.json" });
  return JSON.parse((await workspace.openTextDocument(uri)).getText()) as Information;
}

/** Sets a setting of the machine. */
export async function set(key: string, value: unknown): Promise<void> {
  await workspace.getConfiguration().update(key, value, true);
}

/** Starts the extension and waits until it has started its server. */
export async function start(): Promise<void> {
  const extension = extensions.getExtension("dspy-companion.dspy-companion");
  assert.ok(extension, "the extension is not installed");
  await extension.activate();
}

/** What the test's Python side passed. */
export function environment(name: string): string {
  const value = process.env[name];
  assert.ok(value, `the test has to set ${name}`);
  return value;
}
