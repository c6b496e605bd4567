/** Runs one suite with Mocha inside VS Code's extension host; VS Code calls `run`. */
import * as path from "node:path";
import Mocha from "mocha";

import { environment } from "./support";

/** Resolves in any case: what failed is in the file that the environment names. */
export async function run(): Promise<void> {
  const mocha = new Mocha({
    ui: "bdd",
    // A machine that is busy with other tests; nothing is measured here.
    timeout: 120_000,
    reporter: "json",
    reporterOption: { output: environment("DSPY_TEST_RESULT") },
  } as Mocha.MochaOptions);
  mocha.addFile(path.join(__dirname, `${environment("DSPY_TEST_SUITE")}.host.cjs`));
  await mocha.loadFilesAsync();
  await new Promise((resolve) => mocha.run(resolve));
}
