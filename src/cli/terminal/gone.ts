import { writeSync } from 'node:fs';
import { EXIT } from '../program/exit.js';

/**
 * What becomes of the process where its words cannot be written. A reader that has gone (`fx plan | head`) is no failure: the
 * process ends with what it would give back by now. Anything else, as a full disk, is one: results were lost, and the exit
 * code says so; what is finished stays in the cache.
 */
export function endWhereNobodyReads(): void {
  for (const [stream, name] of [
    [process.stdout, 'standard output'],
    [process.stderr, 'standard error'],
  ] as const) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      if (stream === process.stdout)
        complain(`error: ${name} cannot be written to: ${reasonOf(error)}  [system/${String(error.code)}]`);
      process.exit(EXIT.failed);
    });
  }
}

/**
 * Ends the process, whose work is done, as soon as its words are written, or it is told that they cannot be. Left to itself Node would wait
 * for what V8 still compiles in the background, for nothing: 10 to 20 ms.
 */
export function endOnceWritten(): void {
  setImmediate(() => {
    if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
  });
}

/** Standard error may be gone as well. */
function complain(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // The exit code is all that is left to say it with.
  }
}

/** `ENOSPC: no space left on device, write` without what only a programmer reads. */
function reasonOf(error: NodeJS.ErrnoException): string {
  return /^[A-Z0-9]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
}
