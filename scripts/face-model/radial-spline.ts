import { length, scale, sub, type Vec3 } from './vector.js';
import { solve } from './linear-algebra.js';

/**
 * The radius of a star-shaped surface as a function of direction: a triharmonic spline (kernel |d - d_i|^3, linear
 * polynomial) over the unit sphere through the anchors and their mirror images in x.
 * @param smoothing 0 interpolates; larger values approximate
 */
export function radialSpline(centre: Vec3, anchors: readonly Vec3[], smoothing: number): (direction: Vec3) => number {
  const all = anchors.flatMap((p): readonly Vec3[] => (p[0] === 0 ? [p] : [p, [-p[0], p[1], p[2]]]));
  const radii = all.map((p) => length(sub(p, centre)));
  const nodes = all.map((p, i) => scale(sub(p, centre), 1 / radii[i]!));
  const n = nodes.length;
  const size = n + 4;
  const matrix = Array.from({ length: size }, () => new Float64Array(size));
  const right = new Float64Array(size);
  nodes.forEach((a, i) => {
    nodes.forEach((b, j) => (matrix[i]![j] = cube(a, b) + (i === j ? smoothing : 0)));
    [1, ...a].forEach((value, k) => {
      matrix[i]![n + k] = value;
      matrix[n + k]![i] = value;
    });
    right[i] = radii[i]!;
  });
  const weights = solve(matrix, right);
  return (d) => {
    let sum = weights[n]! + weights[n + 1]! * d[0] + weights[n + 2]! * d[1] + weights[n + 3]! * d[2];
    for (let i = 0; i < n; i += 1) sum += weights[i]! * cube(d, nodes[i]!);
    return sum;
  };
}

function cube(a: Vec3, b: Vec3): number {
  const x = a[0] - b[0];
  const y = a[1] - b[1];
  const z = a[2] - b[2];
  const square = x * x + y * y + z * z;
  return square * Math.sqrt(square);
}
