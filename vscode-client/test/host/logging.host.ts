/** Logging, running and comparing, as a keybinding with arguments asks for them. */
import assert from "node:assert/strict";
import { commands, env, TabInputTextDiff, Uri, window, workspace } from "vscode";

import { folder, openFile, Person, placeOf, start, theServer, until } from "./support";

describe("a program", () => {
  const file = (): Uri => Uri.joinPath(folder(), "chain_of_thought.py");
  const place = (): object => ({ uri: file().toString(), name: "CoT" });
  let person: Person;

  before(async () => {
    person = new Person();
    await start();
    await window.showTextDocument(await workspace.openTextDocument(file()));
    await theServer();
    await until("the server's commands", async () => (await commands.getCommands(true)).includes("dspy.log"));
  });
  after(() => {
    person.dispose();
  });

  it("is logged, and what was not run is shown on request", async () => {
    person.willPress("Show Skipped (2)", /^Logged to MLflow/);
    await commands.executeCommand("dspyCompanion.logModule", { ...place(), experiment: "bears" });
    const { text, buttons } = await person.isTold(/^Logged to MLflow/);
    assert.match(text, /in experiment "bears", models:\/m-\w+ \(format source/);
    assert.deepEqual(buttons.slice(0, 2), ["Open Run", "Copy Model URI"]);
    const shown = await until("the skipped statements", () =>
      workspace.textDocuments.find(({ uri }) => uri.path === "/Skipped statements.txt"),
    );
    assert.match(shown.getText(), /line \d+: /);
  });

  it("is opened in MLflow's pages, which are served on loopback", async () => {
    const opened: string[] = [];
    const { openExternal } = env;
    Object.assign(env, {
      openExternal: (uri: Uri) => {
        opened.push(uri.toString(true));
        return Promise.resolve(true);
      },
    });
    try {
      await commands.executeCommand("dspyCompanion.openRun", place());
      const address = await until("the page", () => opened[0]);
      assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/#\/experiments\/\d+\/runs\/[0-9a-f]{32}$/);
      const page = await fetch(address);
      assert.match(await page.text(), /<title>MLflow<\/title>/);
    } finally {
      Object.assign(env, { openExternal });
    }
  });

  it("is run with the inputs that are passed, and answers beside the editor", async () => {
    const inputs = { question: "What kind of bear is best?" };
    await commands.executeCommand("dspyCompanion.run", { ...place(), inputs });
    // The document opens with the first piece, before the program has answered.
    await until("the answer", () =>
      workspace.textDocuments
        .find(({ uri }) => uri.path === "/Run of CoT.md")
        ?.getText()
        .includes("## answer\n\nThere are basically two schools of thought"),
    );
  });

  it("is compared with its logged version in the editor's own comparison", async () => {
    const editor = await window.showTextDocument(await workspace.openTextDocument(file()));
    const where = placeOf(editor.document, "question -> answer");
    await editor.edit((builder) => {
      builder.insert(where, "context, ");
    });
    await commands.executeCommand("dspyCompanion.diffLogged", place());
    const tab = await until("the comparison", () =>
      window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ input }) => input instanceof TabInputTextDiff),
    );
    assert.ok(tab.input instanceof TabInputTextDiff);
    const [before, now] = await Promise.all(
      [tab.input.original, tab.input.modified].map((uri) => workspace.openTextDocument(uri)),
    );
    assert.doesNotMatch(before?.getText() ?? "", /context, question/);
    assert.match(now?.getText() ?? "", /context, question -> answer/);
    await commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("is asked for where the editor shows none", async () => {
    await openFile("notes.txt", "no program\n");
    await commands.executeCommand("dspyCompanion.logModule");
    await person.isTold(/Open a Python file or notebook with a DSPy program first/);
  });
});
