import { exp } from '../../src/foundation/numbers/elementary.js';
import { symmetricEigen } from './linear-algebra.js';
import type { Vec3 } from './vector.js';

/**
 * Low-rank Gaussian processes over the vertices of a symmetric mesh. A process is a list of fields, each a displacement
 * (or colour) of one standard deviation over the half x >= 0; its covariance is the sum of their outer products.
 */
export type Field = Float64Array;

/** A squared-exponential kernel over scalars, made even or odd under reflection in x. */
export interface Kernel {
  /** Correlation length, mm. */
  readonly length: number;
  readonly parity: 'even' | 'odd';
  /** Standard deviation at a point. */
  readonly amplitude: (p: Vec3) => number;
  readonly rank: number;
}

/**
 * Columns L, with L L^T approximating the kernel's covariance matrix, by Cholesky decomposition with the largest
 * remaining variance as pivot (Harbrecht, Peters, Schneider 2012).
 */
export function pivotedCholesky(points: readonly Vec3[], { length, parity, amplitude, rank }: Kernel): Float64Array[] {
  const n = points.length;
  const sign = parity === 'even' ? 1 : -1;
  const inverse = -1 / (2 * length * length);
  const size = Float64Array.from(points, amplitude);
  const k = (i: number, j: number): number => {
    const [ax, ay, az] = points[i]!;
    const [bx, by, bz] = points[j]!;
    const rest = (ay - by) ** 2 + (az - bz) ** 2;
    const near = exp(((ax - bx) ** 2 + rest) * inverse);
    const mirrored = exp(((ax + bx) ** 2 + rest) * inverse);
    return (size[i]! * size[j]! * (near + sign * mirrored)) / (1 + exp(-1));
  };
  const left = Float64Array.from(points, (_, i) => k(i, i));
  const columns: Float64Array[] = [];
  for (let c = 0; c < rank; c += 1) {
    let pivot = 0;
    for (let i = 1; i < n; i += 1) if (left[i]! > left[pivot]!) pivot = i;
    const most = left[pivot]!;
    if (most < 1e-9) break;
    const column = new Float64Array(n);
    const root = Math.sqrt(most);
    for (let i = 0; i < n; i += 1) {
      if (size[i] === 0) continue;
      let value = k(i, pivot);
      for (const before of columns) value -= before[i]! * before[pivot]!;
      column[i] = value / root;
      left[i] = Math.max(0, left[i]! - column[i]! * column[i]!);
    }
    columns.push(column);
  }
  return columns;
}

export interface Components {
  /** Unit over the whole mesh, [K][3 H] on the half. */
  readonly basis: readonly Float64Array[];
  /** Standard deviations, descending. */
  readonly deviation: readonly number[];
}

/**
 * Principal components of a process: eigenvectors of sum f f^T through the small Gram matrix of the fields.
 * @param weight how often a value of the half occurs in the whole mesh: 1 on the plane of symmetry, 2 elsewhere
 */
export function principalComponents(fields: readonly Field[], weight: Float64Array, keep: number): Components {
  const r = fields.length;
  const gram = fields.map(() => new Float64Array(r));
  for (let i = 0; i < r; i += 1) {
    const weighted = fields[i]!.map((value, k) => value * weight[k]!);
    for (let j = 0; j <= i; j += 1) {
      const other = fields[j]!;
      let sum = 0;
      for (let k = 0; k < weighted.length; k += 1) sum += weighted[k]! * other[k]!;
      gram[i]![j] = sum;
      gram[j]![i] = sum;
    }
  }
  const { values, vectors } = symmetricEigen(gram);
  const basis: Float64Array[] = [];
  const deviation: number[] = [];
  for (let m = 0; m < Math.min(keep, r); m += 1) {
    const value = values[m]!;
    if (value <= 1e-9 * values[0]!) break;
    const out = new Float64Array(weight.length);
    const root = Math.sqrt(value);
    fields.forEach((field, i) => {
      const w = vectors[m]![i]! / root;
      for (let k = 0; k < out.length; k += 1) out[k] = out[k]! + w * field[k]!;
    });
    basis.push(out);
    deviation.push(root);
  }
  return { basis, deviation };
}
