/** Findings, hovers, completion, fixes and renames, asked for as VS Code itself asks. */
import assert from "node:assert/strict";
import {
  type CodeAction,
  type CodeLens,
  commands,
  type CompletionList,
  type DocumentSymbol,
  extensions,
  type Hover,
  type Location,
  type LocationLink,
  MarkdownString,
  NotebookCellData,
  NotebookCellKind,
  NotebookData,
  type TextDocument,
  Uri,
  window,
  workspace,
  type WorkspaceEdit,
} from "vscode";

import { cell, codes, finding, folder, openFile, placeOf, servers, set, start, theServer, until } from "./support";

const PROGRAM = `import dspy


class Desk(dspy.Module):
    def __init__(self):
        super().__init__()
        self.reply = dspy.Predict("question, hint -> answer")

    def forward(self, question, hint):
        return self.reply(question=question, hint=hint)
`;

async function hover(document: TextDocument, text: string): Promise<string> {
  const place = placeOf(document, text, 1);
  const hovers = await commands.executeCommand<Hover[]>("vscode.executeHoverProvider", document.uri, place);
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (content instanceof MarkdownString ? content.value : JSON.stringify(content)))
    .join("\n");
}

async function actions(document: TextDocument, text: string): Promise<CodeAction[]> {
  const place = placeOf(document, text, 1);
  return commands.executeCommand<CodeAction[]>(
    "vscode.executeCodeActionProvider",
    document.uri,
    { start: place, end: place },
  );
}

