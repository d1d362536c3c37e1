import type { LinearModel, MorphableModel } from '../../../src/plugins/recognition/faces/model/morphable-model.js';
import { cos, sin } from '../../../src/foundation/numbers/elementary.js';
import { stream } from '../../../src/foundation/numbers/random.js';

/** Half axes of the test head, mm. */
export const AXES = [75, 100, 90] as const;

/**
 * A head-sized ellipsoid about the origin with a few smooth modes and the landmarks that framing needs: geometry that
 * tests know in closed form.
 */
export function ellipsoidModel(rings = 24, axes: readonly [number, number, number] = AXES): MorphableModel {
  const sectors = 2 * rings;
  const points: number[] = [0, axes[1], 0];
  for (let r = 1; r < rings; r += 1) {
    const polar = (Math.PI * r) / rings;
    for (let s = 0; s < sectors; s += 1) {
      const azimuth = (2 * Math.PI * s) / sectors;
      points.push(axes[0] * sin(polar) * sin(azimuth), axes[1] * cos(polar), axes[2] * sin(polar) * cos(azimuth));
    }
  }
  points.push(0, -axes[1], 0);
  const last = points.length / 3 - 1;
  const triangles: number[] = [];
  const at = (r: number, s: number): number =>
    r === 0 ? 0 : r === rings ? last : 1 + (r - 1) * sectors + (s % sectors);
  for (let r = 0; r < rings; r += 1) {
    for (let s = 0; s < sectors; s += 1) {
      if (r > 0) triangles.push(at(r, s), at(r + 1, s), at(r, s + 1));
      if (r < rings - 1) triangles.push(at(r, s + 1), at(r + 1, s), at(r + 1, s + 1));
    }
  }
  const mean = Float32Array.from(points);
  const vertices = mean.length / 3;
  const nearest = (x: number, y: number): number => {
    let best = 0;
    let least = Infinity;
    for (let v = 0; v < vertices; v += 1) {
      if (mean[3 * v + 2]! <= 0) continue;
      const distance = (mean[3 * v]! - x) ** 2 + (mean[3 * v + 1]! - y) ** 2;
      if (distance < least) [best, least] = [v, distance];
    }
    return best;
  };
  return {
    name: 'ellipsoid',
    vertices,
    triangles: Uint32Array.from(triangles),
    shape: modes(mean, 'shape', 6, 60),
    expression: modes(new Float32Array(mean.length), 'expression', 4, 30),
    albedo: modes(new Float32Array(mean.length).fill(0.5), 'albedo', 5, 1),
    landmarks: new Map([
      ['right.eye.pupil.center', nearest(-30, 30)],
      ['left.eye.pupil.center', nearest(30, 30)],
      ['center.nose.tip', nearest(0, 0)],
      ['right.lips.corner', nearest(-22, -35)],
      ['left.lips.corner', nearest(22, -35)],
      ['center.chin.tip', nearest(0, -85)],
      ['back', backOf(mean)],
    ]),
  };
}

function backOf(mean: Float32Array): number {
  let best = 0;
  for (let v = 0; v < mean.length / 3; v += 1) if (mean[3 * v + 2]! < mean[3 * best + 2]!) best = v;
  return best;
}

/** Orthonormal random modes, made by Gram and Schmidt. */
function modes(mean: Float32Array, purpose: string, components: number, deviation: number): LinearModel {
  const length = mean.length;
  const basis = new Float32Array(components * length);
  for (let k = 0; k < components; k += 1) {
    const random = stream(5, purpose, k);
    const wave = Array.from({ length: 9 }, () => random.normal() / 40);
    const row = Float64Array.from({ length }, (_, i) => {
      const v = i - (i % 3);
      const at = 3 * (i % 3);
      return cos(wave[at]! * v * 0.01 + wave[at + 1]! * (i % 97) + k * (i % 3) + wave[at + 2]! * i * 0.003);
    });
    for (let j = 0; j < k; j += 1) {
      let dot = 0;
      for (let i = 0; i < length; i += 1) dot += row[i]! * basis[j * length + i]!;
      for (let i = 0; i < length; i += 1) row[i] = row[i]! - dot * basis[j * length + i]!;
    }
    const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    for (let i = 0; i < length; i += 1) basis[k * length + i] = row[i]! / norm;
  }
  return { components, mean, basis, deviation: new Float32Array(components).fill(deviation) };
}
