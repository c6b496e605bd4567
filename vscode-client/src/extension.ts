/** The extension's entry: wires the server, its commands and what they show to VS Code. */
import { commands, env, type ExtensionContext, version, window, workspace } from "vscode";

import { Documents } from "./documents";
import { findProvider } from "./interpreter/environments";
import { Jobs } from "./jobs";
import { PromptPreview } from "./preview";
import { type Place, ServerCommand } from "./protocol";
import { DOCUMENTS, Server } from "./server";
import { StatusItem } from "./status";

let server: Server | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const channel = window.createOutputChannel("DSPy", { log: true });
  const documents = new Documents();
  const status = new StatusItem(DOCUMENTS);
  const running: Server = new Server(context, channel, status, () => jobs);
  const jobs = new Jobs(
    () => running.client,
    documents,
    () => {
      channel.show();
    },
  );
  const preview = new PromptPreview(() => running.client, documents);
  server = running;
  context.subscriptions.push(channel, documents, status, preview, running);

  /** Forwards a command for what is at the caret, or for the place that a keybinding names. */
  const forward = (serverCommand: string) => (argument?: object) => {
    const place = placeOf(running, argument);
    return place && jobs.execute(serverCommand, place);
  };
  const register = (name: string, handler: (argument?: object) => unknown): void => {
    context.subscriptions.push(commands.registerCommand(`dspyCompanion.${name}`, handler));
  };
  register("logModule", forward(ServerCommand.log));
  register("run", forward(ServerCommand.run));
  register("openRun", forward(ServerCommand.openRun));
  register("diffLogged", forward(ServerCommand.diffLogged));
  register("previewPrompt", async () => {
    const editor = window.activeTextEditor;
    if (editor && placeOf(running)) {
      try {
        await preview.show(editor);
      } catch (error) {
        void window.showErrorMessage(error instanceof Error ? error.message : String(error));
      }
    }
  });
  register("showOutput", () => jobs.showOutput());
  register("showLogs", () => {
    channel.show();
  });
  register("restartServer", () => running.start());
  register("showInformation", () => showInformation(context, running, jobs, documents));

  context.subscriptions.push(
    workspace.onDidGrantWorkspaceTrust(() => void running.trustGranted()),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("dspy.interpreter")) {
        void running.interpreterMayHaveChanged();
      }
    }),
    workspace.onDidChangeWorkspaceFolders(() => void running.interpreterMayHaveChanged()),
  );
  await running.start();
  // Subscribed after the start: a slow Python extension must not hold it up twice.
  const provider = workspace.isTrusted ? await findProvider() : undefined;
  if (provider) {
    channel.info(`The interpreter selected in the ${provider.name} extension is followed.`);
    context.subscriptions.push(
      provider.onDidChange(() => void running.interpreterMayHaveChanged()),
    );
  }
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** The caret of the active Python editor, completed by what a keybinding passed. */
function placeOf(running: Server, argument?: object): Place | undefined {
  const given = argument as Partial<Place> | undefined;
  const editor = window.activeTextEditor;
  const client = running.client;
  if (typeof given?.uri === "string") {
    return given as Place;
  }
  if (editor?.document.languageId !== "python") {
    void window.showInformationMessage("Open a Python file or notebook with a DSPy program first.");
    return undefined;
  }
  if (client === undefined) {
    void window.showErrorMessage("The DSPy server is not running. Run “DSPy: Restart Server”.");
    return undefined;
  }
  return {
    uri: client.code2ProtocolConverter.asUri(editor.document.uri),
    position: client.code2ProtocolConverter.asPosition(editor.selection.active),
    ...given,
  };
}

/** Versions, paths and state, for a look and for bug reports. */
async function showInformation(
  context: ExtensionContext,
  running: Server,
  jobs: Jobs,
  documents: Documents,
): Promise<void> {
  const manifest = context.extension.packageJSON as { version: string };
  const information = {
    extension: manifest.version,
    editor: `${env.appName} ${version}`,
    platform: `${process.platform} ${process.arch}`,
    trusted: workspace.isTrusted,
    interpreter: running.interpreter,
    server: running.client ? await jobs.execute(ServerCommand.information, {}) : "not running",
  };
  await documents.show("DSPy information.json", JSON.stringify(information, null, 2), "json");
}
