import assert from 'node:assert/strict';
import type { ComparisonPlan, RunRecord } from '../../src/engine/run/record.js';
import { meanOutcome } from '../../src/foundation/statistics/outcomes.js';
import { judgeClaims } from '../../src/report/claims/claims.js';
import { measure } from '../../src/report/measures/measurement.js';
import { sourcesOf } from '../../src/report/measures/sources.js';
import { measurementsOf } from '../../src/report/plan.js';
import { claimOn, outcomesWith, smallRun, type Result } from './small-run.js';

type Stages = Readonly<Record<string, readonly Result[]>>;

function measured(run: RunRecord) {
  const ids = run.stages.map(({ id }) => id);
  return sourcesOf(measurementsOf(run, ids), 'm');
}

function judged(
  stages: Stages,
  comparison: readonly [string, ComparisonPlan['operator'], string | number],
  metrics: readonly string[] = ['m'],
) {
  const { run, noise } = smallRun(stages, [claimOn(stages, comparison, metrics)]);
  return judgeClaims(run.report as never, run, noise, new Map())[0]!;
}

describe('a result', () => {
  const three = [0.81, 0.83, 0.82].map((m) => ({ metrics: { m } }));
  /** What branches with a replicated stage, but reads nothing of it. */
  const branched = three.map(() => ({ metrics: { m: 0.7 }, key: 'one' }));

  it('that several stages of a branch have is one measurement, whose own noise is unknown', () => {
    const { run, noise } = smallRun({ branched });
    const sources = measured(run);
    assert.deepEqual(
      sources.map(({ stage }) => stage),
      ['branched[replicate=1]'],
    );
    assert.equal(measure(sources, noise).interval, null);
    assert.equal(judged({ three, branched }, ['three', '>', 'branched']).verdict, 'undecided');
    assert.equal(judged({ branched }, ['branched', '>', 0.5]).verdict, 'undecided');
  });

  it('is counted as often as there are results where two are equal by chance', () => {
    const equal = three.map(() => ({ metrics: { m: 0.7 } }));
    assert.equal(measured(smallRun({ equal }).run).length, 3);
    // Equal bytes of two trainings give one key to what tests them.
    const trained = three.map(() => ({ metrics: {} }));
    const tested = three.map((_, r) => ({ metrics: { m: 0.7 }, key: 'one', reads: `trained[replicate=${r + 1}]` }));
    assert.equal(measured(smallRun({ trained, tested }).run).length, 3);
    const plain = [{ metrics: {} }];
    const once = tested.map((one) => ({ ...one, reads: 'plain[replicate=1]' }));
    assert.equal(measured(smallRun({ plain, once }).run).length, 1);
  });

  it('that no seed decides is one of no noise between replicates', () => {
    const fixed = [{ metrics: { m: 0.7 }, seeded: false }];
    const claim = judged({ three, fixed }, ['three', '>', 'fixed']);
    assert.equal(claim.verdict, 'reproduced');
    // SciPy: t.interval(0.95, 2, 0.12, std([0.81, 0.83, 0.82], ddof=1) / sqrt(3))
    const { low, high } = claim.comparisons[0]!.interval!;
    assert.ok(Math.abs(low - 0.09515862) < 1e-7 && Math.abs(high - 0.14484138) < 1e-7, `${low} ${high}`);
  });

  it('that no seed decides is compared with a number by its items alone', () => {
    const values = Array.from({ length: 100 }, (_, i) => Number(i % 10 > 1));
    const outcomes = outcomesWith(
      'items',
      Int32Array.from({ length: 200 }, (_, i) => i >> 1),
      [meanOutcome('m', values)],
    );
    const of = (seeded: boolean): Stages => ({ fixed: [{ metrics: { m: 0.8 }, seeded, outcomes }] });
    assert.equal(judged(of(false), ['fixed', '>', 0.5]).verdict, 'reproduced');
    assert.equal(judged(of(true), ['fixed', '>', 0.5]).verdict, 'undecided');
  });
});

describe('numbers that are equal', () => {
  const times = (n: number, m: number): readonly Result[] => Array.from({ length: n }, () => ({ metrics: { m } }));

  it('have no effect between them, though sums of other counts of them are rounded otherwise', () => {
    const stages = { ten: times(10, 0.1), five: times(5, 0.1) };
    for (const operator of ['<', '>'] as const) {
      const { verdict, comparisons } = judged(stages, ['ten', operator, 'five']);
      assert.deepEqual(
        [verdict, comparisons[0]!.effect, comparisons[0]!.interval],
        ['undecided', 0, { low: 0, high: 0 }],
      );
      assert.equal(judged(stages, ['ten', operator, 0.1]).verdict, 'undecided');
    }
    for (const operator of ['<=', '>='] as const) {
      assert.equal(judged(stages, ['ten', operator, 'five']).verdict, 'reproduced');
      assert.equal(judged(stages, ['ten', operator, 0.1]).verdict, 'reproduced');
    }
  });

  it('have none where outcomes are at hand either', () => {
    const outcomes = outcomesWith(
      'items',
      Int32Array.from({ length: 60 }, (_, i) => i >> 1),
      [
        meanOutcome(
          'm',
          Array.from({ length: 30 }, (_, i) => Number(i % 10 === 0)),
        ),
      ],
    );
    const same = (n: number): readonly Result[] => times(n, 0.1).map((one) => ({ ...one, outcomes }));
    const stages = { ten: same(10), three: same(3) };
    for (const operator of ['<', '>'] as const)
      assert.equal(judged(stages, ['ten', operator, 'three']).verdict, 'undecided');
    assert.equal(judged(stages, ['ten', '<=', 'three']).verdict, 'reproduced');
  });

  it('of all replicates show nothing of their noise, which is said', () => {
    const { run, noise } = smallRun({ same: times(2, 0.9), varied: [...times(1, 0.9), ...times(1, 0.8)] });
    const of = (name: string) =>
      measure(
        sourcesOf(
          run.stages.filter((stage) => stage.name === name),
          'm',
        ),
        noise,
      ).notes;
    assert.deepEqual(of('same'), ['all replicates gave the same number: nothing was seen of their noise']);
    assert.deepEqual(of('varied'), []);
  });
});
