/** A server that ends by itself: it comes back, later each time, until a person has to decide. */
import assert from "node:assert/strict";
import { commands, LanguageStatusSeverity } from "vscode";

import { environment, finding, openFile, pause, Person, servers, set, start, theServer, until, watchStatus } from "./support";

const MISTAKE = 'import dspy\n\nqa = dspy.Predict("question -> answer: flot")\n';
const STAYS_OFF = /ended unexpectedly several times in a row and stays off/;

describe("a server that crashes", () => {
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

  it("comes back by itself with what is open, in silence", async () => {
    const { document } = await openFile("open.py", MISTAKE);
    await finding(document.uri, "DSP104");
    const server = await theServer();
    process.kill(server, "SIGKILL");
    await theServer(server);
    await finding(document.uri, "DSP104");
    assert.deepEqual(person.messages, []);
  });

  it("stays off after the sixth time, and says so once, with a way out", async () => {
    for (let crash = 2; crash <= 6; crash += 1) {
      const server = await theServer();
      process.kill(server, "SIGKILL");
      await until("its end", () => !servers().includes(server));
    }
    const { buttons } = await person.isTold(STAYS_OFF);
    assert.deepEqual(buttons, ["Restart", "Show Logs"]);
    assert.equal(status().severity, LanguageStatusSeverity.Error);
    await pause(1500); // longer than the first delay: nothing starts by itself any more
    assert.deepEqual(servers(), []);
    assert.equal(person.messages.length, 1, JSON.stringify(person.messages));
  });

  it("is started by the button, and counts from zero", async () => {
    person.messages.length = 0;
    // Nobody answered the message above: the palette's command does the same as its button.
    await commands.executeCommand("dspyCompanion.restartServer");
    const server = await theServer();
    const { document } = await openFile("later.py", MISTAKE);
    await finding(document.uri, "DSP104");
    process.kill(server, "SIGKILL");
    await theServer(server);
    assert.deepEqual(person.messages, []);
  });

  it("that never comes up is given up as well, and the button tries again", async () => {
    // Answers as a Python does, and ends when it is to be the server.
    person.willPress("Restart", STAYS_OFF);
    await set("dspy.interpreter", environment("DSPY_TEST_BROKEN"));
    await until("the second message", () => person.messages.filter(({ text }) => text.includes('ended unexpectedly several times in a row and stays off')).length === 2);
    await set("dspy.interpreter", environment("DSPY_TEST_OTHER"));
    await theServer();
    const { document } = await openFile("last.py", MISTAKE);
    await finding(document.uri, "DSP104");
  });
});
