import assert from 'node:assert/strict';
import { clock, sayAbout, sayDuration } from '../../../src/foundation/numbers/duration.js';

describe('a duration in words', () => {
  it('is exact where it was measured', () => {
    for (const [seconds, words] of [
      [0.42, '0.42 s'],
      [9.994, '9.99 s'],
      [9.996, '10.0 s'],
      [41.5, '41.5 s'],
      [99.96, '1 min 40 s'],
      [200, '3 min 20 s'],
      [3599.4, '59 min 59 s'],
      [3599.6, '1 h 0 min'],
      [7500, '2 h 5 min'],
    ] as const)
      assert.equal(sayDuration(seconds), words);
  });

  it('is rough where it is guessed', () => {
    for (const [seconds, words] of [
      [0.9, 'less than a second'],
      [1, 'about 1 s'],
      [89, 'about 89 s'],
      [90, 'about 2 min'],
      [5399, 'about 90 min'],
      [5400, 'about 1.5 h'],
      [36_000, 'about 10 h'],
      [172_799, 'about 48 h'],
      [172_800, 'about 2 days'],
      [864_000, 'about 10 days'],
    ] as const)
      assert.equal(sayAbout(seconds), words);
  });

  it('is one word on a clock', () => {
    for (const [seconds, word] of [
      [-3, '0s'],
      [59.4, '59s'],
      [59.6, '1m00'],
      [200, '3m20'],
      [3599, '59m59'],
      [3600, '1h00'],
      [7500, '2h05'],
    ] as const)
      assert.equal(clock(seconds), word);
  });
});
