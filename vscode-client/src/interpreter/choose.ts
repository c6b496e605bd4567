/** Chooses the Python that runs the server: a pure decision over what the surroundings offer. */
import * as path from "node:path";

/** Where an interpreter was named or found, in the order in which they are considered. */
export type Source = "setting" | "python extension" | "workspace" | "PATH";

/** What an interpreter says about itself. */
export interface Probe {
  readonly executable: string;
  readonly version: readonly [number, number, number];
  readonly implementation: string;
  readonly freeThreaded: boolean;
}

/** What the choice depends on; the caller connects it to VS Code and the machine. */
export interface Surroundings {
  /** The setting `dspy.interpreter`. */
  readonly setting: string;
  /** Whether an interpreter that belongs to the workspace may be started. */
  readonly trusted: boolean;
  readonly folders: readonly string[];
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The interpreter selected in a Python extension, if there is one. */
  selected(): Promise<string | undefined>;
  exists(file: string): Promise<boolean>;
  /** Starts an interpreter and asks it; rejects with a reason for people. */
  probe(file: string): Promise<Probe>;
}

export interface Interpreter {
  readonly kind: "found";
  readonly path: string;
  readonly version: string;
  readonly source: Source;
  /** Interpreters that came first and cannot be used, each with the reason. */
  readonly skipped: readonly string[];
}

export interface NoInterpreter {
  readonly kind: "none";
  /** What is wrong and what to do, in one message. */
  readonly message: string;
}

/** The Pythons whose libraries the extension carries. */
export const OLDEST_MINOR = 10;
export const NEWEST_MINOR = 14;
const SUPPORTED = `CPython 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR}`;

/** The first usable interpreter. One that the person named is used or complained about. */
export async function chooseInterpreter(
  surroundings: Surroundings,
): Promise<Interpreter | NoInterpreter> {
  const skipped: string[] = [];
  for await (const [source, file] of candidates(surroundings)) {
    let reason: string;
    try {
      const probe = await surroundings.probe(file);
      const refusal = unsuitable(probe);
      if (refusal === undefined) {
        // The path as it was named: resolving links would leave a virtual environment.
        const found = path.isAbsolute(file) ? file : probe.executable;
        return { kind: "found", path: found, version: probe.version.join("."), source, skipped };
      }
      reason = `${file} ${refusal}`;
    } catch (error) {
      reason = `${file} does not start: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (source === "setting") {
      return {
        kind: "none",
        message: `${reason}. DSPy Companion needs ${SUPPORTED}: correct or clear the setting dspy.interpreter.`,
      };
    }
    skipped.push(reason);
  }
  const why = skipped.length > 0 ? `${skipped.join("; ")}.` : "No Python was found.";
  return {
    kind: "none",
    message: `${why} DSPy Companion needs ${SUPPORTED}: install one, or name it in the setting dspy.interpreter.`,
  };
}

/** Whether two choices start the same server. */
export function sameInterpreter(
  left: Interpreter | NoInterpreter | undefined,
  right: Interpreter | NoInterpreter,
): boolean {
  if (left?.kind !== "found" || right.kind !== "found") {
    return false;
  }
  return left.path === right.path && left.version === right.version;
}

async function* candidates(surroundings: Surroundings): AsyncGenerator<[Source, string]> {
  const { setting, trusted, folders, platform } = surroundings;
  if (setting.trim() !== "") {
    yield ["setting", expand(setting.trim(), surroundings)];
    return;
  }
  // In Restricted Mode the workspace may have named any of these, so none is started.
  if (trusted) {
    const selected = await surroundings.selected();
    if (selected !== undefined) {
      yield ["python extension", selected];
    }
    const program = platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
    for (const folder of folders) {
      for (const name of [".venv", "venv"]) {
        const file = path.join(folder, name, ...program);
        if (await surroundings.exists(file)) {
          yield ["workspace", file];
        }
      }
    }
  }
  const directories = (surroundings.environment["PATH"] ?? "").split(path.delimiter);
  const names = platform === "win32" ? ["python.exe", "python3.exe"] : ["python3", "python"];
  for (const name of names) {
    for (const directory of directories) {
      // A relative entry means the current folder, which may be the workspace.
      if (path.isAbsolute(directory) && (await surroundings.exists(path.join(directory, name)))) {
        yield ["PATH", path.join(directory, name)];
      }
    }
  }
}

function unsuitable(probe: Probe): string | undefined {
  const [major, minor] = probe.version;
  if (probe.implementation !== "cpython") {
    return `is ${probe.implementation}, not CPython`;
  }
  if (major !== 3 || minor < OLDEST_MINOR || minor > NEWEST_MINOR) {
    return `is Python ${major}.${minor}`;
  }
  return probe.freeThreaded ? "is a free-threaded build" : undefined;
}

/** Replaces `~`, `${workspaceFolder}`, `${userHome}` and `${env:NAME}` in a path setting. */
function expand(setting: string, { folders, home, environment }: Surroundings): string {
  const folder = folders[0] ?? home;
  const expanded = setting
    .replace(/^~(?=$|[/\\])/, home)
    .replaceAll("${workspaceFolder}", folder)
    .replaceAll("${userHome}", home)
    .replace(/\$\{env:([^}]+)\}/g, (_, name: string) => environment[name] ?? "");
  // A bare name is looked up on PATH; any other relative path belongs to the workspace.
  return /[/\\]/.test(expanded) ? path.resolve(folder, expanded) : expanded;
}
