import assert from 'node:assert/strict';
import type { ComparisonPlan } from '../../src/engine/run/record.js';
import { judgeClaims } from '../../src/report/claims/claims.js';
import { chanceOfReplicates } from '../../src/report/measures/alike.js';
import { changedCells } from '../../src/report/diff/diff-cells.js';
import type { Report } from '../../src/report/report.js';
import { claimOn, smallRun, type Result } from './small-run.js';

function judged(
  stages: Readonly<Record<string, readonly Result[]>>,
  comparison: readonly [string, ComparisonPlan['operator'], string | number],
) {
  const { run, noise } = smallRun(stages, [claimOn(stages, comparison, ['m'])]);
  return judgeClaims(run.report as never, run, noise, new Map())[0]!;
}

const results = (values: readonly number[]): readonly Result[] => values.map((m) => ({ metrics: { m } }));
const times = (n: number, m: number): readonly Result[] => results(Array.from({ length: n }, () => m));

/** All that so many throws of a coin may show. */
function throws(n: number): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** n }, (_, i) => Array.from({ length: n }, (_, k) => (i >> k) & 1));
}

describe('replicates that all gave one number', () => {
  for (const n of [2, 3, 4, 5]) {
    it(`decide a claim about ${n} throws of one coin each in at most 5 % of all that these may show`, () => {
      const all = throws(2 * n);
      const decided = all.filter((values) => {
        const stages = { a: results(values.slice(0, n)), b: results(values.slice(n)) };
        return judged(stages, ['a', '>', 'b']).verdict !== 'undecided';
      });
      assert.ok(decided.length / all.length <= 0.05, `${decided.length} of ${all.length}`);
    });
  }

  for (const n of [2, 3, 4, 5, 6]) {
    it(`decide a claim that ${n} throws of a coin are above one half in at most 5 %`, () => {
      const all = throws(n);
      const decided = all.filter((values) => judged({ a: results(values) }, ['a', '>', 0.5]).verdict !== 'undecided');
      assert.ok(decided.length / all.length <= 0.05, `${decided.length} of ${all.length}`);
    });
  }

  it('are too few, and a claim says how many would do', () => {
    const of = (n: number) => judged({ a: times(n, 0.85), b: times(n, 0.9) }, ['b', '>', 'a']);
    assert.deepEqual(
      [of(2).verdict, of(2).reason, of(2).decides],
      ['undecided', 'too few replicates (2), which gave one number', '`replicates: 4`'],
    );
    assert.deepEqual([of(3).verdict, of(4).verdict], ['undecided', 'reproduced']);
    const alone = (n: number) => judged({ a: times(n, 0.9) }, ['a', '>', 0.5]);
    assert.deepEqual(
      [alone(2).decides, alone(5).verdict, alone(6).verdict],
      ['`replicates: 6`', 'undecided', 'reproduced'],
    );
    // What no seed decides has no noise of its own: one side varies alone.
    const fixed = [{ metrics: { m: 0.5 }, seeded: false }];
    assert.equal(judged({ a: times(5, 0.9), fixed }, ['a', '>', 'fixed']).verdict, 'undecided');
    assert.equal(judged({ a: times(6, 0.9), fixed }, ['a', '>', 'fixed']).verdict, 'reproduced');
  });

  it('have the chance of a permutation test', () => {
    // SciPy: permutation_test((zeros(r1), ones(r2)), difference of means, alternative='less').pvalue, all permutations
    assert.deepEqual(
      [
        [2, 2],
        [3, 3],
        [4, 4],
        [2, 5],
      ].map((varying) => Number(chanceOfReplicates(varying).toFixed(12))),
      [0.166666666667, 0.05, 0.014285714286, 0.047619047619],
    );
  });

  it('show no noise of a number that changed between two reports', () => {
    const reportOf = (n: number, value: number): Report => {
      const sources = Array.from({ length: n }, (_, r) => ({
        stage: `s${r}`,
        key: `${value} ${r}`,
        metric: 'm',
        value,
      }));
      const rows = [
        {
          label: 'row',
          cells: [{ value, sources, interval: { low: value, high: value }, noise: { error: 0, freedom: 1e6 } }],
        },
      ];
      const columns = [{ label: 'M', metric: 'm' }];
      return { tables: [{ id: 't', columns, rows, best: 'highest' }], stages: [] } as unknown as Report;
    };
    const verdict = (n: number) => changedCells(reportOf(n, 0.9), reportOf(n, 0.8), () => undefined)[0]!.verdict;
    assert.deepEqual([2, 3, 4].map(verdict), ['noise unknown', 'noise unknown', 'worse']);
  });
});
