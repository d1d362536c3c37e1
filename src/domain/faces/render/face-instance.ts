import type { LinearModel, MorphableModel } from '../model/morphable-model.js';
import { addComponents } from './instance.js';

/** A face of a model as its coefficients change: the identity's part is kept while the expression varies. */
export class FaceInstance {
  /** [N, 3] millimetres. */
  readonly positions: Float32Array;
  /** [N, 3] RGB. */
  readonly albedo: Float32Array;
  readonly #model: MorphableModel;
  readonly #mean: Float32Array;
  readonly #neutral: Float32Array;

  constructor(model: MorphableModel) {
    this.#model = model;
    this.#mean = meanPositions(model);
    this.#neutral = this.#mean.slice();
    this.positions = this.#mean.slice();
    this.albedo = model.albedo.mean.slice();
  }

  setIdentity(shape: ArrayLike<number>, albedo: ArrayLike<number>): void {
    addComponents(this.#model.shape, shape, this.#mean, this.#neutral);
    addComponents(this.#model.albedo, albedo, this.#model.albedo.mean, this.albedo);
  }

  setExpression(expression: ArrayLike<number>): void {
    addComponents(this.#model.expression, expression, this.#neutral, this.positions);
  }
}

/** Both means added, [N, 3]. */
export function meanPositions(model: MorphableModel): Float32Array {
  return model.shape.mean.map((value, i) => value + model.expression.mean[i]!);
}

/** The model at some of its vertices, in the order given, with the same arithmetic; without triangles. */
export function restrict(model: MorphableModel, vertices: readonly number[]): MorphableModel {
  const rows = (values: Float32Array, components: number): Float32Array => {
    const out = new Float32Array(components * vertices.length * 3);
    for (let k = 0; k < components; k += 1) {
      vertices.forEach((v, n) => {
        const from = 3 * (k * model.vertices + v);
        out.set(values.subarray(from, from + 3), 3 * (k * vertices.length + n));
      });
    }
    return out;
  };
  const part = (linear: LinearModel): LinearModel => ({
    components: linear.components,
    mean: rows(linear.mean, 1),
    basis: rows(linear.basis, linear.components),
    deviation: linear.deviation,
  });
  return {
    name: model.name,
    vertices: vertices.length,
    triangles: new Uint32Array(0),
    shape: part(model.shape),
    expression: part(model.expression),
    albedo: part(model.albedo),
    landmarks: new Map(),
  };
}
