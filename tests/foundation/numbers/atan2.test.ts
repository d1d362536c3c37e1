import assert from 'node:assert/strict';
import fc from 'fast-check';
import { atan2 } from '../../../src/foundation/numbers/elementary.js';

describe('atan2', () => {
  it('agrees with the engine’s to a few units in the last place, in every quadrant', () => {
    const coordinate = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(coordinate, coordinate, (y, x) => {
        assert.ok(Math.abs(atan2(y, x) - Math.atan2(y + 0, x + 0)) < 2e-15);
      }),
      { numRuns: 2000 },
    );
    assert.deepEqual([atan2(0, 1), atan2(1, 0), atan2(0, -1), atan2(-1, 0)], [0, Math.PI / 2, Math.PI, -Math.PI / 2]);
  });
});
