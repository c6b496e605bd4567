/** The extension's entry: wires the server, its commands and what they show to VS Code. */
import {
  commands,
  Disposable,
  env,
  type ExtensionContext,
  extensions,
  Uri,
  version,
  window,
  workspace,
} from "vscode";

import { Documents } from "./documents";
import { findProvider } from "./interpreter/environments";
import { Jobs } from "./jobs";
import { PromptPreview } from "./preview";
import { Programs } from "./programs";
import { type Place, ServerCommand } from "./protocol";
import { plain } from "./results";
import { DOCUMENTS, Server } from "./server";
import { StatusItem } from "./status";

let server: Server | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const channel = window.createOutputChannel("DSPy", { log: true });
  const documents = new Documents();
  const status = new StatusItem(DOCUMENTS);
  const running: Server = new Server(context, channel, status, () => jobs, () => {
    programs.refresh(0);
  });
  const jobs = new Jobs(
    () => running.client,
    documents,
    () => {
      channel.show();
    },
  );
  const preview = new PromptPreview(() => running.client, documents);
  const programs = new Programs(() => running.client, DOCUMENTS);
  server = running;
  context.subscriptions.push(channel, documents, status, preview, programs, running);

  /** Forwards a command for what is at the caret, or for the place that a keybinding names. */
  const forward = (serverCommand: string, fixed: object = {}) => (given?: object) => {
    // A menu passes the file, which is the active editor's.
    const argument = given instanceof Uri ? undefined : given;
    const place = placeOf(running, argument);
    return place && jobs.execute(serverCommand, { ...place, ...fixed });
  };
  const register = (name: string, handler: (argument?: object) => unknown): void => {
    context.subscriptions.push(commands.registerCommand(`dspyCompanion.${name}`, handler));
  };
  register("logModule", forward(ServerCommand.log));
  register("logWithChoices", forward(ServerCommand.log, { ask: true }));
  register("run", forward(ServerCommand.run));
  register("runLogged", forward(ServerCommand.run, { logged: true }));
  register("openRun", forward(ServerCommand.openRun));
  register("diffLogged", forward(ServerCommand.diffLogged));
  register("compareRuns", forward(ServerCommand.compareRuns));
  register("forgetChoices", () => jobs.execute(ServerCommand.forgetChoices, {}));
  const showPreview = async (argument?: object): Promise<void> => {
    const editor = window.activeTextEditor;
    if (editor && placeOf(running)) {
      try {
        await preview.show(editor, argument);
      } catch (error) {
        void window.showErrorMessage(plain(error instanceof Error ? error.message : String(error)));
      }
    }
  };
  register("previewPrompt", () => showPreview());
  register("previewPromptWith", () => showPreview({ ask: true }));
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
  context.subscriptions.push(followPythonExtensions(running, (name) => {
    channel.info(`The interpreter selected in the ${name} extension is followed.`);
  }));
}

/** Keeps to the interpreter that a Python extension selects, also one that starts later. */
function followPythonExtensions(running: Server, onFound: (name: string) => void): Disposable {
  let followed: Disposable | undefined;
  let name: string | undefined;
  const follow = async (): Promise<void> => {
    const provider = workspace.isTrusted ? await findProvider() : undefined;
    if (provider?.name !== name) {
      followed?.dispose();
      followed = provider?.onDidChange(() => void running.interpreterMayHaveChanged());
      name = provider?.name;
      if (provider) {
        onFound(provider.name);
        // It may have been too slow for the start.
        await running.interpreterMayHaveChanged();
      }
    }
  };
  const subscriptions = [
    extensions.onDidChange(() => void follow()),
    workspace.onDidGrantWorkspaceTrust(() => void follow()),
  ];
  void follow();
  return new Disposable(() => {
    for (const subscription of [...subscriptions, followed]) {
      subscription?.dispose();
    }
  });
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
