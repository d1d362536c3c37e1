import assert from 'node:assert/strict';
import type { ComparisonPlan } from '../../src/engine/run/record.js';
import { stream } from '../../src/foundation/numbers/random.js';
import { meanOutcome } from '../../src/foundation/statistics/outcomes.js';
import { judgeClaims } from '../../src/report/claims/claims.js';
import { claimOn, outcomesWith, smallRun, type Result } from './small-run.js';

const ITEMS = 60;

/** Two items of each subject. */
const subjects = Int32Array.from({ length: 2 * ITEMS }, (_, i) => i >> 2);

/** Metrics x and y of the same items, and z, the mean of both item by item. */
function measuredOnce(seed: number, offset: number): Result {
  const drawn = (metric: string): number[] => {
    const shared = stream(1, 'shared');
    const own = stream(seed, metric);
    return Array.from({ length: ITEMS }, () => offset + shared.normal() + 0.3 * own.normal());
  };
  const [x, y] = [drawn('x'), drawn('y')];
  const z = x.map((value, i) => (value + y[i]!) / 2);
  const metrics = Object.entries({ x, y, z }).map(([name, values]) => meanOutcome(name, values));
  return {
    metrics: Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
    outcomes: outcomesWith('items', subjects, metrics),
  };
}

describe('the mean of columns that were measured on the same items', () => {
  const stages = {
    a: [1, 2, 3].map((seed) => measuredOnce(seed, 0)),
    b: [4, 5, 6, 7].map((seed) => measuredOnce(seed, 0.2)),
  };
  const comparisonOn = (
    metrics: readonly string[],
    comparison: readonly [string, ComparisonPlan['operator'], string | number],
  ) => {
    const { run, noise } = smallRun(stages, [claimOn(stages, comparison, metrics, 'mean')]);
    return judgeClaims(run.report as never, run, noise, new Map())[0]!.comparisons[0]!;
  };
  const near = (actual: readonly number[], expected: readonly number[]): void =>
    actual.forEach((value, i) =>
      assert.ok(Math.abs(value - expected[i]!) < 1e-12, `${actual.join()} against ${expected.join()}`),
    );

  for (const comparison of [
    ['a', '>', -1],
    ['a', '<', 'b'],
  ] as const)
    it(`has the interval of the mean item by item: ${comparison.join(' ')}`, () => {
      const [columns, items] = [comparisonOn(['x', 'y'], comparison), comparisonOn(['z'], comparison)];
      assert.equal(columns.method, items.method);
      near(
        [columns.effect!, columns.interval!.low, columns.interval!.high],
        [items.effect!, items.interval!.low, items.interval!.high],
      );
      const twice = comparisonOn(['z', 'z'], comparison);
      near([twice.interval!.low, twice.interval!.high], [items.interval!.low, items.interval!.high]);
    });

  it('has that of the items alone, too, of one measurement that no seed decides', () => {
    const one = { a: [{ ...measuredOnce(1, 0), seeded: false }], b: [{ ...measuredOnce(4, 0.2), seeded: false }] };
    const on = (metrics: readonly string[]) => {
      const { run, noise } = smallRun(one, [claimOn(one, ['a', '<', 'b'], metrics, 'mean')]);
      return judgeClaims(run.report as never, run, noise, new Map())[0]!.comparisons[0]!.interval!;
    };
    const [columns, items] = [on(['x', 'y']), on(['z'])];
    near([columns.low, columns.high], [items.low, items.high]);
  });
});
