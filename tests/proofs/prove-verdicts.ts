import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mean } from '../../src/foundation/statistics/moments.js';
import type { Comparison, Report, Verdict } from '../../src/report/report.js';

/**
 *     npm run prove:verdicts [-- --runs 20 --replicates 3 --first 1001 --profile mini]
 *
 * Runs Table II (b) over fresh pairs of a stand-in world and a seed of training, none of which the committed experiments use, and
 * prints the verdicts of each claim and of its comparisons, benchmark by benchmark, with the mean effect. Beside it the effect that was
 * published, and in how many runs the benchmark would decide one of that size: the effects as they scatter, moved to that mean, with the widths of
 * their own intervals. Exit code 1 if a claim is *reproduced* in one run and *not reproduced* in another.
 * A world of which a stage fails is left out, and said. A run takes minutes; what is known is not run again, so that the proof can be cut off and goes on.
 */
const option = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1]!;
};
const runs = Number(option('runs', '20'));
const replicates = Number(option('replicates', '3'));
const first = Number(option('first', '1001'));
const profile = option('profile', 'mini');

const root = fileURLToPath(new URL('../../..', import.meta.url));
const name = 'prove-verdicts';
const overlay = join(root, 'experiments', `${name}.yaml`);
interface Seen {
  readonly verdict: Verdict;
  readonly effect?: number;
  /** Half of the interval. */
  readonly half?: number;
  readonly published: number | undefined;
}
const seen = new Map<string, Seen[]>();
const note = (what: string, one: Seen): void => {
  seen.set(what, [...(seen.get(what) ?? []), one]);
};

/** `A < B` of a column: by how much B exceeds A in the paper. */
function publishedEffect({ tables }: Report, { statement, column }: Comparison): number | undefined {
  const sides = statement.split(' < ');
  for (const { rows, columns } of tables) {
    const at = columns.findIndex(({ label }) => label === column);
    const [less, more] = sides.map(
      (side) => rows.find(({ label }) => label === side)?.cells[at]?.published ?? undefined,
    );
    if (less !== undefined && more !== undefined) return more - less;
  }
  return undefined;
}
try {
  for (let [number, run] = [first, 0]; run < runs; number += 1) {
    writeFileSync(
      overlay,
      `fx: 1\nname: ${name}\nextends: ./table2-frontal.yaml\nprofiles:\n  ${profile}:\n    values: { world: ${number} }\n` +
        `    stages: { train: { replicates: ${replicates} } }\n`,
    );
    const words = ['bin/fx.js', 'run', overlay, '--profile', profile, '--set', `seed=${number}`];
    const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    // Of some worlds a set cannot be drawn: a fold's persons may have too few photographs for its pairs.
    if (status === 1) {
      console.log(`world and seed ${number}: left out, a stage failed`);
      continue;
    }
    if (status !== 0 && status !== 3) throw new Error(`run ${number} ended with ${status}`);
    run += 1;
    const path = join(root, 'reports', name, profile, 'report.json');
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
    for (const { id, verdict, comparisons } of report.claims) {
      note(id, { verdict, published: undefined });
      for (const one of comparisons) {
        const { interval } = one;
        note(`${id}, ${one.column}`, {
          verdict: one.verdict,
          ...(one.effect === null ? {} : { effect: one.effect }),
          ...(interval === null ? {} : { half: (interval.high - interval.low) / 2 }),
          published: publishedEffect(report, one),
        });
      }
      const effects = comparisons.map((one) => `${one.column} ${one.effect?.toFixed(3)} ${one.verdict}`).join(', ');
      console.log(`world and seed ${number}: ${id} ${verdict} (${effects})`);
    }
  }
} finally {
  rmSync(overlay, { force: true });
  rmSync(join(root, 'reports', name), { recursive: true, force: true });
}

/** Of the runs, how many would leave zero out if the mean of the effects were this one. */
function decided(runsOf: readonly Seen[], effect: number): number {
  const known = runsOf.flatMap((one) =>
    one.effect === undefined || one.half === undefined ? [] : [{ effect: one.effect, half: one.half }],
  );
  const centre = mean(known.map((one) => one.effect));
  return known.filter((one) => Math.abs(effect + one.effect - centre) > one.half).length;
}

const heads = [
  'claim',
  'reproduced',
  'undecided',
  'not reproduced',
  'mean effect',
  'published effect',
  'would decide it',
];
console.log(`\n| ${heads.join(' | ')} |\n| --- |${' ---: |'.repeat(heads.length - 1)}`);
for (const [what, runsOf] of seen) {
  const count = (verdict: Verdict): number => runsOf.filter((each) => each.verdict === verdict).length;
  const effects = runsOf.flatMap(({ effect }) => effect ?? []);
  const published = runsOf[0]!.published;
  const cells = [
    count('reproduced'),
    count('undecided'),
    count('not reproduced'),
    effects.length === 0 ? '' : mean(effects).toFixed(3),
    published === undefined ? '' : published.toFixed(3),
    published === undefined ? '' : `${decided(runsOf, published)} of ${runsOf.length}`,
  ];
  console.log(`| ${what} | ${cells.join(' | ')} |`);
  if (effects.length === 0 && count('reproduced') > 0 && count('not reproduced') > 0) process.exitCode = 1;
}
