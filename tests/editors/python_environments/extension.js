// The part of the Python Environments API that the extension reads; the types that it publishes are
// what vscode-client/src/interpreter/environments.ts is checked against.
const { commands, EventEmitter } = require("vscode");

exports.activate = (context) => {
  let executable = process.env.DSPY_TEST_SELECTED;
  const changed = new EventEmitter();
  context.subscriptions.push(
    changed,
    commands.registerCommand("standIn.select", (file) => {
      executable = file;
      changed.fire({});
    }),
  );
  return {
    getEnvironment: async () => executable && { execInfo: { run: { executable } } },
    onDidChangeEnvironment: changed.event,
  };
};
