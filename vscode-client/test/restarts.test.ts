/** Many requests make one restart, and crashes make pauses that grow. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Coalescer, CrashBackoff } from "../src/restarts";

/** A task whose runs end when the test says so. */
function controlledTask(): { runs: (() => void)[]; task: () => Promise<void> } {
  const runs: (() => void)[] = [];
  return { runs, task: () => new Promise((resolve) => runs.push(resolve)) };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("requests made during a run lead to exactly one more run", async () => {
  const { runs, task } = controlledTask();
  const restarts = new Coalescer(task);
  const first = restarts.request();
  const later = [restarts.request(), restarts.request(), restarts.request()];
  assert.equal(runs.length, 1);
  runs[0]?.();
  await first;
  await settled();
  assert.equal(runs.length, 2);
  runs[1]?.();
  await Promise.all(later);
  assert.equal(runs.length, 2);
});

test("a request resolves only after a run that began later than it", async () => {
  const { runs, task } = controlledTask();
  const restarts = new Coalescer(task);
  const first = restarts.request();
  let done = false;
  const second = restarts.request().then(() => (done = true));
  runs[0]?.();
  await first;
  await settled();
  assert.equal(done, false);
  runs[1]?.();
  await second;
});

test("a failed run does not stop the next one", async () => {
  let runs = 0;
  const restarts = new Coalescer(() => {
    runs += 1;
    return runs === 1 ? Promise.reject(new Error("no")) : Promise.resolve();
  });
  const first = restarts.request();
  const second = restarts.request();
  await assert.rejects(first, /no/);
  await second;
  assert.equal(runs, 2);
  await restarts.request();
  assert.equal(runs, 3);
});

test("each crash waits twice as long, and the sixth within three minutes asks a person", () => {
  const backoff = new CrashBackoff();
  const delays = [0, 1, 2, 3, 4, 5].map((second) => backoff.crashed(second * 1000));
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, undefined]);
});

test("old crashes are forgotten, and all of them when a person restarts", () => {
  const backoff = new CrashBackoff();
  backoff.crashed(0);
  backoff.crashed(1);
  assert.equal(backoff.crashed(200_000), 500);
  backoff.reset();
  assert.equal(backoff.crashed(200_001), 500);
});
