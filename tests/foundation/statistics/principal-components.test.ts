import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { principalComponents } from '../../../src/foundation/statistics/principal-components.js';

interface Fixture {
  readonly cases: readonly {
    readonly name: string;
    readonly dimension: number;
    readonly rows: readonly number[];
    readonly coordinates: readonly (readonly number[])[];
    readonly shares: readonly number[];
  }[];
}

describe('principal components', () => {
  const file = new URL('../../../../tests/foundation/fixtures/principal-components.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as Fixture;

  for (const { name, dimension, rows, coordinates, shares } of cases) {
    it(`are those of scikit-learn: ${name}`, () => {
      const found = principalComponents(rows, rows.length / dimension, dimension);
      coordinates.forEach((expected, k) => {
        expected.forEach((value, i) => assert.ok(Math.abs(found.coordinates[k]![i]! - value) < 1e-6, `${k} ${i}`));
        assert.ok(Math.abs(found.shares[k]! - shares[k]!) < 1e-9);
      });
    });
  }

  it('are 0 where nothing varies, and of one row', () => {
    for (const [rows, count] of [
      [[1, 2, 3, 1, 2, 3], 2],
      [[1, 2, 3], 1],
    ] as const) {
      const { coordinates, shares } = principalComponents(rows, count, 3);
      assert.deepEqual(shares, [0, 0]);
      for (const each of coordinates) assert.ok(each.every((value) => Math.abs(value) < 1e-12));
    }
  });

  it('of one value have no second component', () => {
    const { coordinates, shares } = principalComponents([1, 2, 4], 3, 1, 2);
    assert.equal(coordinates.length, 1);
    assert.ok(Math.abs(shares[0]! - 1) < 1e-12);
  });
});
