/** The settings as the server takes them: one tree below the section `dspy`. */

export const SECTION = "dspy";

/** What the server is told when it starts. */
export interface InitializationOptions {
  readonly workspaceTrusted: boolean;
  readonly settings: Tree;
  readonly flavorPath: string;
}

export type Tree = Record<string, unknown>;

/** The tree of settings from their full keys (`dspy.log.format`) and what VS Code says of each. */
export function settingsTree(
  keys: readonly string[],
  read: (key: string) => unknown,
  interpreter: string,
): Tree {
  const tree: Tree = {};
  for (const key of keys) {
    const [, ...parts] = key.split(".");
    const last = parts.pop();
    if (last === undefined) {
      continue;
    }
    let branch = tree;
    for (const part of parts) {
      branch = (branch[part] ??= {}) as Tree;
    }
    branch[last] = read(key);
  }
  return withInterpreter(tree, interpreter);
}

/** The section with the interpreter that was chosen, so that client and server agree on it. */
export function withInterpreter(section: unknown, interpreter: string): Tree {
  const tree = typeof section === "object" && section !== null ? (section as Tree) : {};
  return { ...tree, interpreter };
}
