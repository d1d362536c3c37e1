import { bell } from '../space/noise.js';

/**
 * Ways in which heads differ, as displacements of the painted head in mm per standard deviation: within a window
 * exp(-|(p - centre) / radius|² / 2), a shift and a stretch about the centre. They are measured by eye against
 * anthropometric variation (Farkas 1994), not fitted.
 */
export interface Trait {
  readonly name: string;
  readonly centre: readonly [number, number, number];
  readonly radius: readonly [number, number, number];
  readonly shift?: readonly [number, number, number];
  readonly stretch?: readonly [number, number, number];
  /** The window has a mirror image (x to -x), which each person has at a weight of its own. */
  readonly paired?: boolean;
  /** Of this world's mean head against the painted one, in standard deviations. */
  readonly mean?: number;
}

const ALL = 1e6;

// prettier-ignore
export const TRAITS: readonly Trait[] = [
  { name: 'head width', centre: [0, 20, 20], radius: [ALL, ALL, ALL], stretch: [0.034, 0, 0], mean: -0.6 },
  { name: 'head depth', centre: [0, 20, 20], radius: [ALL, ALL, ALL], stretch: [0, 0, 0.03], mean: 0.5 },
  { name: 'head height', centre: [0, 20, 20], radius: [ALL, ALL, ALL], stretch: [0, 0.03, 0], mean: 0.7 },
  { name: 'lower face length', centre: [0, -30, 60], radius: [ALL, 42, ALL], stretch: [0, 0.07, 0], mean: 0.6 },
  { name: 'eye spacing', centre: [31.6, 34, 88], radius: [20, 15, 26], shift: [2.0, 0, 0], paired: true, mean: -0.7 },
  { name: 'eye size', centre: [31.6, 34, 90], radius: [13, 9, 20], stretch: [0.07, 0.15, 0], paired: true, mean: 0.5 },
  { name: 'eye height', centre: [31.6, 34, 88], radius: [22, 14, 26], shift: [0, 1.8, 0], paired: true },
  { name: 'eye depth', centre: [31.6, 36, 90], radius: [18, 14, 20], shift: [0, 0, 2.0], paired: true, mean: -0.8 },
  { name: 'eye slant', centre: [44, 35, 88], radius: [9, 8, 20], shift: [0, 1.5, 0], paired: true, mean: 0.4 },
  { name: 'brow ridge', centre: [30, 52, 100], radius: [22, 9, 20], shift: [0, 0, 2.2], paired: true, mean: 0.7 },
  { name: 'brow height', centre: [32, 52, 98], radius: [24, 9, 20], shift: [0, 2.2, 0], paired: true, mean: -0.4 },
  { name: 'nose length', centre: [0, 0, 124], radius: [15, 15, 24], shift: [0, -3.0, 0], mean: 0.8 },
  { name: 'nose width', centre: [0, -3, 112], radius: [16, 11, 18], stretch: [0.17, 0, 0], mean: -0.5 },
  { name: 'nose projection', centre: [0, 2, 128], radius: [11, 13, 18], shift: [0, 0, 3.2], mean: 0.6 },
  { name: 'nose bridge', centre: [0, 36, 108], radius: [9, 13, 18], shift: [0, 0, 2.4], mean: 0.8 },
  { name: 'nose hump', centre: [0, 21, 118], radius: [6, 8, 14], shift: [0, 0, 1.6], mean: 0.3 },
  { name: 'nose tip', centre: [0, 4, 130], radius: [8, 8, 10], shift: [0, 2.0, 0.4] },
  { name: 'nose tilt', centre: [0, 0, 126], radius: [13, 15, 20], shift: [1.1, 0, 0] },
  { name: 'mouth width', centre: [0, -36, 108], radius: [26, 12, 24], stretch: [0.13, 0, 0], mean: 0.5 },
  { name: 'upper lip', centre: [0, -30, 113], radius: [17, 5, 18], shift: [0, 1.2, 0.7], mean: 0.3 },
  { name: 'lower lip', centre: [0, -42, 112], radius: [17, 6, 18], shift: [0, -1.5, 0.9], mean: 0.3 },
  { name: 'mouth height', centre: [0, -36, 108], radius: [30, 15, 24], shift: [0, 2.4, 0] },
  { name: 'mouth tilt', centre: [23, -36, 105], radius: [12, 9, 20], shift: [0, 1.2, 0], paired: true },
  { name: 'mouth protrusion', centre: [0, -34, 112], radius: [22, 16, 24], shift: [0, 0, 2.4], mean: -0.5 },
  { name: 'chin length', centre: [0, -72, 100], radius: [28, 20, 40], shift: [0, -3.8, 0], mean: 0.4 },
  { name: 'chin projection', centre: [0, -68, 105], radius: [22, 18, 30], shift: [0, 0, 3.8], mean: 0.6 },
  { name: 'chin width', centre: [0, -70, 98], radius: [24, 18, 30], stretch: [0.17, 0, 0], mean: 0.3 },
  { name: 'jaw width', centre: [58, -46, 45], radius: [24, 22, 36], shift: [4.0, 0, 0], paired: true, mean: -0.4 },
  { name: 'jaw height', centre: [58, -46, 40], radius: [24, 20, 36], shift: [0, -3.6, 0], paired: true },
  { name: 'cheekbone', centre: [58, 10, 76], radius: [17, 14, 26], shift: [2.4, 0, 1.8], paired: true, mean: 0.7 },
  { name: 'cheek', centre: [42, -22, 92], radius: [17, 17, 24], shift: [2.2, 0, 2.6], paired: true, mean: -0.6 },
  { name: 'forehead height', centre: [0, 100, 80], radius: [70, 24, 60], shift: [0, 5.0, 0], mean: 0.4 },
  { name: 'forehead slope', centre: [0, 88, 100], radius: [48, 22, 40], shift: [0, 0, 3.8], mean: -0.5 },
  { name: 'temple', centre: [70, 58, 45], radius: [22, 28, 40], shift: [3.2, 0, 0], paired: true },
  { name: 'ear', centre: [90, 14, -14], radius: [13, 24, 26], shift: [4.2, 0, 0], paired: true, mean: 0.5 },
  { name: 'ear size', centre: [82, 12, -10], radius: [16, 28, 26], stretch: [0, 0.13, 0.13], paired: true },
  { name: 'neck', centre: [0, -115, 0], radius: [ALL, 30, ALL], stretch: [0.13, 0, 0.08] },
];

/** Adds `weight` of a trait, in standard deviations, to points [N, 3] whose places on the painted head are `rest`. */
export function traitBasis(trait: Trait, mirrored: boolean, rest: Float32Array): Float32Array {
  const out = new Float32Array(rest.length);
  const side = mirrored ? -1 : 1;
  const [cx, cy, cz] = trait.centre;
  const [rx, ry, rz] = trait.radius;
  const [hx, hy, hz] = trait.shift ?? [0, 0, 0];
  const [sx, sy, sz] = trait.stretch ?? [0, 0, 0];
  for (let i = 0; i < rest.length; i += 3) {
    const x = side * rest[i]! - cx;
    const y = rest[i + 1]! - cy;
    const z = rest[i + 2]! - cz;
    const weight = bell((x / rx) ** 2 + (y / ry) ** 2 + (z / rz) ** 2);
    out[i] = side * weight * (hx + sx * x);
    out[i + 1] = weight * (hy + sy * y);
    out[i + 2] = weight * (hz + sz * z);
  }
  return out;
}
