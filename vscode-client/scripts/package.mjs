// Packages the extension: `npm run package -- [--target linux-x64]` writes dist/*.vsix.
// The bundled server of that target has to be in place: see scripts/bundle.py.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const bundleFile = "bundled/bundle.json";
if (!existsSync(bundleFile)) {
  console.error("error: there is no bundled server; run `python scripts/bundle.py` first");
  process.exit(1);
}
const target = JSON.parse(readFileSync(bundleFile, "utf8")).target;
const asked = process.argv.indexOf("--target");
if (asked !== -1 && process.argv[asked + 1] !== target) {
  console.error(`error: the bundled server is for ${target}, not for ${process.argv[asked + 1]}`);
  process.exit(1);
}
mkdirSync("dist", { recursive: true });
const out = `dist/${manifest.name}-${manifest.version}-${target}.vsix`;
const result = spawnSync(
  process.execPath,
  [
    "node_modules/@vscode/vsce/vsce",
    "package",
    "--no-dependencies",
    // There is no published repository yet, so links stay relative and none is invented.
    "--allow-missing-repository",
    "--no-rewrite-relative-links",
    "--target",
    target,
    "--out",
    out,
  ],
  // One date for every file: the same input gives the same archive.
  { stdio: "inherit", env: { SOURCE_DATE_EPOCH: "1767225600", ...process.env } },
);
process.exit(result.status ?? 1);
