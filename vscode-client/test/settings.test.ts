/** What the server is told, and that manifest and code know the same names. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { settingsTree, withInterpreter } from "../src/settings";

interface Manifest {
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; category: string; title: string }[];
    menus: Record<string, { command?: string; submenu?: string }[]>;
    configuration: { properties: Record<string, { scope?: string; markdownDescription?: string }> };
    walkthroughs: { steps: { media: { markdown: string } }[] }[];
  };
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const { contributes } = manifest;
const settings = Object.keys(contributes.configuration.properties);

test("full keys become the tree of the section, with the interpreter that was chosen", () => {
  const values: Record<string, unknown> = {
    "dspy.interpreter": "",
    "dspy.log.format": "source",
    "dspy.log.timeLimit": 120,
  };
  assert.deepEqual(
    settingsTree(Object.keys(values), (key) => values[key], "/env/bin/python"),
    { interpreter: "/env/bin/python", log: { format: "source", timeLimit: 120 } },
  );
});

test("an answer without the section still carries the interpreter", () => {
  assert.deepEqual(withInterpreter(null, "/python"), { interpreter: "/python" });
  assert.deepEqual(withInterpreter({ dspyVersion: "3.2.1" }, "/python"), {
    dspyVersion: "3.2.1",
    interpreter: "/python",
  });
});

test("every setting has a scope and a description", () => {
  for (const [key, { scope, markdownDescription }] of Object.entries(
    contributes.configuration.properties,
  )) {
    assert.ok(scope, key);
    assert.ok(markdownDescription, key);
  }
});

test("restricted settings are settings", () => {
  for (const key of manifest.capabilities.untrustedWorkspaces.restrictedConfigurations) {
    assert.ok(settings.includes(key), key);
  }
});

test("the manifest's commands are exactly those that the code registers", () => {
  const source = readFileSync("src/extension.ts", "utf8");
  const registered = [...source.matchAll(/register\("(\w+)"/g)].map(
    ([, name]) => `dspyCompanion.${name ?? ""}`,
  );
  const declared = contributes.commands.map(({ command }) => command);
  assert.deepEqual(declared.sort(), registered.sort());
  assert.ok(contributes.commands.every(({ category }) => category === "DSPy"));
});

test("menus name only commands that exist", () => {
  const declared = new Set(contributes.commands.map(({ command }) => command));
  for (const { command } of Object.values(contributes.menus).flat()) {
    assert.ok(command === undefined || declared.has(command), command);
  }
});

test("README and walkthrough name every setting and command, and files that are there", () => {
  const readme = readFileSync("README.md", "utf8");
  for (const key of settings) {
    assert.ok(readme.includes(`\`${key}\``), key);
  }
  for (const { title } of contributes.commands) {
    assert.ok(readme.includes(`DSPy: ${title}`), title);
  }
  for (const { media } of contributes.walkthroughs.flatMap(({ steps }) => steps)) {
    assert.ok(readFileSync(media.markdown, "utf8").length > 0);
  }
});
