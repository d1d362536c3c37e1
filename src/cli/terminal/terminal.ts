/** Where words go: results to standard output, everything else to standard error; colour only where it can be seen. */
export interface Terminal extends Paints {
  /** A line of the result. */
  readonly say: (line: string) => void;
  /** A line about the work. */
  readonly note: (line: string) => void;
  /** Whether a person watches: a tree that redraws itself makes sense. */
  readonly live: boolean;
  readonly columns: number;
  /** Whether notes are coloured. */
  readonly colour: boolean;
  /** Paints for results, which may go elsewhere than notes. */
  readonly result: Paints;
}

export interface Paints {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
}

export type Paint = (text: string) => string;

export function openTerminal(environment: NodeJS.ProcessEnv = process.env): Terminal {
  const watched = process.stderr.isTTY;
  const noColour = environment.NO_COLOR !== undefined && environment.NO_COLOR !== '';
  const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== '0';
  const coloured = (isTerminal: boolean): boolean =>
    !noColour && (forced || (isTerminal && environment.TERM !== 'dumb'));
  return {
    ...paints(coloured(watched)),
    say: (line) => process.stdout.write(`${line}\n`),
    note: (line) => process.stderr.write(`${line}\n`),
    live: watched && environment.CI === undefined && environment.TERM !== 'dumb',
    columns: process.stderr.columns,
    colour: coloured(watched),
    result: paints(coloured(process.stdout.isTTY)),
  };
}

function paints(colour: boolean): Paints {
  const paint =
    (code: number): Paint =>
    (text) =>
      colour ? `\x1b[${code}m${text}\x1b[${code === 1 || code === 2 ? 22 : 39}m` : text;
  return { bold: paint(1), dim: paint(2), red: paint(31), green: paint(32), yellow: paint(33), blue: paint(34) };
}
