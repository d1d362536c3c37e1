import assert from 'node:assert/strict';
import { meanOutcome, type Outcomes } from '../../src/foundation/statistics/outcomes.js';
import { changedCells } from '../../src/report/diff/diff-cells.js';
import type { Report } from '../../src/report/report.js';
import { outcomesWith } from './small-run.js';

const ITEMS = 200;
const subjects = Int32Array.from({ length: 2 * ITEMS }, (_, i) => i >> 1);

describe('a difference between one replicate and several', () => {
  const stored = new Map<string, Outcomes>();
  /** A report of one number, the mean of these. */
  const reportOf = (values: readonly number[]): Report => {
    const sources = values.map((value) => {
      const digest = String(value);
      const metric = meanOutcome(
        'm',
        Array.from({ length: ITEMS }, (_, i) => value + Math.sin(i)),
      );
      stored.set(digest, outcomesWith('items', subjects, [metric]));
      return { stage: digest, key: digest, metric: 'm', value: metric.value, outcomes: digest };
    });
    const value = sources.reduce((sum, source) => sum + source.value, 0) / sources.length;
    const rows = [{ label: 'row', cells: [{ value, sources }] }];
    const tables = [
      { id: 't', columns: [{ label: 'M', metric: 'm' }], rows, best: 'highest', percent: false, digits: 3 },
    ];
    return { tables, stages: [] } as unknown as Report;
  };
  const change = (before: readonly number[], after: readonly number[]) =>
    changedCells(reportOf(before), reportOf(after), (digest) => stored.get(digest))[0]!;

  it('takes the one to vary as the others do', () => {
    const { verdict, interval, method } = change([0.5], [0.3, 0.8, 0.6, 0.4]);
    assert.equal(verdict, 'within noise');
    assert.equal(method, 'over 200 items, and replicates as they vary on the side that has 4');
    // SciPy: 0.025 ± t.ppf(0.975, 3) * std([0.3, 0.8, 0.6, 0.4], ddof=1) * sqrt(1 + 1 / 4); items cancel.
    assert.ok(
      Math.abs(interval!.low + 0.7639536) < 1e-5 && Math.abs(interval!.high - 0.8139536) < 1e-5,
      JSON.stringify(interval),
    );
    assert.equal(change([0.3, 0.8, 0.6, 0.4], [0.5]).verdict, 'within noise');
    assert.equal(change([3], [0.3, 0.8, 0.6, 0.4]).verdict, 'worse');
  });

  it('of one each holds subjects alone, and says so', () => {
    const { verdict, method } = change([0.5], [0.4]);
    assert.deepEqual([verdict, method], ['worse', 'over 200 items alone, not over replicates']);
  });
});
