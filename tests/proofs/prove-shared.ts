import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESIGNS, drawShared, heldIn, type Design, type SharedCell } from './intervals/shared-subjects.js';

/**
 *     npm run prove:shared [-- --worlds 1000 --designs items,couples,pairs --keep FOLDER --step 50]
 *
 * Simulates worlds in which two columns of different items have subjects in common, and prints how often the 95 % interval of their
 * mean holds the truth where the columns name their subjects, and where they do not. Exit code 1 where named it does so too seldom or
 * too often for the bounds that docs/intervals.md states, by more than chance allows with so many worlds. With `--keep` what is drawn
 * lies in a folder after each step, and a later call goes on from there; `--worlds 0` draws no more.
 */
const option = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1]!;
};

const worlds = Number(option('worlds', '1000'));
const designs = option('designs', DESIGNS.join(',')).split(',') as Design[];
const keep = option('keep', '');
const step = Number(option('step', '50'));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
let bad = 0;
console.log(
  '| design | metric | of | trainings | in both columns | worlds | named | width | not named | width |\n' +
    '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
);
for (const design of designs)
  for (const { metric, of, trainings, share, named, nameless } of cellsOf(design)) {
    const [after, before] = [heldIn(named, design), heldIn(nameless, design)];
    if (!isHeld(after.held, trainings, named.length)) bad += 1;
    const last = [percent(after.held), after.width.toFixed(4), percent(before.held), before.width.toFixed(4)];
    console.log(`| ${[design, metric, of, trainings, percent(share), named.length, ...last].join(' | ')} |`);
  }
console.log(`${bad} cells out of bounds`);
process.exitCode = bad === 0 ? 0 : 1;

function cellsOf(design: Design): readonly SharedCell[] {
  if (keep !== '') mkdirSync(keep, { recursive: true });
  const file = join(keep, `${design}.json`);
  const cells = keep !== '' && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SharedCell[]) : [];
  for (let first = cells[0]?.named.length ?? 0; first < worlds; first += step) {
    drawShared(design, { first, worlds: Math.min(step, worlds - first) }, cells);
    if (keep !== '') writeFileSync(file, JSON.stringify(cells));
  }
  return cells;
}

/** 93 to 97 % with three trainings, 92 to 98 % for persons alone, and two standard errors of the simulation. */
function isHeld(held: number, trainings: number, count: number): boolean {
  const [low, high] = trainings === 1 ? [0.92, 0.98] : [0.93, 0.97];
  const slack = 2 * Math.sqrt((0.95 * 0.05) / count);
  return held >= low - slack && held <= high + slack;
}
