import { printable } from '../../foundation/words/terminal.js';

/** What writes results, on the stream itself: the packed script and the modules beside it each have this module. */
const RESULTS = Symbol.for('fx results');

type Output = NodeJS.WriteStream & { [RESULTS]?: (text: string) => boolean };

/** Writes a result to standard output. */
export function writeResult(text: string): void {
  const stdout: Output = process.stdout;
  (stdout[RESULTS] ?? stdout.write.bind(stdout))(text);
}

/**
 * Standard output is for results alone from here on: what modules of the user's print as they are loaded or asked goes to standard
 * error, as words about the work do, so that `--json`, a graph or a table is what its reader expects.
 */
export function keepOutputForResults(): void {
  const stdout: Output = process.stdout;
  stdout[RESULTS] = stdout.write.bind(stdout);
  stdout.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const written = rest.find((each) => typeof each === 'function') as ((error?: Error | null) => void) | undefined;
    return process.stderr.write(text.split('\n').map(printable).join('\n'), written);
  };
}
