/** The server's life: found, started, restarted when it must be, stopped with the editor. */
import { homedir } from "node:os";
import {
  commands,
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  Uri,
  window,
  workspace,
} from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  State,
} from "vscode-languageclient/node";

import { mainFolder } from "./interpreter/environments";
import { findInterpreter } from "./interpreter/find";
import { type Interpreter, type NoInterpreter, sameInterpreter } from "./interpreter/choose";
import type { Jobs } from "./jobs";
import type { Status } from "./protocol";
import { answerQuestions } from "./questions";
import { Coalescer, CrashBackoff } from "./restarts";
import { plain } from "./results";
import {
  type InitializationOptions,
  SECTION,
  settingsTree,
  withInterpreter,
} from "./settings";
import type { StatusItem } from "./status";

/** What the server is asked about. Notebook cells come through the notebook's own synchronisation. */
export const DOCUMENTS = [
  { scheme: "file", language: "python" },
  { scheme: "untitled", language: "python" },
  { scheme: "vscode-notebook-cell", language: "python" },
];

/** A client that logs its errors: what a person has to know, this extension says itself. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export class Server implements Disposable {
  #client: LanguageClient | undefined;
  #choice: Interpreter | NoInterpreter | undefined;
  #crashTimer: NodeJS.Timeout | undefined;
  #disposed = false;
  readonly #restarts = new Coalescer(() => this.#restart());
  readonly #crashes = new CrashBackoff();

  constructor(
    private readonly context: ExtensionContext,
    private readonly channel: LogOutputChannel,
    private readonly status: StatusItem,
    private readonly jobs: () => Jobs,
    private readonly onRunning: () => void,
  ) {}

  /** The running client; undefined while there is none. */
  get client(): LanguageClient | undefined {
    return this.#client?.state === State.Running ? this.#client : undefined;
  }

  get interpreter(): Interpreter | NoInterpreter | undefined {
    return this.#choice;
  }

  /** Starts or restarts because a person or a setting asked for it. */
  start(): Promise<void> {
    this.#crashes.reset();
    return this.#restarts.request();
  }

  /** Restarts only if another interpreter would be chosen now. */
  async interpreterMayHaveChanged(): Promise<void> {
    const choice = await findInterpreter(this.channel);
    if (!sameInterpreter(this.#choice, choice)) {
      this.channel.info("The chosen interpreter changed.");
      await this.start();
    }
  }

  /** The workspace is trusted from now on. */
  async trustGranted(): Promise<void> {
    const before = this.#client;
    await this.interpreterMayHaveChanged();
    if (this.#client === before) {
      await this.client?.sendNotification("dspy/didGrantTrust", {});
    }
  }

  async stop(): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#crashTimer);
    await this.#stopClient();
  }

  dispose(): void {
    void this.stop();
  }

  async #restart(): Promise<void> {
    clearTimeout(this.#crashTimer);
    await this.#stopClient();
    // Stopping with the editor wins over any restart that was under way.
    if (this.#disposed) {
      return;
    }
    this.status.starting();
    const choice = await findInterpreter(this.channel);
    this.#choice = choice;
    if (choice.kind === "none") {
      this.#refuse(choice.message);
      return;
    }
    this.channel.info(`Starting the server with ${choice.path} (Python ${choice.version}, from ${choice.source}).`);
    const client = this.#newClient(choice);
    this.#client = client;
    try {
      await client.start();
    } catch (error) {
      // The reason is in the channel; `closed` below schedules the next attempt.
      this.channel.error(`The server did not start: ${String(error)}`);
    }
  }

  async #stopClient(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      // A client that never came up cannot be stopped in order; its process is gone with its pipe.
      this.channel.debug(`Stopping the server: ${String(error)}`);
    }
  }

  #refuse(message: string): void {
    this.channel.error(message);
    this.status.failed(message);
    const settings = "Open Settings";
    void window.showErrorMessage(plain(message), settings, "Show Logs").then(async (button) => {
      if (button === settings) {
        await commands.executeCommand("workbench.action.openSettings", "dspy.interpreter");
      } else if (button === "Show Logs") {
        this.channel.show();
      }
    });
  }

  #newClient(choice: Interpreter): LanguageClient {
    const bundled = Uri.joinPath(this.context.extensionUri, "bundled");
    const script = Uri.joinPath(bundled, "serve.py").fsPath;
    const client = new QuietClient(
      SECTION,
      "DSPy",
      // Isolated, without site: neither the workspace nor an environment can replace a module.
      { command: choice.path, args: ["-I", "-S", script], options: { cwd: homedir() } },
      this.#clientOptions(choice, Uri.joinPath(bundled, "flavor").fsPath),
    );
    client.registerFeature({
      fillClientCapabilities: (capabilities) => {
        capabilities.experimental = { dspy: { input: true, pick: true, results: true, pieces: true } };
      },
      initialize: () => undefined,
      getState: () => ({ kind: "static" }),
      clear: () => undefined,
    });
    client.onNotification("dspy/status", (status: Status) => {
      this.status.running(status);
    });
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        this.status.reading(choice.path);
        this.onRunning();
      }
    });
    answerQuestions(client);
    return client;
  }

  #clientOptions(choice: Interpreter, flavorPath: string): LanguageClientOptions {
    const initializationOptions = (): InitializationOptions => ({
      workspaceTrusted: workspace.isTrusted,
      settings: settingsTree(
        this.#settingKeys(),
        // Null: of no file, or VS Code warns that a setting of files was read without one.
        (key) => workspace.getConfiguration(undefined, mainFolder() ?? null).get(key),
        choice.path,
      ),
      flavorPath,
    });
    return {
      documentSelector: DOCUMENTS,
      outputChannel: this.channel,
      initializationOptions,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          this.#crashed();
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      // Failures to start are retried by `closed`, not by a dialogue.
      initializationFailedHandler: () => false,
      middleware: {
        // Code actions and lenses arrive here: shown as from the palette.
        executeCommand: (command, parameters) =>
          this.jobs().execute(command, ...(parameters as unknown[])),
        workspace: {
          configuration: async (parameters, token, next) => {
            const sections = await next(parameters, token);
            return Array.isArray(sections)
              ? sections.map((section: unknown, index) =>
                  parameters.items[index]?.section === SECTION
                    ? withInterpreter(section, choice.path)
                    : section,
                )
              : sections;
          },
        },
      },
    };
  }

  #settingKeys(): string[] {
    const manifest = this.context.extension.packageJSON as {
      contributes: { configuration: { properties: Record<string, unknown> } };
    };
    return Object.keys(manifest.contributes.configuration.properties);
  }

  #crashed(): void {
    const delay = this.#crashes.crashed(Date.now());
    if (delay !== undefined) {
      this.channel.warn(`The server ended unexpectedly; starting it again in ${delay} ms.`);
      this.status.starting();
      this.#crashTimer = setTimeout(() => void this.#restarts.request(), delay);
      return;
    }
    const message = "The DSPy server ended unexpectedly several times in a row and stays off.";
    this.status.failed(message);
    void window.showErrorMessage(plain(message), "Restart", "Show Logs").then(async (button) => {
      if (button === "Restart") {
        await this.start();
      } else if (button === "Show Logs") {
        this.channel.show();
      }
    });
  }
}
