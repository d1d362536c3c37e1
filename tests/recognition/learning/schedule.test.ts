import assert from 'node:assert/strict';
import { rateAt, type RateSchedule } from '../../../src/plugins/recognition/learning/optimiser/schedule.js';

/** The rates of epochs 0, 1, ... */
const rates = (schedule: RateSchedule, epochs: number): number[] =>
  Array.from({ length: epochs }, (_, epoch) => rateAt(schedule, epoch));

describe('a learning rate by epoch', () => {
  it('stays where it is constant', () => {
    assert.deepEqual(rates({ kind: 'constant', rate: 0.5 }, 3), [0.5, 0.5, 0.5]);
  });

  it('falls in steps, at every so many epochs', () => {
    const schedule: RateSchedule = { kind: 'step', rate: 8, factor: 0.5, every: 2 };
    assert.deepEqual(rates(schedule, 7), [8, 8, 4, 4, 2, 2, 1]);
  });

  it('falls along half a cosine, and stays at its last', () => {
    const schedule: RateSchedule = { kind: 'cosine', rate: 3, last: 1, epochs: 4 };
    const expected = [3, 2 + Math.SQRT1_2, 2, 2 - Math.SQRT1_2, 1, 1];
    for (const [epoch, rate] of rates(schedule, 6).entries()) assert.ok(Math.abs(rate - expected[epoch]!) < 1e-15);
  });

  it('is what a table gives from each of its epochs on', () => {
    const from = [
      [0, 0.1],
      [2, 0.01],
      [3, 0.05],
    ] as const;
    assert.deepEqual(rates({ kind: 'table', from }, 6), [0.1, 0.1, 0.01, 0.05, 0.05, 0.05]);
  });
});
