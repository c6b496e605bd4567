/** Forwards a command to the server with progress and cancellation, and shows what it answers. */
import { randomUUID } from "node:crypto";
import { isAbsolute } from "node:path";
import {
  type CancellationToken,
  commands,
  env,
  Location,
  Position,
  type Progress,
  ProgressLocation,
  Uri,
  window,
  workspace,
} from "vscode";
import {
  ErrorCodes,
  type ExecuteCommandParams,
  ExecuteCommandRequest,
  type LanguageClient,
  LSPErrorCodes,
  ResponseError,
  WorkDoneProgress,
} from "vscode-languageclient/node";

import type { Documents } from "./documents";
import {
  type DiffResult,
  type LogResult,
  type OpenRunResult,
  type OutputResult,
  type Piece,
  type Place,
  type RunResult,
  ServerCommand,
} from "./protocol";
import { loggedMessage, partialReport, plain, runReport, skippedReport } from "./results";

/** A command of the server as this client runs it. */
interface Job {
  readonly title: string;
  /** Whether code of the workspace is run, which only a trusted workspace may. */
  readonly needsTrust: boolean;
  /** Shows a part of the answer as it arrives. */
  arrive?(piece: Piece): void;
  present(result: unknown, argument: unknown): Promise<void>;
}

export class Jobs {
  readonly #jobs: ReadonlyMap<string, Job>;

  constructor(
    private readonly client: () => LanguageClient | undefined,
    private readonly documents: Documents,
    private readonly showLogs: () => void,
  ) {
    this.#jobs = new Map<string, Job>([
      [
        ServerCommand.log,
        {
          title: "Log to MLflow",
          needsTrust: true,
          present: (result, argument) => this.#logged(result as LogResult, argument),
        },
      ],
      [
        ServerCommand.run,
        {
          title: "Run",
          needsTrust: true,
          arrive: (piece) => {
            this.#arrived(piece);
          },
          present: (result, argument) => this.#answered(result as RunResult, argument),
        },
      ],
      [
        ServerCommand.openRun,
        {
          title: "Open the run in MLflow",
          needsTrust: true,
          present: async (result) => {
            await env.openExternal(Uri.parse((result as OpenRunResult).url));
          },
        },
      ],
      [
        ServerCommand.compareRuns,
        {
          title: "Compare the versions in MLflow",
          needsTrust: true,
          present: async (result) => {
            await env.openExternal(Uri.parse((result as OpenRunResult).url));
          },
        },
      ],
      [
        ServerCommand.diffLogged,
        {
          title: "Compare with the logged version",
          needsTrust: true,
          present: (result) => this.documents.diff(result as DiffResult),
        },
      ],
    ]);
  }

  /** Runs a server command for a person; never rejects, since it tells what went wrong itself. */
  async execute(command: string, ...parameters: readonly unknown[]): Promise<unknown> {
    const job = this.#jobs.get(command);
    if (job?.needsTrust === true && !workspace.isTrusted) {
      refuseUntrusted(job.title);
      return undefined;
    }
    const client = this.client();
    if (client === undefined) {
      this.#fail("The DSPy server is not running. Run “DSPy: Restart Server”.", false);
      return undefined;
    }
    try {
      const result = job
        ? await withProgress(job.title, (progress, token) =>
            requestWithProgress(client, command, parameters, progress, token, (piece) =>
              job.arrive?.(piece),
            ),
          )
        : await request(client, { command, arguments: [...parameters] });
      // A person who closed one of the questions is answered with nothing.
      if (job !== undefined && result !== null && result !== undefined) {
        // Not awaited: a notification stays until it is closed, the job has ended.
        void job.present(result, parameters[0]);
      }
      return result;
    } catch (error) {
      if (isCancelled(error)) {
        window.setStatusBarMessage(`DSPy: ${job?.title ?? command} was cancelled`, 5000);
      } else {
        this.#fail(error instanceof Error ? error.message : String(error), job !== undefined, lineOf(error));
      }
      return undefined;
    }
  }

  /** The answers that are arriving, by title: output by output. */
  readonly #arriving = new Map<string, { token: string; outputs: Map<string, string>; uri: Thenable<Uri> }>();

  #arrived({ token, name, field, text }: Piece): void {
    const title = runTitle({ name });
    let run = this.#arriving.get(title);
    if (run?.token !== token) {
      const uri = this.documents.show(`${title}.md`, partialReport(title, new Map()), "markdown");
      run = { token, outputs: new Map(), uri };
      this.#arriving.set(title, run);
    }
    const { outputs, uri } = run;
    outputs.set(field, (outputs.get(field) ?? "") + text);
    void uri.then((shown) => {
      if (this.#arriving.get(title)?.token === token) {
        this.documents.set(shown, partialReport(title, outputs));
      }
    });
  }

  async #answered(result: RunResult, argument: unknown): Promise<void> {
    const title = runTitle(result);
    await this.#arriving.get(title)?.uri;
    this.#arriving.delete(title);
    await this.documents.show(`${title}.md`, runReport(title, result), "markdown");
    if (result.trace_id) {
      const button = await window.showInformationMessage(
        `${plain(title)}: answered${result.seconds === undefined ? "" : ` in ${result.seconds.toFixed(1)} s`}.`,
        "Open Trace",
      );
      if (button === "Open Trace") {
        const uri = (argument as Place | undefined)?.uri;
        await this.execute(ServerCommand.openRun, { uri, trace_id: result.trace_id });
      }
    }
  }

  async #logged(result: LogResult, argument: unknown): Promise<void> {
    const skipped = result.skipped?.length ?? 0;
    const showSkipped = `Show Skipped (${skipped})`;
    const buttons = ["Open Run", "Copy Model URI", ...(skipped > 0 ? [showSkipped] : [])];
    const button = await window.showInformationMessage(loggedMessage(result), ...buttons);
    if (button === "Open Run") {
      const uri = (argument as Place | undefined)?.uri;
      await this.execute(ServerCommand.openRun, { uri, run_id: result.run_id });
    } else if (button === "Copy Model URI") {
      await env.clipboard.writeText(result.model_uri);
    } else if (button === showSkipped) {
      await this.documents.show("Skipped statements.txt", skippedReport(result));
    }
  }

  #fail(message: string, hasOutput: boolean, line?: Location): void {
    const goTo = "Go to Line";
    const buttons = [...(line ? [goTo] : []), ...(hasOutput ? ["Show Output"] : []), "Show Logs"];
    void window.showErrorMessage(plain(message), ...buttons).then(async (button) => {
      if (button === "Show Logs") {
        this.showLogs();
      } else if (button === "Show Output") {
        await this.showOutput();
      } else if (button === goTo && line) {
        await window.showTextDocument(line.uri, { selection: line.range });
      }
    });
  }

  /** Shows what the last job printed. */
  async showOutput(): Promise<void> {
    const output = (await this.execute(ServerCommand.showOutput, {})) as OutputResult | undefined;
    if (output !== undefined) {
      const text = output.text || "The last job printed nothing.\n";
      await this.documents.show("Output of the last job.txt", text);
    }
  }
}

