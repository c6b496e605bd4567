/** When the server is started again: many wishes make one restart, repeated crashes make a pause. */

/** Runs a task once for all the requests made while it waits or runs. */
export class Coalescer {
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(private readonly task: () => Promise<void>) {}

  /** Resolves when a run that began after this request has ended. */
  request(): Promise<void> {
    if (this.#next === undefined && this.#current === undefined) {
      return this.#begin();
    }
    // What is running may have read the old state, so exactly one more run follows it.
    this.#next ??= (this.#current ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.#begin());
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const run = this.task().finally(() => {
      if (this.#current === run) {
        this.#current = undefined;
      }
    });
    this.#current = run;
    return run;
  }
}

const FIRST_DELAY_MS = 500;
const MOST_CRASHES = 5;
const WINDOW_MS = 3 * 60 * 1000;

/** Delays that double with each crash of the last minutes, until it is no use. */
export class CrashBackoff {
  #crashes: number[] = [];

  /** Milliseconds to wait before the next start; undefined when a person has to decide. */
  crashed(now: number): number | undefined {
    this.#crashes = [...this.#crashes.filter((time) => now - time < WINDOW_MS), now];
    const count = this.#crashes.length;
    return count > MOST_CRASHES ? undefined : FIRST_DELAY_MS * 2 ** (count - 1);
  }

  /** Forgets the crashes: a person asked for a restart. */
  reset(): void {
    this.#crashes = [];
  }
}
