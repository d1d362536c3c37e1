import { failure } from '../../../foundation/failures/diagnostic.js';
import { err, ok, type Result } from '../../../foundation/failures/result.js';
import type { BenchmarkDiagnostic } from './benchmark.js';

/** What a network makes of images: a row of `values` ([names.length, dimension]) for each name. */
export interface Embeddings {
  readonly names: readonly string[];
  readonly dimension: number;
  readonly values: Float32Array;
}

/** Embeddings of unit length, found by name. */
export interface Directions {
  /** Row of an image, or undefined. */
  row(name: string): number | undefined;
  /** Cosine similarity of two rows, in [-1, 1] but for rounding. */
  cosine(a: number, b: number): number;
}

/**
 * Scales embeddings to unit length, in double precision, so that cosines are scalar products. Fails on those that have no
 * direction, since every metric made with one would be meaningless.
 */
export function directions(embeddings: Embeddings): Result<Directions, readonly BenchmarkDiagnostic[]> {
  const { names, dimension, values } = embeddings;
  if (values.length !== names.length * dimension) {
    throw new Error(`${values.length} values for ${names.length} embeddings of ${dimension}`);
  }
  const unit = new Float64Array(values.length);
  const bad: string[] = [];
  names.forEach((name, row) => {
    let square = 0;
    for (let i = row * dimension; i < (row + 1) * dimension; i += 1) square += values[i]! * values[i]!;
    if (!(square > 0) || square === Infinity) bad.push(name);
    const length = Math.sqrt(square);
    for (let i = row * dimension; i < (row + 1) * dimension; i += 1) unit[i] = values[i]! / length;
  });
  if (bad.length > 0) {
    const some = bad.slice(0, 3).join(', ') + (bad.length > 3 ? `, and ${bad.length - 3} more` : '');
    const message = `${bad.length} of ${names.length} embeddings are zero or not finite: ${some}`;
    const help = 'the network has diverged or its weights are damaged';
    return err([failure('benchmarks/embedding', message, help)]);
  }
  const rows = new Map(names.map((name, row) => [name, row]));
  return ok({
    row: (name) => rows.get(name),
    cosine(a, b) {
      let dot = 0;
      for (let i = 0; i < dimension; i += 1) dot += unit[a * dimension + i]! * unit[b * dimension + i]!;
      return dot;
    },
  });
}
