/** Connects the choice of an interpreter to VS Code, its Python extensions and this machine. */
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { type LogOutputChannel, workspace } from "vscode";

import { chooseInterpreter, type Interpreter, type NoInterpreter } from "./choose";
import { findProvider, mainFolder } from "./environments";
import { probeInterpreter } from "./probe";

/** A Python extension that is slower than this is followed once it answers. */
const PATIENCE_MS = 8000;

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
    selected: () => selectedInterpreter(channel),
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

/** What the person selected in a Python extension; a slow or broken one does not hold up the start. */
async function selectedInterpreter(channel: LogOutputChannel): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      channel.warn(`The Python extension has not answered within ${PATIENCE_MS / 1000} seconds.`);
      resolve(undefined);
    }, PATIENCE_MS);
  });
  const ask = async (): Promise<string | undefined> => (await findProvider())?.selected(mainFolder());
  try {
    return await Promise.race([ask(), patience]);
  } catch (error) {
    channel.warn(`The Python extension did not tell its interpreter: ${String(error)}`);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
