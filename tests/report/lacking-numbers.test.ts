import assert from 'node:assert/strict';
import { meanOutcome } from '../../src/foundation/statistics/outcomes.js';
import { judgeClaims } from '../../src/report/claims/claims.js';
import { measure } from '../../src/report/measures/measurement.js';
import { sourcesOf } from '../../src/report/measures/sources.js';
import type { ClaimVerdict } from '../../src/report/report.js';
import { claimOn, outcomesWith, smallRun, type Result } from './small-run.js';

const near = (actual: number | undefined, expected: number): void =>
  assert.ok(Math.abs(actual! - expected) < 1e-9, `${actual} against ${expected}`);

describe('a number that some replicates lack', () => {
  const of = (numbers: readonly (readonly [x: number | null, y: number | null])[]): readonly Result[] =>
    numbers.map(([x, y]) => ({
      metrics: { ...(x === null ? {} : { x }), ...(y === null ? {} : { y }) },
    }));
  const stages = {
    a: of([
      [null, 1.1],
      [-0.7, -0.6],
      [-0.1, -0.2],
      [0.2, 0.2],
      [0.9, null],
    ]),
    b: of([
      [1.5, 1.4],
      [-1.6, -1.5],
      [0.4, 0.3],
    ]),
  };
  const comparison = (metrics: readonly string[], mode?: 'mean') => {
    const { run, noise } = smallRun(stages, [claimOn(stages, ['a', '<', 'b'], metrics, mode)]);
    return judgeClaims(run.report as never, run, noise, new Map())[0]!.comparisons[0]!;
  };

  it('is left out of a mean over columns in all of them: each replicate is taken with itself', () => {
    const { effect, interval, method } = comparison(['x', 'y'], 'mean');
    // SciPy: ttest_ind([1.45, -1.55, 0.35], [-0.65, -0.15, 0.2], equal_var=False).confidence_interval()
    near(effect!, 0.2833333333333333);
    near(interval!.low, -3.164460835686253);
    near(interval!.high, 3.7311275023529196);
    assert.equal(method, 'over 3 replicates alone');
  });

  it('is said to be lacking', () => {
    assert.deepEqual(comparison(['x']).notes, ['a, `x` was not measured in 1 of 5 replicates']);
    assert.deepEqual(comparison(['x', 'y'], 'mean').notes, [
      'a, `x` was not measured in 1 of 5 replicates',
      'a, `y` was not measured in 1 of 5 replicates',
    ]);
  });
});

describe('a metric between bounds', () => {
  const ITEMS = 40;
  const subjects = Int32Array.from({ length: 2 * ITEMS }, (_, i) => i >> 1);
  const of = (values: readonly number[], bounds?: readonly [number, number]): Result => {
    const metric = meanOutcome('m', values, bounds === undefined ? {} : { bounds });
    return { metrics: { m: metric.value }, outcomes: outcomesWith('items', subjects, [metric]), seeded: false };
  };

  it('has them if all replicates say so', () => {
    const shares = Array.from({ length: ITEMS }, (_, i) => Number(i % 4 > 0));
    const counts = shares.map((each) => 3 * each);
    const { run, noise } = smallRun({ some: [of(shares, [0, 1]), of(counts)], all: [of(shares, [0, 1])] });
    const high = (name: string): number =>
      measure(
        sourcesOf(
          run.stages.filter((stage) => stage.name === name),
          'm',
        ),
        noise,
      ).interval!.high;
    assert.ok(high('some') > 1.5, String(high('some')));
    assert.ok(high('all') < 1);
  });

  it('that lies on one is compared with a number by the chance that all items are alike', () => {
    const stages = { perfect: [of(new Array<number>(ITEMS).fill(1), [0, 1])] };
    const verdicts = (values: readonly number[], correction?: 'holm'): readonly ClaimVerdict['verdict'][] => {
      const claims = values.map((value) => claimOn(stages, ['perfect', '>', value], ['m']));
      const { run, noise } = smallRun(stages, claims, correction === undefined ? {} : { correction });
      return judgeClaims(run.report as never, run, noise, new Map()).map(({ verdict }) => verdict);
    };
    // 0.91^40 is 2.3 %, 0.92^40 3.6 %, 0.85^40 0.15 %.
    assert.deepEqual(verdicts([0.91, 0.92]), ['reproduced', 'undecided']);
    assert.deepEqual(verdicts([0.91, 0.85, 0.92], 'holm'), ['undecided', 'reproduced', 'undecided']);
  });
});

describe('numbers over items that are not the same', () => {
  const of = (items: string, count: number): Result => {
    const metric = meanOutcome(
      'm',
      Array.from({ length: count }, (_, i) => Number(i % 3 > 0)),
    );
    const subjects = Int32Array.from({ length: 2 * count }, (_, i) => i >> 1);
    return { metrics: { m: metric.value }, outcomes: outcomesWith(items, subjects, [metric]) };
  };
  const stages = {
    all: [of('all', 60), of('all', 60)],
    fewer: [of('fewer', 59), of('fewer', 59)],
    odd: [of('odd', 58), of('all', 60)],
  };
  const notes = (other: string): readonly string[] => {
    const { run, noise } = smallRun(stages, [claimOn(stages, ['all', '<', other], ['m'])]);
    return judgeClaims(run.report as never, run, noise, new Map())[0]!.comparisons[0]!.notes;
  };

  it('are compared as independent ones, or by replicates alone, which is said', () => {
    assert.deepEqual(notes('fewer'), [
      'the sides are of different items: they are compared as if they were independent',
    ]);
    assert.deepEqual(notes('odd'), [
      'replicates are of different items: the interval holds what varies between replicates alone',
    ]);
    assert.deepEqual(notes('all'), ['every item gave the same difference: nothing was seen of how they vary']);
  });
});
