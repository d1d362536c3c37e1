import { present } from '../../../../foundation/values/present.js';
import type { LinearModel, MorphableModel } from '../model/morphable-model.js';

/**
 * The model at its landmarks alone, sorted by name (code units): evaluating it gives where the landmarks of a face are, in
 * the bits that evaluating the whole model gives.
 */
export function landmarkModel(model: MorphableModel): MorphableModel {
  const names = [...model.landmarks.keys()].sort();
  const vertices = names.map((name) => present(model.landmarks, name));
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
    landmarks: new Map(names.map((name, k) => [name, k])),
  };
}
