import { setMaxListeners } from 'node:events';
import { EXIT } from './exit.js';

export interface Interruption {
  readonly signal: AbortSignal;
  /** From now on a signal ends the process as usual, unless it was interrupted. */
  readonly end: () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ctrl-C stops the run and keeps what is finished; a second one kills the children and ends at once.
 * @param first called at the first
 * @param kill ends all children without asking
 */
export function onInterrupt(first: () => void, kill: () => void): Interruption {
  const controller = new AbortController();
  // Each transfer to a remote cache hears it: no leak, as Node would warn.
  setMaxListeners(0, controller.signal);
  // What the process gives back should it end before its time, as at a reader of its output that has gone.
  process.exitCode = EXIT.interrupted;
  const stop = (): void => {
    if (controller.signal.aborted) {
      kill();
      process.exit(EXIT.interrupted);
    }
    controller.abort();
    first();
  };
  for (const name of SIGNALS) process.on(name, stop);
  return {
    signal: controller.signal,
    end: () => {
      // Once interrupted, another signal ends the process with the same code, however near its end it is.
      if (controller.signal.aborted) return;
      for (const name of SIGNALS) process.off(name, stop);
      process.exitCode = undefined;
    },
  };
}
