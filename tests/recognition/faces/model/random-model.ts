import type { LinearModel, MorphableModel } from '../../../../src/plugins/recognition/faces/model/morphable-model.js';
import { stream } from '../../../../src/foundation/numbers/random.js';

/** A model of noise: no face, but every number of it matters. */
export function randomModel(vertices: number, shape: number, expression: number, albedo: number): MorphableModel {
  const triangles = Uint32Array.from({ length: 3 * (vertices - 2) }, (_, i) => Math.floor(i / 3) + (i % 3));
  return {
    name: 'noise',
    vertices,
    triangles,
    shape: randomLinear(vertices, shape, 'shape'),
    expression: randomLinear(vertices, expression, 'expression'),
    albedo: randomLinear(vertices, albedo, 'albedo'),
    landmarks: new Map([
      ['center.nose.tip', 3],
      ['left.eye.corner_outer', vertices - 1],
    ]),
  };
}

function randomLinear(vertices: number, components: number, purpose: string): LinearModel {
  const random = stream(5, purpose);
  const size = 3 * vertices;
  const normal = (): number => random.normal();
  const basis = Float32Array.from({ length: components * size }, normal);
  for (let k = 0; k < components; k += 1) {
    const row = basis.subarray(k * size, (k + 1) * size);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    row.forEach((value, i) => (row[i] = value / length));
  }
  return {
    components,
    mean: Float32Array.from({ length: size }, normal),
    basis,
    deviation: Float32Array.from({ length: components }, (_, k) => 10 / (1 + k)),
  };
}

export function coefficients(count: number, index: number): number[] {
  const random = stream(9, 'coefficients', index);
  return Array.from({ length: count }, () => random.normal());
}
