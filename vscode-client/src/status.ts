/** The language status item: which Python, dspy and mlflow are in use, and what does not work. */
import {
  type Disposable,
  type DocumentSelector,
  languages,
  LanguageStatusSeverity,
  window,
} from "vscode";

import type { Status } from "./protocol";
import { plain, statusOf, statusText } from "./results";

export class StatusItem implements Disposable {
  readonly #item;
  readonly #following;
  #status: Status | undefined;

  constructor(selector: DocumentSelector) {
    this.#item = languages.createLanguageStatusItem("dspy.status", selector);
    this.#item.name = "DSPy";
    this.#following = window.onDidChangeActiveTextEditor(() => {
      if (this.#status) {
        this.running(this.#status);
      }
    });
    this.starting();
  }

  starting(): void {
    this.#status = undefined;
    this.#item.busy = true;
    this.#show("DSPy", "starting", LanguageStatusSeverity.Information);
  }

  /** The server runs, and is still looking at what the interpreter has. */
  reading(interpreter: string): void {
    this.#item.busy = true;
    this.#show("DSPy", interpreter, LanguageStatusSeverity.Information);
  }

  /** What the server found. */
  running(status: Status): void {
    this.#status = status;
    const document = window.activeTextEditor?.document.uri.toString();
    const { text, detail, degraded } = statusText(statusOf(status, document));
    this.#item.busy = status.worker === "starting" || status.worker === "busy";
    this.#show(
      text,
      detail,
      degraded ? LanguageStatusSeverity.Warning : LanguageStatusSeverity.Information,
    );
    this.#item.command = { command: "dspyCompanion.showInformation", title: "Details" };
  }

  /** The server does not run, and a person has to do something. */
  failed(reason: string): void {
    this.#status = undefined;
    this.#item.busy = false;
    this.#show("DSPy is not running", reason, LanguageStatusSeverity.Error);
    this.#item.command = { command: "dspyCompanion.restartServer", title: "Restart" };
  }

  dispose(): void {
    this.#following.dispose();
    this.#item.dispose();
  }

  #show(text: string, detail: string, severity: LanguageStatusSeverity): void {
    this.#item.text = plain(text);
    this.#item.detail = plain(detail);
    this.#item.severity = severity;
  }
}
