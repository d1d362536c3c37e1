import assert from 'node:assert/strict';
import { minimalFiltering } from '../../../../src/compiler/lowering/minimal-filtering.js';

/** rows x columns, row-major, times a vector. */
function times(matrix: Float64Array, vector: readonly number[]): number[] {
  const columns = vector.length;
  return Array.from({ length: matrix.length / columns }, (_, i) =>
    vector.reduce((sum, value, j) => sum + matrix[i * columns + j]! * value, 0),
  );
}

describe('minimal filtering', () => {
  for (const [outputs, taps, stride, products] of [
    [2, 3, 1, 4],
    [4, 3, 1, 6],
    [2, 5, 1, 6],
    [3, 1, 1, 3],
    [4, 3, 2, 9],
    [3, 5, 2, 9],
    [2, 7, 3, 10],
    [2, 1, 2, 2],
  ] as const) {
    it(`F(${outputs}, ${taps}) with stride ${stride} takes ${products} products and gives the correlation`, () => {
      const filtering = minimalFiltering(outputs, taps, stride)!;
      assert.equal(filtering.products, products);
      const x = Array.from({ length: filtering.reach }, (_, k) => Math.sin(3 * k + 1));
      const g = Array.from({ length: taps }, (_, k) => Math.cos(5 * k + 2));
      const spread = times(filtering.input, x);
      const weights = times(filtering.filter, g);
      const y = times(
        filtering.output,
        spread.map((value, i) => value * weights[i]!),
      );
      for (let j = 0; j < outputs; j += 1) {
        const expected = g.reduce((sum, tap, k) => sum + tap * x[stride * j + k]!, 0);
        assert.ok(Math.abs(y[j]! - expected) < 1e-12, `output ${j}: ${y[j]}, not ${expected}`);
      }
    });
  }

  it('has none for tiles whose points would be too many', () => {
    assert.equal(minimalFiltering(5, 3, 1), undefined);
    assert.equal(minimalFiltering(4, 5, 1), undefined);
  });
});
