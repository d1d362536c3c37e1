import assert from 'node:assert/strict';
import type { ComparisonPlan } from '../../src/engine/run/record.js';
import type { AnyStageKind } from '../../src/engine/stage.js';
import { meanOutcome } from '../../src/foundation/statistics/outcomes.js';
import { command } from '../../src/plugins/command/kind.js';
import { judgeClaims } from '../../src/report/claims/claims.js';
import { measure } from '../../src/report/measures/measurement.js';
import { sourcesOf } from '../../src/report/measures/sources.js';
import { claimOn, outcomesWith, smallRun, type Result } from './small-run.js';

/** Values of items by metric, of a stage that no seed decides. */
function fixed(
  values: Readonly<Record<string, readonly number[]>>,
  { bounds, items = 'items' }: { readonly bounds?: readonly [number, number]; readonly items?: string } = {},
): readonly Result[] {
  const metrics = Object.entries(values).map(([name, each]) =>
    meanOutcome(name, each, bounds === undefined ? {} : { bounds }),
  );
  const subjects = Int32Array.from({ length: 2 * Object.values(values)[0]!.length }, (_, i) => i >> 1);
  const outcomes = outcomesWith(items, subjects, metrics);
  return [{ metrics: Object.fromEntries(metrics.map(({ name, value }) => [name, value])), seeded: false, outcomes }];
}

const times = (n: number, value: number): readonly number[] => Array.from({ length: n }, () => value);

function judged(
  stages: Readonly<Record<string, readonly Result[]>>,
  comparison: readonly [string, ComparisonPlan['operator'], string | number],
) {
  const { run, noise } = smallRun(stages, [claimOn(stages, comparison, ['m'])]);
  const { verdict, reason, decides, comparisons } = judgeClaims(run.report as never, run, noise, new Map())[0]!;
  return { ...comparisons[0]!, verdict, reason, decides };
}

describe('an interval over few subjects', () => {
  it('has no more degrees of freedom than there are subjects, less one', () => {
    // SciPy: t.interval(0.95, n - 1, mean, sem); the values of each lie as far from their mean.
    for (const [values, low, high] of [
      [[0, 2], -11.706204736432095, 13.706204736432095],
      [[0, 0, 2, 2], -0.837386231037399, 2.837386231037399],
    ] as const) {
      const { run, noise } = smallRun({ a: fixed({ m: values }) });
      const { interval } = measure(sourcesOf(run.stages, 'm'), noise);
      assert.ok(
        Math.abs(interval!.low - low) < 1e-9 && Math.abs(interval!.high - high) < 1e-9,
        JSON.stringify(interval),
      );
    }
  });
});

describe('items that are all alike', () => {
  it('are said to show nothing of how they vary, and decide a claim if so many would be on one side by chance in 2.5 % at most', () => {
    const note = 'every item gave the same difference: nothing was seen of how they vary';
    const of = (n: number) =>
      judged({ a: fixed({ m: times(n, 0.5) }), b: fixed({ m: times(n, 0.4) }) }, ['a', '>', 'b']);
    const four = of(4);
    assert.deepEqual([four.verdict, four.reason, four.decides], ['undecided', 'too few items (4)', '6 items']);
    assert.ok(four.notes.includes(note));
    // A sign test's 0.5 ** 6 = 0.016.
    assert.equal(of(6).verdict, 'reproduced');
    const { run, noise } = smallRun({ a: fixed({ m: times(30, 0.5) }) });
    const alone = measure(sourcesOf(run.stages, 'm'), noise);
    assert.deepEqual(alone.notes, ['every item had the same outcome: nothing was seen of how they vary']);
  });

  it('have the interval of what they could hide where all are right on one side, and wrong on the other', () => {
    const bounds = [0, 1] as const;
    const of = (n: number) =>
      judged({ a: fixed({ m: times(n, 1) }, { bounds }), b: fixed({ m: times(n, 0) }, { bounds }) }, ['b', '<', 'a']);
    const four = of(4);
    assert.deepEqual([four.verdict, four.decides], ['undecided', '6 items']);
    // From -1 to 1, twice Clopper and Pearson's interval of four of four: SciPy, beta.ppf(0.025, 4, 1) is 0.3976353643835253.
    assert.ok(Math.abs(four.interval!.low - (2 * 0.3976353643835253 - 1)) < 1e-9);
    assert.equal(four.interval!.high, 1);
    assert.equal(of(6).verdict, 'reproduced');
  });

  it('ask for as many as would decide it', () => {
    const right = (n: number) => judged({ a: fixed({ m: times(n, 1) }, { bounds: [0, 1] }) }, ['a', '>', 0.95]);
    // 0.95 ** 72 is the first power below 0.025.
    assert.deepEqual([right(30).verdict, right(30).decides], ['undecided', '72 items']);
    assert.equal(right(72).verdict, 'reproduced');
    assert.equal(right(71).verdict, 'undecided');
  });
});