describe("reading", () => {
  before(start);

  it("finds a mistake, with its place in code units behind wide letters", async () => {
    const text = 'import dspy\n\nface = "😋é"; qa = dspy.Predict("question -> answer: flot")\n';
    const { document } = await openFile("wide.py", text);
    const found = await finding(document.uri, "DSP104");
    assert.equal(document.getText(found.range), "flot");
    assert.equal(found.source, "dspy");
  });

  it("reports files that are not open", async () => {
    await finding(Uri.joinPath(folder(), "mistakes.py"), "DSP107");
  });

  it("applies a fix", async () => {
    const { document } = await openFile("fix.py", 'import dspy\n\nqa = dspy.Predict("a -> b: flot")\n');
    await finding(document.uri, "DSP104");
    const offered = await actions(document, "flot");
    const fix = offered.find(({ title }) => title.includes("float"));
    assert.ok(fix?.edit, offered.map(({ title }) => title).join(", "));
    assert.ok(await workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /"a -> b: float"/);
    await until("no finding", () => codes(document.uri).length === 0);
  });

  it("answers a hover with the fields", async () => {
    const { document } = await openFile("desk.py", PROGRAM);
    const text = await until("the hover", async () => (await hover(document, "hint ->")) || undefined);
    for (const word of ["question", "hint", "answer"]) {
      assert.match(text, new RegExp(word));
    }
  });

  it("completes a type within the string", async () => {
    const { document } = await openFile("complete.py", 'import dspy\n\nqa = dspy.Predict("a -> b: ")\n');
    const list = await commands.executeCommand<CompletionList>(
      "vscode.executeCompletionItemProvider",
      document.uri,
      placeOf(document, '")'),
      ":",
    );
    const labels = list.items.map(({ label }) => (typeof label === "string" ? label : label.label));
    assert.ok(labels.includes("float") && labels.includes("list"), labels.join(", "));
  });

  it("renames a field in the string and in the call", async () => {
    const { document } = await openFile("rename.py", PROGRAM);
    const edit = await commands.executeCommand<WorkspaceEdit>(
      "vscode.executeDocumentRenameProvider",
      document.uri,
      placeOf(document, "hint ->", 1),
      "clue",
    );
    await workspace.applyEdit(edit);
    assert.match(document.getText(), /"question, clue -> answer"/);
    assert.match(document.getText(), /self\.reply\(question=question, clue=hint\)/);
  });

  it("goes from the call's keyword to the field", async () => {
    const { document } = await openFile("definition.py", PROGRAM);
    const found = await commands.executeCommand<(Location | LocationLink)[]>(
      "vscode.executeDefinitionProvider",
      document.uri,
      placeOf(document, "hint=hint", 1),
    );
    const ranges = found.map((one) => ("range" in one ? one.range : (one.targetSelectionRange ?? one.targetRange)));
    assert.deepEqual(
      ranges.map((range) => document.getText(range)),
      ["hint"],
    );
    assert.equal(ranges[0]?.start.line, 6);
  });

  it("turns the string into a class", async () => {
    const { document } = await openFile("class.py", 'import dspy\n\nqa = dspy.Predict("a -> b: float")\n');
    const wanted = await until("the action", async () =>
      (await actions(document, "a -> b")).find(({ title }) => title.includes("class")),
    );
    assert.ok(wanted.edit, "the edit is resolved with the action");
    await workspace.applyEdit(wanted.edit);
    assert.match(document.getText(), /\(dspy\.Signature\):/);
  });

  it("puts a lens over a program, whose command VS Code knows", async () => {
    const { document } = await openFile("lens.py", PROGRAM);
    const lenses = await until("a lens", async () => {
      const found = await commands.executeCommand<CodeLens[]>(
        "vscode.executeCodeLensProvider",
        document.uri,
        10,
      );
      return found.length > 0 && found;
    });
    const known = await commands.getCommands(true);
    for (const { command } of lenses) {
      assert.ok(command && known.includes(command.command), command?.command);
    }
  });

  it("lists the program in the outline", async () => {
    const { document } = await openFile("outline.py", PROGRAM);
    const [desk] = await commands.executeCommand<DocumentSymbol[]>(
      "vscode.executeDocumentSymbolProvider",
      document.uri,
    );
    assert.equal(desk?.name, "Desk");
  });

  it("reads an untitled document", async () => {
    const content = 'import dspy\nqa = dspy.Predict("a -> b: flot")\n';
    const document = await workspace.openTextDocument({ language: "python", content });
    await window.showTextDocument(document);
    await finding(document.uri, "DSP104");
  });

  it("reads a notebook over its cells, and follows an edit in one of them", async () => {
    const cells = ["import dspy", 'qa = dspy.Predict("question -> answer: flot")', 'qa(query="")'].map(
      (code) => new NotebookCellData(NotebookCellKind.Code, code, "python"),
    );
    const notebook = await workspace.openNotebookDocument("jupyter-notebook", new NotebookData(cells));
    await window.showNotebookDocument(notebook);
    const second = cell(notebook, 1);
    await finding(second.uri, "DSP104");
    assert.deepEqual(codes(cell(notebook, 0).uri), []);
    const [action] = (await actions(second, "flot")).filter(({ title }) => title.includes("float"));
    assert.ok(action?.edit);
    await workspace.applyEdit(action.edit);
    await until("no DSP104", () => !codes(second.uri).includes("DSP104"));
    await until("the call in the third cell", () => codes(cell(notebook, 2).uri).length > 0);
  });

  it("follows a changed setting without a restart", async () => {
    const server = await theServer();
    const { document } = await openFile("ignored.py", 'import dspy\n\nqa = dspy.Predict("a -> b: flot")\n');
    await finding(document.uri, "DSP104");
    await set("dspy.diagnostics.ignore", ["DSP104"]);
    await until("no finding", () => codes(document.uri).length === 0);
    await set("dspy.diagnostics.ignore", undefined);
    await finding(document.uri, "DSP104");
    assert.deepEqual(servers(), [server]);
  });

  it("registers every command of its manifest", async () => {
    const manifest = extensions.getExtension("dspy-companion.dspy-companion")?.packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    const known = await commands.getCommands(true);
    for (const { command } of manifest.contributes.commands) {
      assert.ok(known.includes(command), command);
    }
  });
});
