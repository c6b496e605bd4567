/** Answers the server's own questions to the person: a line of text, or one of several items. */
import { type CancellationToken, type Disposable, window } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import type { InputParameters, PickParameters } from "./protocol";

/** `null` is the answer of a person who closed the question. */
export function answerQuestions(client: LanguageClient): Disposable[] {
  return [
    client.onRequest("dspy/input", ask),
    client.onRequest("dspy/pick", pick),
  ];
}

async function ask(parameters: InputParameters, token: CancellationToken): Promise<string | null> {
  const { title, prompt, value, placeholder } = parameters;
  const answer = await window.showInputBox(
    {
      title,
      ignoreFocusOut: true,
      ...(prompt === undefined ? {} : { prompt }),
      ...(value === undefined ? {} : { value }),
      ...(placeholder === undefined ? {} : { placeHolder: placeholder }),
    },
    token,
  );
  return answer ?? null;
}

async function pick(parameters: PickParameters, token: CancellationToken): Promise<number | null> {
  const items = parameters.items.map((item, index) => ({ ...item, index }));
  const options = { title: parameters.title, ignoreFocusOut: true };
  const chosen = await window.showQuickPick(items, options, token);
  return chosen?.index ?? null;
}