describe('a mean of columns of other items', () => {
  it('says that they count as independent', () => {
    const note =
      'columns of different items count as independent: if these are of the same subjects, the interval is too narrow';
    const values = (shift: number) => Array.from({ length: 40 }, (_, i) => shift + (i % 7));
    const ofColumns = (y: 'items' | 'others') => {
      const side = (shift: number): Result => {
        const [x] = fixed({ x: values(shift) });
        const [other] = fixed({ y: values(shift).toReversed() }, { items: y });
        return { ...x!, metrics: { ...x!.metrics, ...other!.metrics }, outcomes: x!.outcomes! };
      };
      // A stage a column: each has outcomes of its own.
      const stages = {
        ax: [side(1)],
        ay: fixed({ y: values(1) }, { items: y }),
        bx: [side(0)],
        by: fixed({ y: values(0.5) }, { items: y }),
      };
      const plan = claimOn(stages, ['ax', '>', 'bx'], ['x', 'y'], 'mean');
      const operands = plan.operands.map((operand, o) => ({
        ...operand,
        cells: [operand.cells[0]!, [`${o === 0 ? 'ay' : 'by'}[replicate=1]`]],
      }));
      const { run, noise } = smallRun(stages, [{ ...plan, operands }]);
      return judgeClaims(run.report as never, run, noise, new Map())[0]!.comparisons[0]!.notes;
    };
    assert.ok(ofColumns('others').includes(note));
    assert.ok(!ofColumns('items').includes(note));
  });
});

describe('a claim about a result without replicates', () => {
  const verdictOf = (word: string, b: readonly Result[] = fixed({ m: times(20, 0.5) })) => {
    const stages = { a: [1, 2, 3].map((m) => ({ metrics: { m } })), b };
    const { run, noise } = smallRun(stages, [claimOn(stages, ['a', '>', 'b'], ['m'])]);
    const kinds = new Map<string, AnyStageKind>([['command', command]]);
    const recorded = run.stages.map((stage) => ({
      ...stage,
      ...(stage.name === 'a' || b.length > 1 ? {} : { coordinates: {} }),
      parameters: { run: ['test', word], seed: 0 },
    }));
    return judgeClaims(run.report as never, { ...run, stages: recorded }, noise, kinds)[0]!;
  };

  it('says of which row replicates are to be asked for; that more of the other do not help', () => {
    const { verdict, decides, comparisons } = verdictOf('--seed={seed}');
    assert.deepEqual([verdict, decides, comparisons[0]!.replicates], ['undecided', '`replicates: 3` of b', undefined]);
    const branched = [0, 1, 2].map(() => ({ metrics: { m: 0.5 }, key: 'one' }));
    const same = verdictOf('{seed}', branched);
    assert.deepEqual([same.decides, same.comparisons[0]!.replicates], ['`replicates: 3` of b', undefined]);
  });

  it('says that a program is given no seed', () => {
    assert.equal(verdictOf('--all').decides, '`replicates: 3` of b, and `{seed}` among the words that run b');
  });
});
