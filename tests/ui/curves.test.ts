import assert from 'node:assert/strict';
import { binned } from '../../src/ui/model/histogram.js';
import { smoothed, thinned } from '../../src/ui/model/curves.js';
import { apply, beginRun, secondsLeft, type StageProgress } from '../../src/ui/model/run.js';

describe('a curve with more points than are shown', () => {
  const x = Array.from({ length: 2000 }, (_, i) => i);
  const y = x.map((i) => (i === 777 ? 9 : i === 1234 ? -9 : Math.sin(i)));

  it('keeps its ends, its peaks and the order of its steps', () => {
    const { x: at, y: values } = thinned({ x, y }, 100);
    assert.ok(at.length <= 100);
    assert.deepEqual([at[0], at.at(-1)], [0, 1999]);
    assert.deepEqual([Math.max(...values), Math.min(...values)], [9, -9]);
    assert.deepEqual(
      at,
      [...at].sort((a, b) => a - b),
    );
    assert.deepEqual(
      values,
      at.map((i) => y[i]),
    );
  });

  it('stays as it is where there are few', () => {
    assert.deepEqual(thinned({ x: [1, 2, 3], y: [3, 1, 2] }, 100), { x: [1, 2, 3], y: [3, 1, 2] });
  });
});

describe('a smoothed curve', () => {
  it('is a mean of all values so far, each weighted by the strength to the power of its age', () => {
    const y = [4, 0, 2, 8];
    const expected = y.map((_, n) => {
      const weights = y.slice(0, n + 1).map((_value, i) => 0.6 ** (n - i));
      const sum = weights.reduce((total, weight, i) => total + weight * y[i]!, 0);
      return sum / weights.reduce((total, weight) => total + weight, 0);
    });
    smoothed(y, 0.6).forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-12));
  });

  it('of equal values is as high from its first step on, and without strength is the curve', () => {
    for (const value of smoothed([5, 5, 5], 0.98)) assert.ok(Math.abs(value - 5) < 1e-12);
    assert.deepEqual(smoothed([1, 7, 3], 0), [1, 7, 3]);
  });
});

describe('the time that a stage has left', () => {
  const stage = (...events: Parameters<typeof apply>[1][]): StageProgress => {
    const run = beginRun(undefined);
    for (const event of events) apply(run, event);
    return run.stages.train!;
  };
  const running = { event: 'stage', stage: 'train', status: 'running', at: 10 } as const;

  it('is that of its pace so far', () => {
    const quarter = stage(running, { event: 'progress', stage: 'train', done: 25, total: 100, unit: 'steps' });
    assert.equal(secondsLeft(quarter, 30), 60);
    // One part of four is finished, and half of the next.
    const parts = stage(
      { ...running, parts: { known: 1, total: 4 } },
      { event: 'progress', stage: 'train', part: 'b', done: 50, total: 100, unit: 'steps' },
    );
    assert.ok(Math.abs(secondsLeft(parts, 40)! - 50) < 1e-9);
  });

  it('is not guessed at the beginning, nor of what does not say how far it is, nor of what is over', () => {
    assert.equal(secondsLeft(stage(running), 100), undefined);
    const begun = stage(running, { event: 'progress', stage: 'train', done: 1, total: 100, unit: 'steps' });
    assert.equal(secondsLeft(begun, 100), undefined);
    const over = stage(running, { event: 'stage', stage: 'train', status: 'executed', seconds: 9 });
    assert.equal(secondsLeft(over, 100), undefined);
  });
});

describe('a histogram', () => {
  it('has each class as shares of itself, over the same bins', () => {
    const values = {
      classes: [
        { name: 'a', values: [0, 0, 1, 1] },
        { name: 'b', values: [1, 1] },
      ],
    };
    const { classes } = binned(values)!;
    assert.deepEqual(
      classes.map(({ name, count }) => [name, count]),
      [
        ['a', 4],
        ['b', 2],
      ],
    );
    for (const { shares } of classes) assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
    const [first, second] = classes.map(({ shares }) => shares) as [readonly number[], readonly number[]];
    assert.deepEqual([first[0], first.at(-1), second[0], second.at(-1)], [0.5, 0.5, 0, 1]);
  });
});
