// Bundles the tests and runs those that need no editor under Node's own test runner.
// `node scripts/test.mjs --host` only bundles the suites of VS Code's extension host, into
// out/host, and the extension that they need beside ours into out/python_environments:
// tests/editors runs them.
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import esbuild from "esbuild";

const host = process.argv.includes("--host");
const source = host ? "test/host" : "test";
const outdir = host ? "out/host" : "out/test";
rmSync(outdir, { recursive: true, force: true });
await esbuild.build({
  entryPoints: readdirSync(source)
    .filter((name) => /\.(test|host)\.ts$/.test(name) || (host && name !== "support.ts"))
    .map((name) => `${source}/${name}`),
  outdir,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode", "mocha"],
  sourcemap: "inline",
  logLevel: "warning",
});
if (host) {
  const standIn = "python_environments";
  await esbuild.build({
    entryPoints: [`test/${standIn}/extension.ts`],
    outfile: `out/${standIn}/extension.js`,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode"],
    logLevel: "warning",
  });
  copyFileSync(`test/${standIn}/package.json`, `out/${standIn}/package.json`);
} else {
  const files = readdirSync(outdir).map((name) => `${outdir}/${name}`);
  const result = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], {
    stdio: "inherit",
  });
  process.exit(result.status ?? 1);
}
