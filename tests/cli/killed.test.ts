import assert from 'node:assert/strict';
import { killAtMoments } from '../proofs/killed.js';

describe('a run whose processes are all killed', () => {
  // `npm run prove:kill` does the same at thirty moments.
  it('is finished by the next one, which does nothing twice and leaves the same bits', async function () {
    this.timeout(120_000);
    const seen = await killAtMoments(3, 7);
    assert.ok(
      seen.some(({ published, executed }) => published > 0 && executed > 0),
      'none of the moments was amid the work',
    );
  });
});
