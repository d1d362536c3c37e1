import type { Composite } from './composite.js';
import type { Columns } from './noise.js';

/** Places that are painted and lit together. */
const CAPACITY = 2048;

/** Places of surfaces that an image shows, as columns. */
export class Places {
  count = 0;
  /** Index of the pixel's red value in the image. */
  readonly pixel: Int32Array = new Int32Array(CAPACITY);
  /** What a place counts for in its pixel, (0, 1]. */
  readonly share: Float64Array = new Float64Array(CAPACITY);
  readonly face: Int32Array = new Int32Array(CAPACITY);
  /** Where in the sample buffer. */
  readonly x: Float64Array = new Float64Array(CAPACITY);
  readonly y: Float64Array = new Float64Array(CAPACITY);
  /** Weights in space of the face's second and third vertex. */
  readonly second: Float64Array = new Float64Array(CAPACITY);
  readonly third: Float64Array = new Float64Array(CAPACITY);

  get full(): boolean {
    return this.count === CAPACITY;
  }
}

/** Three columns for as many places as there can be. */
export function placeColumns(): Columns {
  return { x: placeColumn(), y: placeColumn(), z: placeColumn() };
}

export function placeColumn(): Float64Array {
  return new Float64Array(CAPACITY);
}

/**
 * Values at places of something that a mesh has at its vertices.
 * @param values [N, 3]
 */
export function interpolate(places: Places, { triangles }: Composite, values: Float32Array, out: Columns): void {
  const { count, face, second, third } = places;
  const { x, y, z } = out;
  for (let n = 0; n < count; n += 1) {
    const t = 3 * face[n]!;
    const a = 3 * triangles[t]!;
    const b = 3 * triangles[t + 1]!;
    const c = 3 * triangles[t + 2]!;
    const wb = second[n]!;
    const wc = third[n]!;
    const wa = 1 - wb - wc;
    x[n] = wa * values[a]! + wb * values[b]! + wc * values[c]!;
    y[n] = wa * values[a + 1]! + wb * values[b + 1]! + wc * values[c + 1]!;
    z[n] = wa * values[a + 2]! + wb * values[b + 2]! + wc * values[c + 2]!;
  }
}
