/** The interpreter selected in Microsoft's Python extensions, behind the little of them we use. */
import type { PythonEnvironmentApi } from "@vscode/python-environments";
import type { PythonExtension } from "@vscode/python-extension";
import { type Disposable, extensions, type Uri, workspace } from "vscode";

/** A source of the person's choice of interpreter. */
export interface EnvironmentProvider {
  readonly name: string;
  selected(folder: Uri | undefined): Promise<string | undefined>;
  onDidChange(listener: () => void): Disposable;
}

/** What is read of the two extensions, by the types that they publish. */
type EnvironmentsApi = Pick<PythonEnvironmentApi, "getEnvironment" | "onDidChangeEnvironment">;
type PythonApi = Pick<PythonExtension, "environments">;

/** The Python extension that is installed and enabled, the newer one first. */
export async function findProvider(): Promise<EnvironmentProvider | undefined> {
  const environments = await activated<Partial<EnvironmentsApi>>("ms-python.vscode-python-envs");
  // Its activation returns nothing while the Python extension's setting keeps it off.
  const { getEnvironment, onDidChangeEnvironment } = environments ?? {};
  if (environments && getEnvironment && onDidChangeEnvironment) {
    return {
      name: "Python Environments",
      selected: async (folder) =>
        (await getEnvironment.call(environments, folder))?.execInfo.run.executable,
      onDidChange: (listener) => onDidChangeEnvironment(listener),
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
