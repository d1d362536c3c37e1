import type { RunEvent } from '../../engine/run/event.js';
import type { Diagnostic } from '../../foundation/failures/diagnostic.js';

/** Shows a run while it goes. */
export interface Progress {
  readonly show: (event: RunEvent) => void;
  /** Lines of the result, or about it, while the run goes or after. */
  readonly note: (lines: string | readonly string[]) => void;
  /** After all else: nothing is shown any more. */
  readonly end: () => void;
}

/** What a failed stage leaves to read. */
export interface FailureLog {
  readonly tail: readonly string[];
  /** The command that shows all of it. */
  readonly command: string;
}

export interface ProgressOptions {
  /** A diagnostic in lines. */
  readonly render: (diagnostic: Diagnostic) => readonly string[];
  /** The log of a stage that has just failed; undefined where it said nothing. */
  readonly failureLog: (stage: string) => FailureLog | undefined;
  /** Milliseconds on a clock that only goes forward; this process's where absent. */
  readonly now?: () => number;
}
