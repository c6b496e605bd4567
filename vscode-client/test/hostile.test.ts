/** Texts of programs, stores and settings in what the client shows: no link, no command. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

import { loggedMessage, plain, statusText } from "../src/results";

/** What VS Code takes for a link in notifications, questions and the details of a status item. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;
const ATTACKS = [
  "[press](command:workbench.action.terminal.new)",
  "[press](https://evil.example 'title')",
  "[press](file:///etc/passwd)",
  "[a] [press](command:x) [b](command:y)",
  "[pre\u202ess](command:x)",
  "]([press](command:x)",
];
/** Functions whose text has no link, as the tests here show. */
const SAFE = ["plain(", "loggedMessage("];

for (const attack of ATTACKS) {
  test(`nothing that is shown makes a link of ${attack}`, () => {
    assert.match(attack, LINK);
    const logged = loggedMessage({
      run_id: attack,
      run_name: attack,
      model_uri: attack,
      experiment_name: attack,
      format: attack,
    });
    const { text, detail } = statusText({
      dspyVersion: attack,
      mlflowVersion: attack,
      interpreter: `/home/${attack}/.venv/bin/python`,
      degraded: [`pyproject.toml: ${attack} is not a setting`],
    });
    for (const shown of [plain(attack), logged, text, detail]) {
      assert.doesNotMatch(shown, LINK);
      assert.ok(shown.includes("(command:") || shown.includes("(http") || shown.includes("(file:"), shown);
    }
  });
}

test("what nobody sees, and what labels make icons of, is shown letter by letter", () => {
  assert.equal(plain("\u001b[31m \u202egnp.exe \u009b2J \u2028"), "\\u001b[31m \\u202egnp.exe \\u009b2J \\u2028");
  assert.equal(plain("$(trash) $(x~spin)"), "$ (trash) $ (x~spin)");
  assert.equal(plain("two\nlines, é 😋 עברית"), "two\nlines, é 😋 עברית");
  assert.ok(plain("x".repeat(100_000)).length < 10_000);
});

test("every message that is not written here goes through a function that leaves no link", () => {
  const calls: string[] = [];
  for (const file of sources("src")) {
    const text = readFileSync(file, "utf8");
    for (const [, argument = ""] of text.matchAll(/show(?:Information|Warning|Error)Message\(\s*([^;]*?)[,)]/g)) {
      calls.push(argument);
      const constant = argument.startsWith('"');
      const holes = [...argument.matchAll(/\$\{(.*?)[}(]/g)].map(([, inner = ""]) => `${inner}(`);
      const template = argument.startsWith("`") && holes.every((inner) => SAFE.includes(inner));
      const safe = SAFE.some((name) => argument.startsWith(name));
      assert.ok(constant || template || safe, `${file}: ${argument}`);
    }
  }
  assert.ok(calls.length > 5, "the calls were not found");
});

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((name) => name.endsWith(".ts"));
}
