// Writes syntaxes/dspy-signature.tmLanguage.json, which colours signature strings in Python.
//
// A TextMate rule cannot see the quote that opened the string around it, and a bracket left open
// while one types must not colour the rest of the file. So each rule exists once per quote, with
// that quote among its ends; this script writes both from one description.
import { writeFileSync } from "node:fs";

const CALLEES = [
  "Signature",
  "Predict",
  "ChainOfThought",
  "ChainOfThoughtWithHint",
  "ReAct",
  "ReActV2",
  "CodeAct",
  "ProgramOfThought",
  "MultiChainComparison",
  "RLM",
  "TypedPredictor",
  "TypedChainOfThought",
];
// Oniguruma wants the alternatives of a look-behind at its top level.
const BEFORE = [...CALLEES.flatMap((name) => [`${name}\\(`, `${name}\\( `]), "signature="];
const AFTER_CALLEE = `(?<=${BEFORE.join("|")})`;
// In a call that is broken over lines the string stands first on its line: an arrow tells it.
const ON_ITS_LINE = String.raw`(?:^\s+)(?=[rRuU]?("{3}|'{3}|"|')\s*[^\W\d]\w*\s*(?::[^"']*|,[^"']*)?->)`;

// Two scopes where some themes colour the one and some the other: the last that is coloured holds.
const FIELD = "variable.other.field.dspy variable.parameter.field.dspy";
const BUILTIN_TYPE = "entity.name.type.class.dspy support.type.python";

const repository = {};
for (const [kind, quote, other] of [
  ["double", '"', "'"],
  ["single", "'", '"'],
]) {
  const stop = `(?=${quote}|$)`;
  repository[`signature-${kind}`] = {
    patterns: [
      { name: "constant.character.escape.python", match: String.raw`\\.` },
      { name: "keyword.operator.arrow.dspy", match: "->" },
      { name: "punctuation.separator.comma.dspy", match: "," },
      { name: FIELD, match: String.raw`[^\W\d]\w*` },
      {
        begin: ":",
        end: `(?=,|->)|${stop}`,
        beginCaptures: { 0: { name: "punctuation.separator.colon.dspy" } },
        name: "meta.type.dspy",
        patterns: [{ include: `#type-${kind}` }],
      },
    ],
  };
  repository[`type-${kind}`] = {
    patterns: [
      {
        begin: String.raw`[\[(]`,
        end: String.raw`[\])]|` + stop,
        captures: { 0: { name: "punctuation.section.brackets.dspy" } },
        patterns: [{ include: `#type-${kind}` }, { name: "punctuation.separator.comma.dspy", match: "," }],
      },
      { name: "string.quoted.literal.dspy", match: `${other}[^"']*${other}` },
      { name: "constant.language.python", match: String.raw`\b(?:None|True|False)\b` },
      { name: "constant.numeric.python", match: String.raw`\b\d[\d.]*\b` },
      { name: "keyword.operator.union.dspy", match: String.raw`\|` },
      {
        name: BUILTIN_TYPE,
        match: String.raw`\b(?:str|int|float|bool|bytes|list|dict|tuple|set|frozenset|complex|object)\b`,
      },
      { name: "entity.name.type.class.dspy", match: String.raw`[^\W\d]\w*` },
    ],
  };
  for (const [length, delimiter] of [
    ["multi", quote.repeat(3)],
    ["single", quote],
  ]) {
    for (const [place, before] of [
      ["call", AFTER_CALLEE],
      ["line", ON_ITS_LINE],
    ]) {
      // A short string also ends with its line, so that an open quote colours nothing below it.
      const end = length === "multi" ? delimiter : `${delimiter}|$`;
      repository[`string-${place}-${length}-${kind}`] = {
        name: `string.quoted.${length}.python meta.signature.dspy`,
        begin: `${before}([rRuU])?(${delimiter})`,
        end,
        beginCaptures: {
          // The look-ahead of a string on its own line has a group before these two.
          [place === "line" ? 2 : 1]: { name: "storage.type.string.python" },
          [place === "line" ? 3 : 2]: { name: "punctuation.definition.string.begin.python" },
        },
        endCaptures: { 0: { name: "punctuation.definition.string.end.python" } },
        patterns: [{ include: `#signature-${kind}` }],
      };
    }
  }
}

const strings = Object.keys(repository).filter((name) => name.startsWith("string-"));
// Triple quotes first: their beginning is also the beginning of a short string.
strings.sort((left, right) => Number(right.includes("multi")) - Number(left.includes("multi")));
const grammar = {
  name: "DSPy signature",
  scopeName: "dspy.signature.injection",
  injectionSelector: "L:source.python -comment -string",
  patterns: strings.map((name) => ({ include: `#${name}` })),
  repository,
};
writeFileSync("syntaxes/dspy-signature.tmLanguage.json", JSON.stringify(grammar, null, 2) + "\n");
