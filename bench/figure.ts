import { appendFileSync, readFileSync } from 'node:fs';

/** A measured figure: a row of the table that `npm run bench` prints. */
export interface Figure {
  readonly work: string;
  readonly value: number;
  readonly unit: string;
  /** The same work done by another program, in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** What it should be: of the value, or of its ratio to the peer's (values divided, whichever is better). */
  readonly bar?: Bar;
}

export type Bar = {
  readonly of: 'value' | 'ratio';
} & ({ readonly atMost: number } | { readonly atLeast: number });

/** Names the file in which `npm run bench` gathers the figures of its benches. */
const FILE = 'FX_BENCH_FIGURES';

/** Hands a figure to `npm run bench`, if that runs this bench. */
export function noteFigure(figure: Figure): void {
  const file = process.env[FILE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(figure)}\n`);
}

export function gathering(file: string): NodeJS.ProcessEnv {
  return { ...process.env, [FILE]: file };
}

export function readFigures(file: string): readonly Figure[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Figure);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The rows of the table: work, figure, peer, ratio, bar, and whether the bar is met. */
export function figureLines(figures: readonly Figure[]): readonly string[] {
  const rows = [['', 'fx', 'peer', 'ratio', 'bar', ''], ...figures.map(cells)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

function cells({ work, value, unit, peer, bar }: Figure): string[] {
  const ratio = peer === undefined ? undefined : value / peer.value;
  const judged = bar?.of === 'ratio' ? ratio : value;
  const isMet =
    bar === undefined || judged === undefined
      ? undefined
      : 'atMost' in bar
        ? judged <= bar.atMost
        : judged >= bar.atLeast;
  return [
    work,
    `${number(value)} ${unit}`,
    peer === undefined ? '' : `${peer.name} ${number(peer.value)}`,
    ratio === undefined ? '' : number(ratio),
    bar === undefined ? '' : 'atMost' in bar ? `≤ ${bar.atMost}` : `≥ ${bar.atLeast}`,
    isMet === undefined ? '' : isMet ? 'met' : 'missed',
  ];
}

function number(value: number): string {
  return value.toPrecision(value >= 100 ? Math.ceil(Math.log10(value + 1)) : 3);
}
