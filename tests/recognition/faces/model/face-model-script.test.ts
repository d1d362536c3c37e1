import assert from 'node:assert/strict';
import { delaunay } from '../../../../scripts/face-model/delaunay.js';
import { pivotedCholesky, principalComponents } from '../../../../scripts/face-model/gaussian-process.js';
import { solve, symmetricEigen } from '../../../../scripts/face-model/linear-algebra.js';
import { radialSpline } from '../../../../scripts/face-model/radial-spline.js';
import { length, normalise, type Vec3 } from '../../../../scripts/face-model/vector.js';
import { stream } from '../../../../src/foundation/numbers/random.js';

describe('building the face model', () => {
  it('triangulates so that no circle through a triangle holds another point', () => {
    const random = stream(1, 'points');
    const xs = Float64Array.from({ length: 200 }, () => random.uniform());
    const ys = Float64Array.from({ length: 200 }, () => random.uniform());
    const triangles = delaunay(xs, ys);
    let area = 0;
    for (let t = 0; t < triangles.length; t += 3) {
      const [a, b, c] = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!];
      const [bx, by, cx, cy] = [xs[b]! - xs[a]!, ys[b]! - ys[a]!, xs[c]! - xs[a]!, ys[c]! - ys[a]!];
      const twice = bx * cy - by * cx;
      assert.ok(twice > 0);
      area += twice / 2;
      const ux = (cy * (bx * bx + by * by) - by * (cx * cx + cy * cy)) / (2 * twice);
      const uy = (bx * (cx * cx + cy * cy) - cx * (bx * bx + by * by)) / (2 * twice);
      const radius = Math.hypot(ux, uy);
      for (let i = 0; i < xs.length; i += 1) {
        assert.ok(Math.hypot(xs[i]! - xs[a]! - ux, ys[i]! - ys[a]! - uy) >= radius * (1 - 1e-9));
      }
    }
    assert.ok(area > 0.85 && area <= 1);
  });

  it('solves linear systems and finds eigenvectors', () => {
    const random = stream(2, 'matrix');
    const n = 12;
    const a = Array.from({ length: n }, () => Float64Array.from({ length: n }, () => random.normal()));
    const s = a.map((row) => Float64Array.from(a, (other) => row.reduce((sum, v, k) => sum + v * other[k]!, 0)));
    const copy = (): Float64Array[] => s.map((row) => row.slice());
    const x = solve(
      copy(),
      Float64Array.from({ length: n }, (_, i) => i),
    );
    s.forEach((row, i) => assert.ok(Math.abs(row.reduce((sum, v, k) => sum + v * x[k]!, 0) - i) < 1e-8));
    const { values, vectors } = symmetricEigen(copy());
    vectors.forEach((v, m) => {
      assert.ok(Math.abs(v.reduce((sum, c) => sum + c * c, 0) - 1) < 1e-12);
      s.forEach((row, i) =>
        assert.ok(Math.abs(row.reduce((sum, c, k) => sum + c * v[k]!, 0) - values[m]! * v[i]!) < 1e-9),
      );
      assert.ok(m === 0 || values[m]! <= values[m - 1]!);
    });
  });

  it('approximates a kernel from below, ever closer with the rank', () => {
    const random = stream(3, 'sites');
    const points = Array.from({ length: 60 }, (): Vec3 => [random.uniform(), random.uniform(), random.uniform()]);
    const left = (rank: number): number => {
      const columns = pivotedCholesky(points, { length: 0.7, parity: 'even', amplitude: () => 1, rank });
      const full = pivotedCholesky(points, { length: 0.7, parity: 'even', amplitude: () => 1, rank: 60 });
      const trace = (all: readonly Float64Array[]): number => all.flatMap((c) => [...c]).reduce((t, v) => t + v * v, 0);
      return 1 - trace(columns) / trace(full);
    };
    assert.ok(left(5) > left(10) && left(10) > left(20) && left(20) < 1e-3 && left(20) >= 0);
  });

  it('finds principal components whose covariance is that of the fields', () => {
    const random = stream(4, 'fields');
    const fields = Array.from({ length: 4 }, () => Float64Array.from({ length: 9 }, () => random.normal()));
    const { basis, deviation } = principalComponents(fields, new Float64Array(9).fill(1), 4);
    for (let i = 0; i < 9; i += 1) {
      for (let j = 0; j < 9; j += 1) {
        const expected = fields.reduce((sum, f) => sum + f[i]! * f[j]!, 0);
        const got = basis.reduce((sum, b, k) => sum + deviation[k]! ** 2 * b[i]! * b[j]!, 0);
        assert.ok(Math.abs(expected - got) < 1e-10);
      }
    }
  });

  it('draws a spline through anchors that reproduces them', () => {
    const centre: Vec3 = [0, 10, 0];
    const anchors: readonly Vec3[] = [
      [0, 60, 5],
      [40, 12, 3],
      [5, -30, 8],
      [3, 10, 55],
      [10, 15, -45],
      [30, 40, 20],
    ];
    const radius = radialSpline(centre, anchors, 0);
    for (const [x, y, z] of anchors) {
      for (const side of [1, -1]) {
        const offset: Vec3 = [side * x, y - 10, z];
        assert.ok(Math.abs(radius(normalise(offset)) - length(offset)) < 1e-8);
      }
    }
  });
});
