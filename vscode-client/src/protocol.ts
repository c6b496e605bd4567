/** What the server's commands and its own requests carry: the contract, in types. */
import type { Position } from "vscode-languageclient/node";

/** Commands that the server executes; vscode-languageclient registers them under these names. */
export const ServerCommand = {
  log: "dspy.log",
  run: "dspy.run",
  openRun: "dspy.openRun",
  compareRuns: "dspy.compareRuns",
  diffLogged: "dspy.diffLogged",
  previewPrompt: "dspy.previewPrompt",
  showOutput: "dspy.showOutput",
  forgetChoices: "dspy.forgetChoices",
  information: "dspy.information",
} as const;

/** Where in a document a command is meant. */
export interface Place {
  readonly uri: string;
  readonly position?: Position;
  readonly name?: string;
}

export interface LogResult {
  readonly run_id: string;
  readonly model_uri: string;
  readonly experiment_name?: string;
  readonly run_name?: string;
  readonly format?: string;
  readonly notes?: readonly string[];
  /** In a notebook with the code cell, counted from 1: lines count within it. */
  readonly skipped?: readonly {
    readonly cell?: number;
    readonly line: number;
    readonly text: string;
    readonly reason: string;
  }[];
  readonly duration_seconds?: number;
}

export interface RunResult {
  /** The program that was run, where it has a name. */
  readonly name?: string | null;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly seconds?: number;
  /** Tokens by language model, as DSPy counts them. */
  readonly usage?: Readonly<Record<string, { readonly total_tokens?: number | null }>>;
  readonly trace_id?: string | null;
  /** Where the trace can be seen; null for a local store, which has to be served first. */
  readonly trace_url?: string | null;
  /** Why there is no trace although one was wanted. */
  readonly trace_problem?: string | null;
}

/** `dspy/piece`: a part of an answer, for the command that was sent with this `workDoneToken`. */
export interface Piece {
  readonly token: string;
  /** The program's, which a caret does not tell the client. */
  readonly name: string;
  readonly field: string;
  readonly text: string;
}

export interface OutputResult {
  readonly text: string;
}

export interface OpenRunResult {
  readonly url: string;
}

export interface NamedText {
  readonly title: string;
  readonly text: string;
}

export interface DiffResult {
  readonly left: NamedText;
  readonly right: NamedText;
}

export interface PreviewResult {
  readonly adapter?: string;
  readonly text: string;
}

/** What holds in one folder of the workspace. */
export interface FolderStatus {
  readonly interpreter?: string | null;
  readonly dspyVersion?: string | null;
  readonly mlflowVersion?: string | null;
  readonly dialect?: string | null;
  readonly degraded?: readonly string[];
}

/** `dspy/status`: what the status item shows. */
export interface Status extends FolderStatus {
  /** Where the workspace has several folders: what holds in each. */
  readonly folders?: readonly (FolderStatus & { readonly uri: string })[];
  readonly trusted?: boolean;
  readonly worker?: "off" | "starting" | "ready" | "busy" | "failed";
}

/** `dspy/input`: one line of text from the person. */
export interface InputParameters {
  readonly title: string;
  readonly prompt?: string;
  readonly value?: string;
  readonly placeholder?: string;
}

/** `dspy/pick`: one of several items, answered by its index. */
export interface PickParameters {
  readonly title: string;
  readonly items: readonly {
    readonly label: string;
    readonly description?: string;
    readonly detail?: string;
  }[];
}
