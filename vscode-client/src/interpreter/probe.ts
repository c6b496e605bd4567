/** Asks an interpreter what it is, by starting it isolated from its surroundings. */
import { execFile } from "node:child_process";
import { homedir } from "node:os";

import type { Probe } from "./choose";

const TIME_LIMIT_MS = 10_000;

const QUESTION = [
  "import json, sys, sysconfig",
  "print(json.dumps({",
  "    'executable': sys.executable,",
  "    'version': sys.version_info[:3],",
  "    'implementation': sys.implementation.name,",
  "    'freeThreaded': bool(sysconfig.get_config_var('Py_GIL_DISABLED')),",
  "}))",
].join("\n");

/** Rejects with a reason for people when the program does not answer as a Python does. */
export function probeInterpreter(file: string): Promise<Probe> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIME_LIMIT_MS, cwd: homedir(), windowsHide: true };
    // Python 2 knows neither -I nor its question, and is refused by its exit code.
    execFile(file, ["-I", "-c", QUESTION], options, (error, stdout) => {
      if (error) {
        reject(new Error(reasonOf(error)));
        return;
      }
      try {
        resolve(JSON.parse(stdout) as Probe);
      } catch {
        reject(new Error("it does not answer as a Python interpreter does"));
      }
    });
  });
}

function reasonOf(error: Error & { code?: unknown; killed?: boolean }): string {
  if (error.killed === true) {
    return `no answer within ${TIME_LIMIT_MS / 1000} seconds`;
  }
  switch (error.code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
      return "it may not be executed";
    default:
      return typeof error.code === "number" ? `it ended with code ${error.code}` : error.message;
  }
}
