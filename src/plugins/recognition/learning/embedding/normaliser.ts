import { failure } from '../../../../foundation/failures/diagnostic.js';
import { fail, ok, type Result } from '../../../../foundation/failures/result.js';
import type { LearningDiagnostic } from '../diagnostic.js';

export interface NormaliserOptions {
  /** Make images of one person differ as much in every direction; else the mean alone is taken away. */
  readonly within: boolean;
  /** That share of the mean variance is added to every direction's, so that none in which images hardly differ counts for too much. */
  readonly shrink: number;
}

/**
 * What is done to vectors before they are compared, estimated from vectors whose persons are known: v becomes u = (v - c) / |v - c|, c the mean, and then
 * w = L⁻¹ u at unit length, L Lᵀ = W + s (tr W / d) I, W the covariance of u within persons. Cosines of w weigh a direction the less, the more images of one
 * person differ in it (within-class covariance normalisation: Hatch, Kajarekar and Stolcke, Interspeech 2006).
 */
export class Normaliser {
  readonly #mean: Float64Array;
  /** [d, d], the lower triangle; undefined where the mean alone is taken away. */
  readonly #lower: Float64Array | undefined;

  private constructor(mean: Float64Array, lower: Float64Array | undefined) {
    this.#mean = mean;
    this.#lower = lower;
  }

  /**
   * @param vectors [n, d]
   * @param person of each
   * Fails where no person has two images that differ: there is nothing to estimate by.
   */
  static of(
    vectors: Float32Array,
    person: ArrayLike<number>,
    { within, shrink }: NormaliserOptions,
  ): Result<Normaliser, readonly LearningDiagnostic[]> {
    const d = vectors.length / person.length;
    const mean = new Float64Array(d);
    for (let k = 0; k < vectors.length; k += 1) mean[k % d]! += vectors[k]! / person.length;
    if (!within) return ok(new Normaliser(mean, undefined));
    const units = Float64Array.from(vectors);
    for (let first = 0; first < units.length; first += d) toUnit(units.subarray(first, first + d), mean);
    const covariance = withinPersons(units, person, d);
    let trace = 0;
    for (let a = 0; a < d; a += 1) trace += covariance[a * d + a]!;
    if (!(trace > 0)) {
      return fail(
        failure(
          'learning/too-few-identities',
          'no person has two images whose embeddings differ: there is no covariance within persons',
          'normalise by a data set with several images of each person, or with `within: false`',
        ),
      );
    }
    for (let a = 0; a < d; a += 1) covariance[a * d + a]! += (shrink * trace) / d;
    return ok(new Normaliser(mean, factor(covariance, d)));
  }

  /** @param vectors [n, d], changed; of unit length afterwards, save those that lie on the mean, which become 0 */
  apply(vectors: Float32Array): void {
    const d = this.#mean.length;
    const row = new Float64Array(d);
    for (let first = 0; first < vectors.length; first += d) {
      row.set(vectors.subarray(first, first + d));
      toUnit(row, this.#mean);
      if (this.#lower !== undefined) {
        solve(this.#lower, row);
        toUnit(row);
      }
      vectors.set(row, first);
    }
  }
}

/** Less the mean, scaled to unit length, in place; zeros stay. */
function toUnit(row: Float64Array, mean?: Float64Array): void {
  let square = 0;
  for (let k = 0; k < row.length; k += 1) {
    row[k] = row[k]! - (mean?.[k] ?? 0);
    square += row[k]! * row[k]!;
  }
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  for (let k = 0; k < row.length; k += 1) row[k] = row[k]! * scale;
}

/** [d, d], the lower triangle: of the rows [n, d] about the mean row of their person. A person with one image adds nothing. */
function withinPersons(rows: Float64Array, person: ArrayLike<number>, d: number): Float64Array {
  const images = new Map<number, number[]>();
  for (let i = 0; i < person.length; i += 1) {
    const own = images.get(person[i]!);
    if (own === undefined) images.set(person[i]!, [i]);
    else own.push(i);
  }
  const sum = new Float64Array(d * d);
  let degrees = 0;
  const off = new Float64Array(d);
  for (const own of images.values()) {
    if (own.length < 2) continue;
    degrees += own.length - 1;
    const mean = new Float64Array(d);
    for (const i of own) for (let k = 0; k < d; k += 1) mean[k]! += rows[i * d + k]! / own.length;
    for (const i of own) {
      for (let k = 0; k < d; k += 1) off[k] = rows[i * d + k]! - mean[k]!;
      for (let a = 0; a < d; a += 1) for (let b = 0; b <= a; b += 1) sum[a * d + b]! += off[a]! * off[b]!;
    }
  }
  return degrees === 0 ? sum : sum.map((value) => value / degrees);
}

/** Cholesky's factor of a positive definite matrix, of which the lower triangle is read. */
function factor(matrix: Float64Array, d: number): Float64Array {
  const lower = new Float64Array(d * d);
  for (let a = 0; a < d; a += 1) {
    for (let b = 0; b <= a; b += 1) {
      let rest = matrix[a * d + b]!;
      for (let k = 0; k < b; k += 1) rest -= lower[a * d + k]! * lower[b * d + k]!;
      // Rounding may leave a hair below 0 where `shrink` is 0 and a direction is empty: it then counts for nothing.
      if (a === b) lower[a * d + a] = rest > 0 ? Math.sqrt(rest) : Infinity;
      else lower[a * d + b] = rest / lower[b * d + b]!;
    }
  }
  return lower;
}

/** x becomes L⁻¹ x. */
function solve(lower: Float64Array, x: Float64Array): void {
  const d = x.length;
  for (let a = 0; a < d; a += 1) {
    let rest = x[a]!;
    for (let k = 0; k < a; k += 1) rest -= lower[a * d + k]! * x[k]!;
    x[a] = rest / lower[a * d + a]!;
  }
}
