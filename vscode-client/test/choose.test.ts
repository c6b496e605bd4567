/** The choice of an interpreter: which comes first, which is refused, and what is said. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { test } from "node:test";

import {
  chooseInterpreter,
  type Probe,
  sameInterpreter,
  type Surroundings,
} from "../src/interpreter/choose";

const CPYTHON: Probe = {
  executable: "/usr/bin/python3.11",
  version: [3, 11, 4],
  implementation: "cpython",
  freeThreaded: false,
};

/** A machine on which these files are interpreters; a string in place of one is why it fails. */
function machine(
  interpreters: Record<string, Partial<Probe> | string>,
  overrides: Partial<Surroundings> = {},
): Surroundings {
  return {
    setting: "",
    trusted: true,
    folders: ["/code/space"],
    platform: "linux",
    home: "/home/ada",
    environment: { PATH: ["/opt/bin", "/usr/bin"].join(path.delimiter) },
    selected: () => Promise.resolve(undefined),
    exists: (file) => Promise.resolve(file in interpreters),
    probe: (file) => {
      const answer = interpreters[file];
      return typeof answer === "object"
        ? Promise.resolve({ ...CPYTHON, executable: file, ...answer })
        : Promise.reject(new Error(answer ?? "there is no such file"));
    },
    ...overrides,
  };
}

const EVERYWHERE = {
  "/chosen/python": {},
  "/selected/python": {},
  "/code/space/.venv/bin/python": {},
  "/code/space/venv/bin/python": {},
  "/opt/bin/python3": {},
  "/usr/bin/python3": {},
};

const ORDER: readonly [string, Partial<Surroundings>, string][] = [
  ["the setting", { setting: "/chosen/python" }, "/chosen/python"],
  [
    "the Python extension's selection",
    { selected: () => Promise.resolve("/selected/python") },
    "/selected/python",
  ],
  ["the workspace's .venv", {}, "/code/space/.venv/bin/python"],
  ["PATH, where no folder is open", { folders: [] }, "/opt/bin/python3"],
];
for (const [name, overrides, expected] of ORDER) {
  test(`takes ${name} first`, async () => {
    const choice = await chooseInterpreter(machine(EVERYWHERE, overrides));
    assert.equal(choice.kind === "found" && choice.path, expected);
  });
}

test("takes venv where there is no .venv", async () => {
  const choice = await chooseInterpreter(machine({ "/code/space/venv/bin/python": {} }));
  assert.equal(choice.kind === "found" && choice.path, "/code/space/venv/bin/python");
});

test("finds a virtual environment of Windows", async () => {
  const file = path.join("/code/space", ".venv", "Scripts", "python.exe");
  const choice = await chooseInterpreter(machine({ [file]: {} }, { platform: "win32" }));
  assert.equal(choice.kind === "found" && choice.path, file);
});

test("starts nothing of an untrusted workspace", async () => {
  const started: string[] = [];
  const surroundings = machine(EVERYWHERE, {
    trusted: false,
    selected: () => Promise.resolve("/selected/python"),
  });
  const choice = await chooseInterpreter({
    ...surroundings,
    probe: (file) => {
      started.push(file);
      return surroundings.probe(file);
    },
  });
  assert.equal(choice.kind === "found" && choice.path, "/opt/bin/python3");
  assert.deepEqual(started, ["/opt/bin/python3"]);
});

test("never looks in a relative folder of PATH, which may be the workspace", async () => {
  const choice = await chooseInterpreter(
    machine({ "python3": {}, "bin/python3": {} }, { environment: { PATH: `bin${path.delimiter}.` } }),
  );
  assert.equal(choice.kind, "none");
});

test("says which interpreters it passed over, and why", async () => {
  const choice = await chooseInterpreter(
    machine({ "/code/space/.venv/bin/python": { version: [3, 9, 1] }, "/usr/bin/python3": {} }),
  );
  assert.ok(choice.kind === "found");
  assert.equal(choice.path, "/usr/bin/python3");
  assert.deepEqual(choice.skipped, ["/code/space/.venv/bin/python is Python 3.9"]);
});

const REFUSED: readonly [string, Partial<Probe> | string, RegExp][] = [
  ["too old", { version: [3, 9, 18] }, /is Python 3\.9\. .*CPython 3\.10 to 3\.14.*dspy\.interpreter/],
  ["too new", { version: [3, 15, 0] }, /is Python 3\.15/],
  ["PyPy", { implementation: "pypy" }, /is pypy, not CPython/],
  ["free-threaded", { freeThreaded: true }, /is a free-threaded build/],
  ["broken", "it ended with code 127", /does not start: it ended with code 127/],
];
for (const [name, probe, message] of REFUSED) {
  test(`refuses a setting that is ${name}, and takes no other in silence`, async () => {
    const choice = await chooseInterpreter(
      machine({ ...EVERYWHERE, "/chosen/python": probe }, { setting: "/chosen/python" }),
    );
    assert.ok(choice.kind === "none");
    assert.match(choice.message, message);
  });
}

test("says what to do where there is no Python at all", async () => {
  const choice = await chooseInterpreter(machine({}));
  assert.ok(choice.kind === "none");
  assert.match(choice.message, /No Python was found.*install one/);
});

const EXPANDED: readonly [string, string][] = [
  ["~/env/bin/python", "/home/ada/env/bin/python"],
  ["${workspaceFolder}/env/bin/python", "/code/space/env/bin/python"],
  ["env/bin/python", "/code/space/env/bin/python"],
  ["${env:CONDA}/python", "/conda/python"],
  ["${userHome}/python", "/home/ada/python"],
];
for (const [setting, file] of EXPANDED) {
  test(`reads the setting ${setting} as ${file}`, async () => {
    const environment = { PATH: "", CONDA: "/conda" };
    const choice = await chooseInterpreter(machine({ [file]: {} }, { setting, environment }));
    assert.equal(choice.kind === "found" && choice.path, file);
  });
}

test("takes a bare name in the setting from wherever the system finds it", async () => {
  const choice = await chooseInterpreter(
    machine({ "python3.12": { executable: "/usr/bin/python3.12" } }, { setting: "python3.12" }),
  );
  assert.equal(choice.kind === "found" && choice.path, "/usr/bin/python3.12");
});

test("the same path and version need no restart, anything else does", () => {
  const found = { kind: "found", path: "/a", version: "3.11.4", source: "PATH", skipped: [] } as const;
  const none = { kind: "none", message: "" } as const;
  assert.ok(sameInterpreter(found, { ...found, source: "setting" }));
  assert.ok(!sameInterpreter(found, { ...found, version: "3.12.0" }));
  assert.ok(!sameInterpreter(found, { ...found, path: "/b" }));
  assert.ok(!sameInterpreter(undefined, found));
  assert.ok(!sameInterpreter(none, none));
});
