import { writeResult } from './output.js';
import { jsonLine, paints, printable, type Paints } from '../../foundation/words/terminal.js';

/**
 * Where words go: results to standard output, everything else to standard error; colour only where it can be seen. Nothing else
 * writes to either (eslint.config.js), so that no control character of a stranger's words arrives there.
 */
export interface Terminal extends Paints {
  /** Lines of the result. A line break inside of one is shown, not made. */
  readonly say: (lines: string | readonly string[]) => void;
  /** Lines about the work. */
  readonly note: (lines: string | readonly string[]) => void;
  /** A result for scripts, on one line. */
  readonly json: (value: unknown) => void;
  /** The text of a file, to be read by a program or kept: as it is, unless a terminal shows it. */
  readonly file: (text: string) => void;
  /** How far something is, written over what stood there; nothing where nobody watches. Empty: clears it. */
  readonly count: (line: string) => void;
  /** Whether a person watches: a tree that redraws itself makes sense. */
  readonly live: boolean;
  /** Whether notes are coloured. */
  readonly colour: boolean;
  /** Paints for results, which may go to another stream than notes, and whether they show. */
  readonly result: Paints & { readonly colour: boolean };
}

export function openTerminal(environment: NodeJS.ProcessEnv = process.env): Terminal {
  const watched = process.stderr.isTTY;
  const noColour = environment.NO_COLOR !== undefined && environment.NO_COLOR !== '';
  const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== '0';
  const coloured = (isTerminal: boolean): boolean =>
    !noColour && (forced || (isTerminal && environment.TERM !== 'dumb'));
  const live = watched && environment.CI === undefined && environment.TERM !== 'dumb';
  const result = coloured(process.stdout.isTTY);
  return {
    ...paints(coloured(watched)),
    say: (lines) => writeResult(asLines(lines)),
    note: (lines) => void process.stderr.write(asLines(lines)),
    json: (value) => writeResult(`${jsonLine(value)}\n`),
    file: (text) => writeResult(process.stdout.isTTY ? asLines(text.replace(/\n$/, '').split('\n')) : text),
    count: (line) => {
      if (live) process.stderr.write(`\r\x1b[K${printable(line)}`);
    },
    live,
    colour: coloured(watched),
    result: { ...paints(result), colour: result },
  };
}

function asLines(lines: string | readonly string[]): string {
  return [lines]
    .flat()
    .map((line) => `${printable(line)}\n`)
    .join('');
}
