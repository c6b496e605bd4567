/** Results of jobs in words. */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Status } from "../src/protocol";
import { loggedMessage, partialReport, runReport, skippedReport, statusOf, statusText } from "../src/results";

const LOGGED = {
  run_id: "abc",
  run_name: "bold-crab",
  model_uri: "models:/m-1",
  experiment_name: "Default",
  format: "source",
  duration_seconds: 0.62,
};

test("a logged model is told with its run, experiment, URI, format and time", () => {
  assert.equal(
    loggedMessage(LOGGED),
    'Logged to MLflow: run "bold-crab" in experiment "Default", models:/m-1 (format source, 0.6 s).',
  );
});

test("a run's name makes no link in a notification", () => {
  const named = { ...LOGGED, run_name: "[press](command:quit)" };
  assert.match(loggedMessage(named), /run "\[press\] \(command:quit\)"/);
});

test("a server that tells less still gives a sentence", () => {
  assert.equal(
    loggedMessage({ run_id: "abc", model_uri: "models:/m-1" }),
    'Logged to MLflow: run "abc", models:/m-1.',
  );
});

test("skipped statements are listed with line and reason", () => {
  const report = skippedReport({
    ...LOGGED,
    skipped: [{ line: 12, text: "train()", reason: "not needed by CoT" }],
  });
  assert.match(report, /line 12: train\(\)\n {4}not needed by CoT/);
});

test("a run shows each output, values as JSON, then time, tokens and trace", () => {
  const report = runReport("Run of CoT", {
    outputs: { answer: "black bear", scores: [1, 2] },
    seconds: 0.5,
    usage: { "openai/gpt": { total_tokens: 12 } },
    trace_id: "tr-1",
  });
  assert.match(report, /^# Run of CoT\n\n## answer\n\nblack bear\n/);
  assert.match(report, /## scores\n\n```json\n\[\n {2}1,\n {2}2\n\]\n```/);
  assert.match(report, /0\.50 s · openai\/gpt: 12 tokens · trace tr-1/);
});

test("the status names versions, and warns where something is missing", () => {
  const found = { dspyVersion: "3.4.1", mlflowVersion: "3.17.2", interpreter: "/env/python" };
  assert.deepEqual(statusText(found), {
    text: "dspy 3.4.1",
    detail: "mlflow 3.17.2 · /env/python",
    degraded: false,
  });
  const missing = statusText({ interpreter: "/python", degraded: ["No dspy was found."] });
  assert.deepEqual(missing, {
    text: "dspy not installed",
    detail: "no mlflow · /python · No dspy was found.",
    degraded: true,
  });
  assert.equal(statusText({ ...found, worker: "failed" }).degraded, true);
  assert.match(statusText({ ...found, trusted: false }).detail, /Restricted Mode/);
});

test("an answer that arrives shows what is there, then its inputs and why there is no trace", () => {
  const outputs = new Map([["answer", "black b"]]);
  assert.equal(partialReport("Run of CoT", outputs), "# Run of CoT\n\n## answer\n\nblack b\n\n…\n");
  const report = runReport("Run of CoT", {
    inputs: { question: "which?", k: 3 },
    outputs: { answer: "black bear" },
    trace_id: null,
    trace_problem: "MLflow is away.",
  });
  assert.match(report, /- question: which\?\n- k: 3\n/);
  assert.match(report, /no trace: MLflow is away\./);
});

test("the status of a document is that of the innermost folder around it", () => {
  const folder = (uri: string, dspyVersion: string) => ({ uri, dspyVersion });
  const folders = [folder("file:///w", "3.4.1"), folder("file:///w/old", "2.6.27")];
  const status: Status = { dspyVersion: "3.4.1", trusted: true, worker: "ready", folders };
  assert.equal(statusOf(status, "file:///w/old/app.py").dspyVersion, "2.6.27");
  assert.equal(statusOf(status, "file:///w/older/app.py").dspyVersion, "3.4.1");
  assert.equal(statusOf(status, undefined).dspyVersion, "3.4.1");
  assert.equal(statusOf(status, "file:///w/old/app.py").worker, "ready");
  assert.equal(statusOf({ dspyVersion: "3.0.4" }, "file:///w/app.py").dspyVersion, "3.0.4");
});
