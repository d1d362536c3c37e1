import type { Diagnostic } from './diagnostic.js';

/**
 * Takes what is wrong, so that all of it is said at once. A reporter that takes more codes stands for one that takes fewer:
 * a phase hands its own down to what it calls.
 */
export interface Reporter<in Code extends string> {
  readonly add: (...problems: readonly Diagnostic<Code>[]) => void;
  /** How many it took: whether something went wrong since it was last looked at. */
  readonly count: number;
}

/** A reporter that keeps what it takes. */
export class Problems<Code extends string> implements Reporter<Code> {
  readonly #all: Diagnostic<Code>[] = [];

  readonly add = (...problems: readonly Diagnostic<Code>[]): void => {
    for (const problem of problems) this.#all.push(problem);
  };

  get count(): number {
    return this.#all.length;
  }

  get all(): readonly Diagnostic<Code>[] {
    return this.#all;
  }
}
