// Runs a Python file in a Python that is built for WebAssembly: a release for which no other interpreter
// can be had here. Usage: node wasm.mjs FOLDER FILE [ARGUMENT…]; FOLDER holds node_modules and site.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [folder, file, ...rest] = process.argv.slice(2);
const entry = resolve(folder, "node_modules/pyodide/pyodide.mjs");
const { loadPyodide } = await import(pathToFileURL(entry).href);
const python = await loadPyodide({
  stdout: (line) => process.stdout.write(`${line}\n`),
  stderr: () => undefined,
});
const here = dirname(fileURLToPath(import.meta.url));
for (const [name, root] of [
  ["/site", resolve(folder, "site")],
  ["/parity", here],
]) {
  python.FS.mkdir(name);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, name);
}
python.globals.set("given", python.toPy(rest));
python.runPython("import sys\nsys.path[:0] = ['/site', '/parity']\nsys.argv[1:] = given");
python.runPython(readFileSync(resolve(here, file), "utf8"));
// Its output comes line by line.
python.runPython("print(flush=True)");
