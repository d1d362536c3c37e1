import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawCells, summarise, type Cell, type Coverage } from './intervals/coverage.js';
import type { Protocol, Size } from './intervals/world.js';

/**
 *     npm run prove:coverage [-- --worlds 1000 --protocols lfw,multipie,ijba --sizes mini,small,paper --keep FOLDER --step 50]
 *
 * Simulates worlds of known truth and prints how often 95 % intervals hold it. Exit code 1 where they do so too seldom or too
 * often for the bounds that docs/intervals.md states, by more than chance allows with so many worlds. With `--keep` what is drawn
 * lies in a folder after each step, and a later call goes on from there: an hour's work in pieces; `--worlds 0` draws no more. With
 * `--write` the table stands in docs/intervals.md afterwards, a line for the three numbers of trainings.
 */
const option = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1]!;
};

const worlds = Number(option('worlds', '1000'));
const protocols = option('protocols', 'lfw,multipie,ijba').split(',') as Protocol[];
const sizes = option('sizes', 'mini,small,paper').split(',') as Size[];
const keep = option('keep', '');
const step = Number(option('step', '50'));
const isWritten = process.argv.includes('--write');
const all: Coverage[] = [];
console.log(
  '| protocol | size | metric | of | trainings | worlds | expected | spread between worlds | standard error | 95 % interval holds | width | t over folds holds | its width |\n' +
    '| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
);
let bad = 0;
for (const size of sizes)
  for (const protocol of protocols) {
    for (const cell of cellsOf(protocol, size)) {
      const coverage = summarise(protocol, size, cell);
      all.push(coverage);
      if (!isHeld(coverage)) bad += 1;
      console.log(row(coverage));
    }
  }
console.log(`${bad} cells out of bounds`);
process.exitCode = bad === 0 ? 0 : 1;
if (isWritten) await writeTable();

function cellsOf(protocol: Protocol, size: Size): readonly Cell[] {
  if (keep !== '') mkdirSync(keep, { recursive: true });
  const file = join(keep, `${protocol}-${size}.json`);
  const cells = keep !== '' && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Cell[]) : [];
  for (let first = cells[0]?.drawn.length ?? 0; first < worlds; first += step) {
    drawCells(protocol, size, { first, worlds: Math.min(step, worlds - first) }, cells);
    if (keep !== '') writeFileSync(file, JSON.stringify(cells));
  }
  return cells;
}

/** 93 to 97 % with three trainings or more, 92 to 98 % for persons alone, and two standard errors of the simulation. */
function isHeld(cell: Coverage): boolean {
  return isWithin(cell, 2 * Math.sqrt((0.95 * 0.05) / cell.worlds));
}

function isWithin({ held, trainings }: Coverage, slack = 1e-9): boolean {
  const [low, high] = trainings === 1 ? [0.92, 0.98] : [0.93, 0.97];
  return held >= low - slack && held <= high + slack;
}

function row(cell: Coverage): string {
  const { protocol, size, metric, of, trainings, truth, deviation, error, held, width, folds } = cell;
  const cells = [
    protocol,
    size,
    metric,
    of,
    trainings,
    cell.worlds,
    truth.toFixed(4),
    deviation.toFixed(4),
    error.toFixed(4),
  ];
  const last = folds === undefined ? ['', ''] : [percent(folds.held), folds.width.toFixed(4)];
  return `| ${[...cells, percent(held), width.toFixed(4), ...last].join(' | ')} |`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A share outside of the bounds in bold. */
async function writeTable(): Promise<void> {
  const path = 'docs/intervals.md';
  const [begin, end] = ['<!-- coverage -->', '<!-- end of coverage -->'];
  const lines = new Map<string, Coverage[]>();
  for (const each of all) {
    const name = [each.protocol, each.size, each.metric, each.of, String(each.worlds)].join(' | ');
    lines.set(name, [...(lines.get(name) ?? []), each]);
  }
  const rows = [...lines].map(([name, cells]) => {
    const each = cells.flatMap((cell) => [
      isWithin(cell) ? percent(cell.held) : `**${percent(cell.held)}**`,
      cell.width.toFixed(4),
    ]);
    const folds = cells[0]!.folds;
    const last = folds === undefined ? ['', ''] : [percent(folds.held), folds.width.toFixed(4)];
    return `| ${[name, ...each, ...last].join(' | ')} |`;
  });
  const within = all.filter((cell) => isWithin(cell)).length;
  const told = `Of ${all.length} cells ${within} lie within the bounds, ${all.filter(isHeld).length} within two standard errors of them.`;
  const head =
    '| protocol | size | metric | of | worlds | persons alone | width | 3 trainings | width | 5 trainings | width | t over folds | width |\n' +
    '| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |';
  const text = readFileSync(path, 'utf8');
  const [before, after] = [text.slice(0, text.indexOf(begin)), text.slice(text.indexOf(end))];
  const whole = `${before}${begin}\n\n${told}\n\n${head}\n${rows.join('\n')}\n\n${after}`;
  const prettier = await import('prettier');
  writeFileSync(path, await prettier.format(whole, { ...(await prettier.resolveConfig(path)), filepath: path }));
}
