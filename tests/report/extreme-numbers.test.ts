import assert from 'node:assert/strict';
import { canonicalText } from '../../src/foundation/values/canonical.js';
import { judgeClaims } from '../../src/report/claims/claims.js';
import { compare, measure } from '../../src/report/measures/measurement.js';
import { sourcesOf } from '../../src/report/measures/sources.js';
import { claimOn, smallRun } from './small-run.js';

const results = (values: readonly number[]) => values.map((m) => ({ metrics: { m } }));

describe('numbers whose squares cannot be written', () => {
  const ordinary = [1, 1.5, 2.25, 1.75];
  const measured = (values: readonly number[]) => {
    const { run, noise } = smallRun({ a: results(values) });
    return measure(sourcesOf(run.stages, 'm'), noise);
  };

  for (const power of [1021, 600, -600, -1000]) {
    it(`have the interval of numbers 2^${-power} times as large`, () => {
      const scale = 2 ** power;
      const { value, interval } = measured(ordinary);
      const extreme = measured(ordinary.map((each) => each * scale));
      assert.equal(extreme.value, value! * scale);
      assert.deepEqual(extreme.interval, { low: interval!.low * scale, high: interval!.high * scale });
      assert.ok(extreme.interval.high > extreme.interval.low);
      assert.ok(Number.isFinite(extreme.noise!.error) && extreme.noise!.error > 0);
    });
  }

  it('have a mean where their sum cannot be written', () => {
    const { value, interval } = measured([Number.MAX_VALUE, Number.MAX_VALUE]);
    assert.equal(value, Number.MAX_VALUE);
    assert.deepEqual(interval, { low: Number.MAX_VALUE, high: Number.MAX_VALUE });
  });

  it('have no interval, and no difference, that cannot be written', () => {
    const { value, interval, notes } = measured([Number.MAX_VALUE, Number.MAX_VALUE / 2]);
    assert.equal(value, 0.75 * Number.MAX_VALUE);
    assert.equal(interval, null);
    assert.match(notes.join(), /wider than any number/);
    const { run, noise } = smallRun({ a: results([Number.MAX_VALUE]), b: results([-Number.MAX_VALUE]) });
    const [a, b] = ['a', 'b'].map((name) => sourcesOf(run.stages.filter((stage) => stage.name === name), 'm')); // prettier-ignore
    const difference = compare(a!, b!, noise);
    assert.equal(difference.value, null);
    assert.match(difference.notes.join(), /larger than any number/);
  });

  it('give claims that can be written', () => {
    const stages = {
      a: results([1e300, 1.1e300, Number.MAX_VALUE]),
      b: results([1e-320, 0, 2e-320]),
      c: results([-Number.MAX_VALUE, -1e308, 0]),
    };
    for (const [left, right] of [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'c'],
      ['b', 'c'],
      ['a', 1e308],
      ['b', 0],
      ['c', 5],
    ] as const) {
      // prettier-ignore
      const { run, noise } = smallRun(stages, [claimOn(stages, [left, '>', right], ['m'])]);
      for (const claim of judgeClaims(run.report as never, run, noise, new Map())) canonicalText(claim);
    }
  });
});
