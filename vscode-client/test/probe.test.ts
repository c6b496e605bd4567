/** Asking real programs whether they are a Python. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";

import { probeInterpreter } from "../src/interpreter/probe";

const PYTHON = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], {
  encoding: "utf8",
}).trim();

test("a Python says its version and that it is CPython", async () => {
  const probe = await probeInterpreter(PYTHON);
  assert.equal(probe.implementation, "cpython");
  assert.equal(probe.version[0], 3);
  assert.equal(probe.executable, PYTHON);
});

test("a missing file, a program that is no Python, and a file that is no program say so", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "probe-"));
  const script = path.join(folder, "talks");
  writeFileSync(script, "#!/bin/sh\necho hello\n");
  chmodSync(script, 0o755);
  const text = path.join(folder, "text");
  writeFileSync(text, "");
  await assert.rejects(probeInterpreter(path.join(folder, "none")), /there is no such file/);
  await assert.rejects(probeInterpreter(script), /does not answer as a Python/);
  await assert.rejects(probeInterpreter(text), /may not be executed/);
  await assert.rejects(probeInterpreter("/bin/false"), /ended with code 1/);
});
