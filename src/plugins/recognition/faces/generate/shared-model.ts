import { combine, STRIP } from '../kernel/linear-stage.js';
import { createSharedMemory, instantiate, type SharedMemory } from '../kernel/module.js';
import type { LinearModel, MorphableModel } from '../model/morphable-model.js';

/** Leading components of each part that a recipe uses. */
export interface ComponentCounts {
  readonly shape: number;
  readonly albedo: number;
  readonly expression: number;
}

/**
 * A model in memory that threads share, laid out for the kernel; cloning it to a thread copies nothing of its size. The
 * memory also holds each thread's face.
 */
export interface SharedModel {
  readonly memory: SharedMemory;
  readonly vertices: number;
  readonly triangles: Uint32Array;
  /** Byte offsets of [N, 3] means: shape's and expression's added, and albedo's. */
  readonly positions: number;
  readonly albedo: number;
  readonly parts: Readonly<Record<keyof ComponentCounts, SharedPart>>;
  readonly scratch: number;
  readonly scratchBytes: number;
}

interface SharedPart {
  /** Byte offset of the strips. */
  readonly strips: number;
  readonly components: number;
  readonly deviation: Float32Array;
}

/** @param threads how many faces can be evaluated at once */
export function shareModel(model: MorphableModel, counts: ComponentCounts, threads: number): SharedModel {
  const row = paddedLength(model.vertices) * 4;
  let end = 0;
  const reserve = (bytes: number): number => {
    const at = end;
    end += bytes;
    return at;
  };
  const part = (linear: LinearModel, components: number): SharedPart => ({
    strips: reserve(components * row),
    components,
    deviation: linear.deviation.slice(0, components),
  });
  const layout = {
    positions: reserve(row),
    albedo: reserve(row),
    parts: {
      shape: part(model.shape, counts.shape),
      albedo: part(model.albedo, counts.albedo),
      expression: part(model.expression, counts.expression),
    },
  };
  const coefficients = Math.max(counts.shape, counts.albedo, counts.expression, 1) * 4;
  const scratchBytes = 3 * row + Math.ceil(coefficients / 64) * 64;
  const scratch = reserve(threads * scratchBytes);
  const memory = createSharedMemory(end);
  const floats = new Float32Array(memory.buffer);
  model.shape.mean.forEach((value, i) => (floats[layout.positions / 4 + i] = value + model.expression.mean[i]!));
  floats.set(model.albedo.mean, layout.albedo / 4);
  for (const name of ['shape', 'albedo', 'expression'] as const) writeStrips(model[name], layout.parts[name], floats);
  const triangles = new Uint32Array(new SharedArrayBuffer(model.triangles.byteLength));
  triangles.set(model.triangles);
  return { memory, vertices: model.vertices, triangles, ...layout, scratch, scratchBytes };
}

function paddedLength(vertices: number): number {
  return Math.ceil((3 * vertices) / STRIP) * STRIP;
}

function writeStrips(linear: LinearModel, { strips, components }: SharedPart, floats: Float32Array): void {
  const length = linear.mean.length;
  for (let k = 0; k < components; k += 1) {
    for (let start = 0, strip = 0; start < length; start += STRIP, strip += 1) {
      const row = linear.basis.subarray(k * length + start, k * length + Math.min(start + STRIP, length));
      floats.set(row, strips / 4 + (strip * components + k) * STRIP);
    }
  }
}

/** One thread's face of a shared model: the bits of `evaluateIdentity` and `addExpression`, by the kernel. */
export class SharedFace {
  /** [N, 3] millimetres. */
  readonly positions: Float32Array;
  /** [N, 3] RGB, not clamped. */
  readonly albedo: Float32Array;
  readonly #model: SharedModel;
  readonly #combine: (...values: number[]) => void;
  readonly #coefficients: Float32Array;
  readonly #neutral: number;

  constructor(model: SharedModel, thread: number) {
    const { buffer } = model.memory;
    const row = paddedLength(model.vertices) * 4;
    this.#model = model;
    this.#combine = instantiate({ combine }, model.memory).combine;
    this.#neutral = model.scratch + thread * model.scratchBytes;
    this.positions = new Float32Array(buffer, this.#neutral + row, 3 * model.vertices);
    this.albedo = new Float32Array(buffer, this.#neutral + 2 * row, 3 * model.vertices);
    this.#coefficients = new Float32Array(buffer, this.#neutral + 3 * row, (model.scratchBytes - 3 * row) / 4);
  }

  setIdentity(shape: ArrayLike<number>, albedo: ArrayLike<number>): void {
    this.#add('shape', shape, this.#model.positions, this.#neutral);
    this.#add('albedo', albedo, this.#model.albedo, this.albedo.byteOffset);
  }

  setExpression(expression: ArrayLike<number>): void {
    this.#add('expression', expression, this.#neutral, this.positions.byteOffset);
  }

  #add(name: keyof ComponentCounts, values: ArrayLike<number>, base: number, out: number): void {
    const { strips, components, deviation } = this.#model.parts[name];
    const row = paddedLength(this.#model.vertices) * 4;
    if (components === 0) {
      new Uint8Array(this.#model.memory.buffer).copyWithin(out, base, base + row);
      return;
    }
    for (let k = 0; k < components; k += 1) this.#coefficients[k] = deviation[k]! * (values[k] ?? 0);
    this.#combine(out, base, strips, this.#coefficients.byteOffset, row / (4 * STRIP), components);
  }
}

/** The model's mean positions, [N, 3]. */
export function sharedMean(model: SharedModel): Float32Array {
  return new Float32Array(model.memory.buffer, model.positions, 3 * model.vertices);
}

/** The model's mean colours, [N, 3]. */
export function sharedMeanAlbedo(model: SharedModel): Float32Array {
  return new Float32Array(model.memory.buffer, model.albedo, 3 * model.vertices);
}
