/** Results of jobs in words: pure text, shown by the commands. */
import type { LogResult, RunResult, Status } from "./protocol";

/** Letters that nobody sees, or that turn round how others are seen. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
/** More than any message of ours. */
const LONGEST = 8000;

/**
 * Text letter by letter: notifications, questions and the status make a link of `[label](command:…)`,
 * and labels an icon of `$(name)`.
 */
export function plain(text: string): string {
  const shown = text.length <= LONGEST ? text : `${text.slice(0, LONGEST)} …`;
  return shown
    .replaceAll(UNSEEN, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replaceAll("](", "] (")
    .replaceAll("$(", "$ (");
}

/** "Logged CoT to experiment Default as run bold-crab (format source, 0.6 s)." */
export function loggedMessage(result: LogResult): string {
  const experiment = result.experiment_name ? ` in experiment "${result.experiment_name}"` : "";
  const details = [
    ...(result.format ? [`format ${result.format}`] : []),
    ...(result.duration_seconds === undefined ? [] : [`${result.duration_seconds.toFixed(1)} s`]),
  ];
  const suffix = details.length > 0 ? ` (${details.join(", ")})` : "";
  const run = result.run_name ?? result.run_id;
  return plain(`Logged to MLflow: run "${run}"${experiment}, ${result.model_uri}${suffix}.`);
}

/** The statements of the file that were not run to build the program. */
export function skippedReport(result: LogResult): string {
  const lines = (result.skipped ?? []).map(
    ({ cell, line, text, reason }) =>
      `${cell === undefined ? "" : `code cell ${cell}, `}line ${line}: ${text}\n    ${reason}`,
  );
  const notes = (result.notes ?? []).flatMap((note) => [note, ""]);
  return [...notes, "Not run to build the logged program:", "", ...lines, ""].join("\n");
}

/** An answer as far as it has arrived: each output under its name. */
export function partialReport(title: string, outputs: ReadonlyMap<string, string>): string {
  const parts = [...outputs].flatMap(([name, text]) => [`## ${name}`, "", text, ""]);
  return [`# ${title}`, "", ...parts, "…", ""].join("\n");
}

/** A run as Markdown: inputs, each output under its name, then time, tokens and trace. */
export function runReport(title: string, result: RunResult): string {
  const inputs = Object.entries(result.inputs ?? {}).map(
    ([name, value]) => `- ${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const outputs = Object.entries(result.outputs).flatMap(([name, value]) => [
    `## ${name}`,
    "",
    typeof value === "string" ? value : `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``,
    "",
  ]);
  const trace = result.trace_url ?? result.trace_id;
  const facts = [
    ...(result.seconds === undefined ? [] : [`${result.seconds.toFixed(2)} s`]),
    ...Object.entries(result.usage ?? {}).map(
      ([lm, { total_tokens: total }]) => `${lm}: ${total ?? "unknown"} tokens`,
    ),
    ...(trace ? [`trace ${trace}`] : []),
    ...(result.trace_problem ? [`no trace: ${result.trace_problem}`] : []),
  ];
  return [
    `# ${title}`,
    "",
    ...(inputs.length > 0 ? [...inputs, ""] : []),
    ...outputs,
    ...(facts.length > 0 ? ["---", facts.join(" · "), ""] : []),
  ].join("\n");
}

/** The status as it holds for a document: that of the innermost folder around it. */
export function statusOf(status: Status, document: string | undefined): Status {
  const around = (status.folders ?? [])
    .filter(({ uri }) => document?.startsWith(uri.endsWith("/") ? uri : `${uri}/`))
    .sort((one, other) => other.uri.length - one.uri.length);
  return { ...status, ...around[0] };
}

/** What the language status item says: one short text and the details below it. */
export function statusText(status: Status): { text: string; detail: string; degraded: boolean } {
  const degraded = status.degraded ?? [];
  const text = plain(status.dspyVersion ? `dspy ${status.dspyVersion}` : "dspy not installed");
  const mlflow = status.mlflowVersion ? `mlflow ${status.mlflowVersion}` : "no mlflow";
  const details = [
    mlflow,
    ...(status.interpreter ? [status.interpreter] : []),
    ...(status.trusted === false ? ["Restricted Mode: no code is run"] : []),
    ...(status.worker === "failed" ? ["the worker failed to start"] : []),
    ...degraded,
  ];
  return {
    text,
    detail: plain(details.join(" · ")),
    degraded: degraded.length > 0 || status.worker === "failed",
  };
}
