// Colours Python as VS Code does: its own grammar engine, its Python grammar with the extension's
// injection, and every theme that it carries. Source on stdin; pieces by line as JSON on stdout.
//
//     node tokenise.mjs VSCODE_FOLDER EXTENSION_FOLDER < program.py
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const [vscode, extension] = process.argv.slice(2);
const require = createRequire(join(vscode, "package.json"));
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry } = require("vscode-textmate");

const builtin = join(vscode, "extensions");
const manifests = readdirSync(builtin, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
  .map(({ name }) => join(builtin, name));
const contributions = [...manifests, extension].flatMap((folder) => {
  try {
    return [{ folder, ...readJson(join(folder, "package.json")).contributes }];
  } catch {
    return []; // not an extension
  }
});
const grammars = contributions.flatMap(({ folder, grammars = [] }) =>
  grammars.map((grammar) => ({ ...grammar, path: join(folder, grammar.path) })),
);

await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
const registry = new Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) => {
    const grammar = grammars.find(({ scopeName }) => scopeName === scope);
    return grammar && readJson(grammar.path);
  },
  getInjections: (scope) =>
    grammars.filter(({ injectTo }) => injectTo?.includes(scope)).map(({ scopeName }) => scopeName),
});
const grammar = await registry.loadGrammar("source.python");

const lines = readFileSync(0, "utf8").split("\n");
const scopes = eachLine((line, state) => grammar.tokenizeLine(line, state)).map((tokens, number) =>
  tokens.map(({ startIndex, endIndex, scopes }) => ({
    text: lines[number].slice(startIndex, endIndex),
    scopes,
  })),
);
const colours = {};
for (const { folder, themes = [] } of contributions) {
  for (const { id, path } of themes) {
    registry.setTheme(readTheme(join(folder, path)));
    const map = registry.getColorMap();
    colours[id] = eachLine((line, state) => grammar.tokenizeLine2(line, state)).map((pairs, number) =>
      Array.from({ length: pairs.length / 2 }, (_, index) => ({
        text: lines[number].slice(pairs[2 * index], pairs[2 * index + 2]),
        // Nine bits of a token's attributes are its colour's place in the map.
        colour: map[(pairs[2 * index + 1] >>> 15) & 0b111111111],
      })),
    );
  }
}
process.stdout.write(JSON.stringify({ scopes, colours }));

function eachLine(tokenise) {
  let state = INITIAL;
  return lines.map((line) => {
    const { tokens, ruleStack } = tokenise(line, state);
    state = ruleStack;
    return tokens;
  });
}

function readTheme(file) {
  const theme = readJson(file);
  const base = theme.include ? readTheme(join(dirname(file), theme.include)).settings : [];
  const plain = { foreground: theme.colors?.["editor.foreground"] };
  return { settings: [...base, ...(plain.foreground ? [{ settings: plain }] : []), ...(theme.tokenColors ?? [])] };
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
