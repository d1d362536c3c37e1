import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  applySimilarity,
  fitBox,
  fitFace,
  fitSimilarity,
  invertSimilarity,
  template,
  type Similarity,
} from '../../../src/plugins/recognition/datasets/alignment/alignment.js';

interface Case extends Similarity {
  readonly from: number[];
  readonly to: number[];
}

const umeyama = JSON.parse(readFileSync('tests/recognition/datasets/fixtures/umeyama.json', 'utf8')) as Case[];

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i += 1) {
    assert.ok(Math.abs(actual[i]! - expected[i]!) <= tolerance, `[${i}] ${actual[i]} is not ${expected[i]}`);
  }
}

describe('alignment', () => {
  it("agrees with NumPy's singular value decomposition on Umeyama's problem, mirror images included", () => {
    for (const { from, to, a, b, tx, ty } of umeyama) {
      const fit = fitSimilarity(from, to)!;
      assertNear([fit.a, fit.b, fit.tx, fit.ty], [a, b, tx, ty], 1e-9);
    }
  });

  it('finds a similarity exactly, and its inverse carries the points back', () => {
    const number = fc.double({ min: -100, max: 100, noNaN: true });
    const scale = fc.double({ min: 0.05, max: 20, noNaN: true });
    fc.assert(
      fc.property(scale, fc.double({ min: -3, max: 3, noNaN: true }), number, number, (s, angle, tx, ty) => {
        const truth = { a: s * Math.cos(angle), b: s * Math.sin(angle), tx, ty };
        const points = template('padded', 96);
        const moved = applySimilarity(truth, points);
        const fit = fitSimilarity(points, moved)!;
        assertNear([fit.a, fit.b, fit.tx, fit.ty], [truth.a, truth.b, tx, ty], 1e-8);
        assertNear(applySimilarity(invertSimilarity(fit), moved), points, 1e-7);
      }),
    );
  });

  it('leaves unknown points out: two eyes are enough, one point is not', () => {
    const to = template('padded', 96);
    const from = applySimilarity({ a: 2, b: 0.5, tx: 10, ty: 20 }, to);
    const eyes = Float64Array.from(from, (v, i) => (i < 4 ? v : NaN));
    const fit = fitSimilarity(eyes, to)!;
    assertNear(applySimilarity(fit, from), to, 1e-9);
    assert.equal(
      fitSimilarity(
        Float64Array.from(from, (v, i) => (i < 2 ? v : NaN)),
        to,
      ),
      undefined,
    );
    assert.equal(fitSimilarity(new Float64Array(10).fill(7), to), undefined);
  });

  it('leaves the nose out where the template says so, and only where a corner of the mouth is known', () => {
    const to = template('eyes-and-mouth', 96);
    assert.deepEqual(to, template('padded', 96));
    const from = applySimilarity({ a: 2, b: 0.5, tx: 10, ty: 20 }, to);
    // A profile's nose: far off the line from the eye to the mouth.
    const profile = Float64Array.from(from, (v, i) => (i === 4 ? v + 60 : v));
    assertNear(applySimilarity(fitFace(profile, 'eyes-and-mouth', 96)!, from), to, 1e-9);
    const height = (name: 'padded' | 'eyes-and-mouth') => {
      const at = applySimilarity(fitFace(profile, name, 96)!, profile);
      return Math.hypot(at[6]! - at[0]!, at[7]! - at[1]!);
    };
    assert.ok(height('padded') < 0.95 * height('eyes-and-mouth'));
    const one = Float64Array.from(profile, (v, i) => (i === 6 || i === 7 ? NaN : v));
    assertNear(applySimilarity(fitFace(one, 'eyes-and-mouth', 96)!, from), to, 1e-9);
    // Eyes that fall together say nothing of the size: the nose does.
    const blind = Float64Array.from(profile, (v, i) => (i >= 6 ? NaN : v));
    assert.deepEqual(fitFace(blind, 'eyes-and-mouth', 96), fitSimilarity(blind, to));
  });

  it('scales a template about the corner of the image: twice the size is twice the distance from it', () => {
    for (const name of ['padded', 'cropped'] as const) {
      const small = template(name, 96);
      const large = template(name, 192);
      for (let i = 0; i < 10; i += 1) assert.ok(Math.abs((small[i]! + 0.5) * 2 - (large[i]! + 0.5)) < 1e-9);
    }
    assertNear(template('cropped', 96).subarray(0, 2), [30.2946, 43.6963], 1e-9);
    // The subject's right eye stands on the left, above the mouth.
    const points = template('padded', 96);
    assert.ok(points[0]! < points[2]! && points[1]! < points[7]!);
  });

  it("carries a box's square onto the image, edge to edge", () => {
    const fit = fitBox({ x: 10, y: 20, width: 40, height: 80 }, 96)!;
    // The square spans x -10..70 and y 20..100 in pixel edges, which are -10.5 and 19.5 in pixel centres.
    assertNear(applySimilarity(fit, [-10.5, 19.5, 69.5, 99.5]), [-0.5, -0.5, 95.5, 95.5], 1e-9);
    assert.equal(fitBox({ x: 0, y: 0, width: 0, height: 0 }, 96), undefined);
  });
});
