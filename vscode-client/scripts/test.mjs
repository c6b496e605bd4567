// Bundles each test and runs them all under Node's own test runner: no editor, no other runner.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import esbuild from "esbuild";

rmSync("out/test", { recursive: true, force: true });
const entryPoints = readdirSync("test")
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => `test/${name}`);
await esbuild.build({
  entryPoints,
  outdir: "out/test",
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  sourcemap: "inline",
  logLevel: "warning",
});
const files = readdirSync("out/test").map((name) => `out/test/${name}`);
const result = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], {
  stdio: "inherit",
});
process.exit(result.status ?? 1);
