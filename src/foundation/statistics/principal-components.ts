import { stream } from '../numbers/random.js';

export interface PrincipalComponents {
  /** Of each component, a coordinate for each row. */
  readonly coordinates: readonly Float64Array[];
  /** Of each component, its share of the whole variance, from 0 to 1. */
  readonly shares: readonly number[];
}

/**
 * The first principal components of `count` rows of `dimension` values, row after row. A component's sign is such that its
 * largest loading is positive. By subspace iteration (Halko, Martinsson and Tropp 2011, section 4.5) until the components
 * stand still; nothing of the size of the covariance is held. Rows without variance lie at 0.
 */
export function principalComponents(
  rows: ArrayLike<number>,
  count: number,
  dimension: number,
  components = 2,
): PrincipalComponents {
  const centred = centre(rows, count, dimension);
  const variance = centred.reduce((sum, value) => sum + value * value, 0);
  const width = Math.min(components + OVERSAMPLED, dimension);
  const random = stream(1, 'principal components');
  let basis = orthonormal(
    Array.from({ length: width }, () => Float64Array.from({ length: dimension }, () => random.normal())),
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    const turned = rotate(
      orthonormal(basis.map((direction) => back(centred, onto(centred, direction, count), dimension))),
      centred,
      count,
    );
    const moved = turned.slice(0, components).map((direction, k) => 1 - Math.abs(dot(direction, basis[k]!)));
    basis = turned;
    if (moved.every((each) => each < STILL)) break;
  }
  const found = basis.slice(0, components).map(signed);
  const coordinates = found.map((direction) => onto(centred, direction, count));
  return { coordinates, shares: coordinates.map((at) => (variance === 0 ? 0 : dot(at, at) / variance)) };
}

/** Directions beyond those that are asked for: they converge as fast as the spectrum falls behind all of them. */
const OVERSAMPLED = 8;
const ROUNDS = 500;
/** One less the cosine of two rounds' directions. */
const STILL = 1e-14;

function centre(rows: ArrayLike<number>, count: number, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (let i = 0; i < count * dimension; i += 1) mean[i % dimension]! += rows[i]! / count;
  return Float64Array.from({ length: count * dimension }, (_, i) => rows[i]! - mean[i % dimension]!);
}

/** A coordinate of each row. */
function onto(rows: Float64Array, direction: Float64Array, count: number): Float64Array {
  const dimension = direction.length;
  const result = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    let sum = 0;
    for (let k = 0; k < dimension; k += 1) sum += rows[i * dimension + k]! * direction[k]!;
    result[i] = sum;
  }
  return result;
}

/** The sum of all rows, each times its coordinate. */
function back(rows: Float64Array, coordinates: Float64Array, dimension: number): Float64Array {
  const result = new Float64Array(dimension);
  coordinates.forEach((at, i) => {
    for (let k = 0; k < dimension; k += 1) result[k]! += at * rows[i * dimension + k]!;
  });
  return result;
}

/** By Gram and Schmidt, twice, which is enough (Giraud et al. 2005). A direction that depends on those before it becomes 0. */
function orthonormal(directions: readonly Float64Array[]): Float64Array[] {
  const result: Float64Array[] = [];
  for (const given of directions) {
    const direction = given.slice();
    const before = length(direction);
    for (let pass = 0; pass < 2; pass += 1)
      for (const other of result) subtract(direction, other, dot(direction, other));
    const left = length(direction);
    const isNew = left > 1e-12 * before;
    result.push(direction.map((value) => (isNew ? value / left : 0)));
  }
  return result;
}

/** Turns a basis within its span so that the rows' covariance is diagonal on it, the largest variance first (Rayleigh and Ritz). */
function rotate(basis: readonly Float64Array[], rows: Float64Array, count: number): Float64Array[] {
  const projected = basis.map((direction) => onto(rows, direction, count));
  const { values, vectors } = symmetricEigen(projected.map((a) => projected.map((b) => dot(a, b))));
  const order = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]!);
  return order.map((k) => {
    const turned = new Float64Array(basis[0]!.length);
    basis.forEach((direction, i) => subtract(turned, direction, -vectors[i]![k]!));
    return turned;
  });
}

/** Of a small symmetric matrix, by Jacobi's rotations: `vectors[i][k]` is the i-th entry of the k-th vector. */
function symmetricEigen(given: readonly (readonly number[])[]): {
  readonly values: readonly number[];
  readonly vectors: readonly number[][];
} {
  const n = given.length;
  const a = given.map((row) => [...row]);
  const vectors = given.map((_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 60; sweep += 1) {
    let off = 0;
    for (let p = 0; p < n; p += 1) {
      for (let q = p + 1; q < n; q += 1) {
        const apq = a[p]![q]!;
        off += apq * apq;
        if (apq === 0) continue;
        // The angle that makes the entry 0 (Golub and Van Loan, 8.5.2).
        const tau = (a[q]![q]! - a[p]![p]!) / (2 * apq);
        const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
        const c = 1 / Math.sqrt(1 + t * t);
        turn(a, vectors, p, q, c, t * c);
      }
    }
    if (off === 0) break;
  }
  return { values: a.map((row, i) => row[i]!), vectors };
}

function turn(a: number[][], vectors: number[][], p: number, q: number, c: number, s: number): void {
  const mixColumns = (rows: number[][]): void => {
    for (const row of rows) [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!];
  };
  mixColumns(a);
  const [rowP, rowQ] = [a[p]!, a[q]!];
  a[p] = rowP.map((value, k) => c * value - s * rowQ[k]!);
  a[q] = rowQ.map((value, k) => s * rowP[k]! + c * value);
  mixColumns(vectors);
}

function signed(direction: Float64Array): Float64Array {
  let largest = 0;
  for (const value of direction) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? direction.map((value) => -value) : direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}

function length(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function subtract(from: Float64Array, other: Float64Array, times: number): void {
  for (let i = 0; i < from.length; i += 1) from[i]! -= times * other[i]!;
}
