import assert from 'node:assert/strict';
import fc from 'fast-check';
import { editDistance, nearest } from '../../../src/foundation/failures/nearest.js';

describe('the nearest known word', () => {
  it('is what was meant', () => {
    const known = ['identities', 'samples', 'size', 'seed', 'pose', 'light'];
    for (const [written, meant] of [
      ['identites', 'identities'],
      ['Identities', 'identities'],
      ['smaples', 'samples'],
      ['sise', 'size'],
      ['post', 'pose'],
      ['lights', 'light'],
    ] as const)
      assert.equal(nearest(written, known), meant);
    for (const written of ['zebra', 'x', '12', 'background', 'sand'])
      assert.equal(nearest(written, known), undefined, written);
  });

  it('is measured in insertions, deletions, substitutions and swaps', () => {
    assert.equal(editDistance('kitten', 'sitting'), 3);
    assert.equal(editDistance('form', 'from'), 1);
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        assert.equal(editDistance(a, b), editDistance(b, a));
        assert.equal(editDistance(a, b) === 0, a === b);
        assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
        assert.ok(editDistance(a, b) >= Math.abs(a.length - b.length));
        assert.ok(editDistance(`${a}${c}`, `${b}${c}`) <= editDistance(a, b));
      }),
    );
  });
});
