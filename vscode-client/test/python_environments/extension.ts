/**
 * Stands in for Microsoft's Python Environments extension, which no registry of packages has. What it
 * answers is held to the types that the real one publishes, member by member.
 */
import type { DidChangeEnvironmentEventArgs, PythonEnvironment, PythonEnvironmentApi } from "@vscode/python-environments";
import { commands, EventEmitter, type ExtensionContext, Uri, workspace } from "vscode";

type Answered = Pick<PythonEnvironmentApi, "getEnvironment" | "onDidChangeEnvironment">;

export function activate(context: ExtensionContext): Answered {
  let selected = environmentOf(process.env["DSPY_TEST_SELECTED"]);
  const changed = new EventEmitter<DidChangeEnvironmentEventArgs>();
  context.subscriptions.push(
    changed,
    commands.registerCommand("standIn.select", (file: string) => {
      const old = selected;
      selected = environmentOf(file);
      changed.fire({ uri: workspace.workspaceFolders?.[0]?.uri, old, new: selected });
    }),
  );
  return {
    getEnvironment: () => Promise.resolve(selected),
    onDidChangeEnvironment: changed.event,
  };
}

/** An environment as the manager of `venv`s describes one. */
function environmentOf(executable: string | undefined): PythonEnvironment | undefined {
  if (executable === undefined) {
    return undefined;
  }
  return {
    envId: { id: executable, managerId: "ms-python.python:venv" },
    name: "stand-in",
    displayName: "stand-in",
    displayPath: executable,
    version: "3.11.0",
    environmentPath: Uri.file(executable),
    execInfo: { run: { executable } },
    sysPrefix: executable.replace(/\/bin\/[^/]*$/, ""),
  };
}
