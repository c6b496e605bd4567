/** The interpreter selected in Microsoft's Python extensions, behind the little of them we use. */
import { type Disposable, type Event, extensions, type Uri, workspace } from "vscode";

/** A source of the person's choice of interpreter. */
export interface EnvironmentProvider {
  readonly name: string;
  selected(folder: Uri | undefined): Promise<string | undefined>;
  onDidChange(listener: () => void): Disposable;
}

/** The part of the Python Environments extension's API that is read here. */
interface PythonEnvironmentsApi {
  getEnvironment(
    scope: Uri | undefined,
  ): Promise<{ readonly execInfo?: { readonly run?: { readonly executable?: string } } } | undefined>;
  readonly onDidChangeEnvironment: Event<unknown>;
}

/** The part of the Python extension's API that is read here. */
interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: Uri): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri?: Uri } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: Event<unknown>;
  };
}

/** The Python extension that is installed and enabled, the newer one first. */
export async function findProvider(): Promise<EnvironmentProvider | undefined> {
  const environments = await activated<PythonEnvironmentsApi>("ms-python.vscode-python-envs");
  // Its activation returns nothing while the Python extension's setting keeps it off.
  if (environments && typeof environments.getEnvironment === "function") {
    return {
      name: "Python Environments",
      selected: async (folder) =>
        (await environments.getEnvironment(folder))?.execInfo?.run?.executable,
      onDidChange: (listener) => environments.onDidChangeEnvironment(listener),
    };
  }
  const python = (await activated<PythonApi>("ms-python.python"))?.environments;
  if (python) {
    return {
      name: "Python",
      selected: async (folder) => {
        const environment = await python.resolveEnvironment(python.getActiveEnvironmentPath(folder));
        return environment?.executable.uri?.fsPath;
      },
      onDidChange: (listener) => python.onDidChangeActiveEnvironmentPath(listener),
    };
  }
  return undefined;
}

/** The first folder of the workspace: one server serves them all. */
export function mainFolder(): Uri | undefined {
  return workspace.workspaceFolders?.[0]?.uri;
}

async function activated<Api>(id: string): Promise<Api | undefined> {
  const extension = extensions.getExtension<Api | undefined>(id);
  try {
    return await extension?.activate();
  } catch {
    // An extension that fails to start tells so itself; the next source is asked.
    return undefined;
  }
}
