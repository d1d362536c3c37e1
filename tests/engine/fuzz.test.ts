import assert from 'node:assert/strict';
import { fuzz } from '../proofs/fuzzed.js';

/** `npm run prove:fuzz` goes on where this ends. */
describe('an experiment changed at random', () => {
  it('is accepted, or refused with words and a place', async function () {
    this.timeout(120_000);
    const { accepted, refused } = await fuzz(1, 0, 300);
    assert.ok(accepted > 0 && refused > 100, `${accepted} accepted, ${refused} refused`);
  });
});
