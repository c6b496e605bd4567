/** A machine without a usable Python: one message that says what to do, and no noise after it. */
import assert from "node:assert/strict";
import { commands, LanguageStatusSeverity } from "vscode";

import { openFile, pause, Person, servers, set, start, theServer, environment, watchStatus } from "./support";

describe("without a usable Python", () => {
  let person: Person;
  let status: ReturnType<typeof watchStatus>;

  before(async () => {
    person = new Person();
    status = watchStatus();
    await openFile("some.py", "import dspy\n");
    await start();
  });
  after(() => {
    person.dispose();
  });

  it("says once what was found and what is needed", async () => {
    const { text, kind, buttons } = await person.isTold(/DSPy Companion needs/);
    assert.equal(kind, "showErrorMessage");
    assert.match(text, /python3 is Python 3\.8\. DSPy Companion needs CPython 3\.10 to 3\.14: install one, or name it/);
    assert.deepEqual(buttons, ["Open Settings", "Show Logs"]);
    assert.equal(status().severity, LanguageStatusSeverity.Error);
    assert.equal(status().text, "DSPy is not running");
    await openFile("another.py", "import dspy\n");
    await pause(1500); // a second message would have come by now
    assert.equal(person.messages.length, 1, JSON.stringify(person.messages));
    assert.deepEqual(servers(), []);
  });

  it("answers a command with the way out", async () => {
    person.messages.length = 0;
    await commands.executeCommand("dspyCompanion.logModule");
    await person.isTold(/The DSPy server is not running\. Run “DSPy: Restart Server”/);
  });

  it("starts as soon as one is named", async () => {
    await set("dspy.interpreter", environment("DSPY_TEST_OTHER"));
    await theServer();
  });
});