/** Sends one `workspace/executeCommand`. */
export function request(
  client: LanguageClient,
  parameters: ExecuteCommandParams,
  token?: CancellationToken,
): Promise<unknown> {
  return client.sendRequest(ExecuteCommandRequest.type, parameters, token);
}

async function requestWithProgress(
  client: LanguageClient,
  command: string,
  parameters: readonly unknown[],
  progress: Progress<{ message?: string; increment?: number }>,
  token: CancellationToken,
  arrive: (piece: Piece) => void,
): Promise<unknown> {
  const workDoneToken = randomUUID();
  let reached = 0;
  const pieces = client.onNotification("dspy/piece", (piece: Piece) => {
    if (piece.token === workDoneToken) {
      arrive(piece);
    }
  });
  const subscription = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
    if (value.kind === "end") {
      return;
    }
    const percentage = value.percentage ?? reached;
    progress.report({
      ...(value.message === undefined ? {} : { message: value.message }),
      increment: Math.max(0, percentage - reached),
    });
    reached = Math.max(reached, percentage);
  });
  try {
    return await request(client, { command, arguments: [...parameters], workDoneToken }, token);
  } finally {
    subscription.dispose();
    pieces.dispose();
  }
}

function runTitle(of: unknown): string {
  return `Run of ${(of as { name?: string | null } | undefined)?.name ?? "program"}`;
}

function withProgress<Result>(
  title: string,
  task: (
    progress: Progress<{ message?: string; increment?: number }>,
    token: CancellationToken,
  ) => Promise<Result>,
): Thenable<Result> {
  const location = ProgressLocation.Notification;
  return window.withProgress({ location, title: `DSPy: ${title}`, cancellable: true }, task);
}

function refuseUntrusted(title: string): void {
  const manage = "Manage Workspace Trust";
  const message = `“${title}” runs code of this workspace, and the workspace is in Restricted Mode.`;
  void window.showWarningMessage(plain(message), manage).then(async (button) => {
    if (button === manage) {
      await commands.executeCommand("workbench.trust.manage");
    }
  });
}

/** The line of the person's code that failed, where the server names it. */
function lineOf(error: unknown): Location | undefined {
  const data: unknown = error instanceof ResponseError ? error.data : undefined;
  const { path, line } = (data ?? {}) as { path?: unknown; line?: unknown };
  // A line of a notebook counts within its cell, which has no place of its own on disk.
  if (typeof path !== "string" || typeof line !== "number" || !isAbsolute(path) || path.endsWith(".ipynb")) {
    return undefined;
  }
  return new Location(Uri.file(path), new Position(line - 1, 0));
}

function isCancelled(error: unknown): boolean {
  return (
    error instanceof ResponseError &&
    (error.code === LSPErrorCodes.RequestCancelled ||
      error.code === LSPErrorCodes.ServerCancelled ||
      // The server was stopped while the job ran.
      error.code === ErrorCodes.PendingResponseRejected)
  );
}
