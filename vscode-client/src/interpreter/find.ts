/** Connects the choice of an interpreter to VS Code, its Python extensions and this machine. */
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { type LogOutputChannel, workspace } from "vscode";

import { chooseInterpreter, type Interpreter, type NoInterpreter } from "./choose";
import { findProvider, mainFolder } from "./environments";
import { probeInterpreter } from "./probe";

export async function findInterpreter(
  channel: LogOutputChannel,
): Promise<Interpreter | NoInterpreter> {
  const choice = await chooseInterpreter({
    setting: workspace.getConfiguration("dspy", mainFolder()).get("interpreter", ""),
    trusted: workspace.isTrusted,
    folders: (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    platform: process.platform,
    home: homedir(),
    environment: process.env,
    selected: async () => (await findProvider())?.selected(mainFolder()),
    exists: async (file) => {
      try {
        return (await stat(file)).isFile();
      } catch {
        return false;
      }
    },
    probe: probeInterpreter,
  });
  for (const reason of choice.kind === "found" ? choice.skipped : []) {
    channel.warn(`Interpreter not used: ${reason}.`);
  }
  return choice;
}
