/** Which Python is taken, when the server is started again, and what a person is told. */
import assert from "node:assert/strict";
import { commands, LanguageStatusSeverity } from "vscode";

import {
  environment,
  finding,
  information,
  openFile,
  pause,
  Person,
  servers,
  set,
  start,
  theServer,
  until,
  watchStatus,
} from "./support";

const MISTAKE = 'import dspy\n\nqa = dspy.Predict("question -> answer: flot")\n';

describe("the interpreter", () => {
  const selected = environment("DSPY_TEST_SELECTED");
  const other = environment("DSPY_TEST_OTHER");
  let person: Person;
  let status: ReturnType<typeof watchStatus>;

  before(async () => {
    person = new Person();
    status = watchStatus();
    await start();
  });
  after(() => {
    person.dispose();
  });

  it("is the one that the Python Environments extension selects, and says its versions", async () => {
    const { document } = await openFile("mistake.py", MISTAKE);
    await finding(document.uri, "DSP104");
    const { interpreter } = await information();
    assert.deepEqual([interpreter.path, interpreter.source], [selected, "python extension"]);
    await until("the versions", () => /^dspy \d/.test(status().text) && status().detail.includes("mlflow "));
    assert.ok(status().detail.includes(selected));
    assert.equal(status().severity, LanguageStatusSeverity.Information);
  });

  it("is kept, with its server, when the same one is selected again or named", async () => {
    const server = await theServer();
    await commands.executeCommand("standIn.select", selected);
    await set("dspy.interpreter", selected);
    await pause(2000); // nothing is to happen; a restart would have begun by now
    assert.deepEqual(servers(), [server]);
    await set("dspy.interpreter", undefined);
  });

  it("is followed to another one, and what that lacks is said", async () => {
    const server = await theServer();
    await commands.executeCommand("standIn.select", other);
    await theServer(server);
    await until("the versions", () => status().text === "dspy not installed");
    assert.equal(status().severity, LanguageStatusSeverity.Warning);
    assert.match(status().detail, /no mlflow/);
    // The document of an earlier look is brought up to date a moment after the command has ended.
    await until("the interpreter", async () => (await information()).interpreter.path === other);
  });

  it("changes once for many changes in a row", async () => {
    const server = await theServer();
    for (const file of [selected, other, selected]) {
      await commands.executeCommand("standIn.select", file);
    }
    await theServer(server);
    await until("the interpreter", async () => (await information()).interpreter.path === selected);
    await openFile("again.py", MISTAKE).then(({ document }) => finding(document.uri, "DSP104"));
    await theServer();
  });

  it("named by the setting is used or complained about, in one message", async () => {
    person.messages.length = 0;
    await set("dspy.interpreter", "/no/such/python");
    const { buttons, text } = await person.isTold(/there is no such file/);
    assert.match(text, /CPython 3\.10 to 3\.14: correct or clear the setting dspy\.interpreter/);
    assert.ok(buttons.includes("Open Settings"));
    await until("no server", () => servers().length === 0);
    assert.equal(status().severity, LanguageStatusSeverity.Error);
    await pause(1500); // a second message would have come by now
    assert.equal(person.messages.length, 1, JSON.stringify(person.messages));
  });

  it("is there again once the setting is cleared", async () => {
    await set("dspy.interpreter", undefined);
    await theServer();
    const { document } = await openFile("cleared.py", MISTAKE);
    await finding(document.uri, "DSP104");
  });
});
