import { stream } from '../../../../foundation/numbers/random.js';
import { loadEmbeddedModel } from '../../faces/model/embedded.js';
import type { LinearModel } from '../../faces/model/morphable-model.js';
import { bell, smoothstep, WaveField } from '../space/noise.js';
import { TRAITS, traitBasis } from './traits.js';

/**
 * The head that all persons of the stand-in world are deformed from. It borrows the embedded model's mean, as a mesh to
 * paint on, and its facial movements; none of its modes of identity: this world has another mean, and its persons
 * differ by traits and fields of their own.
 */
export interface BaseHead {
  readonly vertices: number;
  readonly triangles: Uint32Array;
  /** [N, 3] mm: the painted head, whose coordinates say what a place of the skin is. */
  readonly rest: Float32Array;
  /** [N, 3] mm: the mean person. */
  readonly mean: Float32Array;
  /** [N, 3] unit normals of the mean person. */
  readonly normals: Float32Array;
  /** [N, 3] colour relative to plain skin: lips, shaded folds. */
  readonly tint: Float32Array;
  /** [N] how much of the fine relief a vertex takes: none at the eyes, little at the back. */
  readonly relief: Float32Array;
  /** One basis a trait, two (left, right) for paired ones: [N, 3] mm per standard deviation. */
  readonly traits: readonly { readonly left: Float32Array; readonly right?: Float32Array }[];
  readonly expression: LinearModel;
  /** [N, 3] mm: what a whole smile moves. */
  readonly smile: Float32Array;
  readonly landmarks: ReadonlyMap<string, number>;
}

/** What the embedded model paints plain skin with. */
const SKIN = [0.74, 0.55, 0.45] as const;

export function buildBaseHead(): BaseHead {
  const model = loadEmbeddedModel();
  const rest = model.shape.mean;
  const count = model.vertices;
  const traits = TRAITS.map((trait) => ({
    left: traitBasis(trait, false, rest),
    ...(trait.paired === true ? { right: traitBasis(trait, true, rest) } : {}),
  }));
  const relief = new Float32Array(count);
  for (let v = 0; v < count; v += 1) {
    const [x, y, z] = [Math.abs(rest[3 * v]!), rest[3 * v + 1]!, rest[3 * v + 2]!];
    const eye = Math.sqrt((x - 31.6) ** 2 + (y - 34) ** 2 + (z - 88) ** 2);
    const mouth = Math.sqrt((x / 2.2) ** 2 + (y + 36) ** 2 + ((z - 108) / 2) ** 2);
    relief[v] =
      smoothstep(13, 26, eye) * (0.35 + 0.65 * smoothstep(4, 12, mouth)) * (0.4 + 0.6 * smoothstep(10, 70, z));
  }
  const mean = Float32Array.from(rest);
  TRAITS.forEach((trait, k) => {
    for (const basis of [traits[k]!.left, traits[k]!.right])
      if (basis !== undefined) addScaled(mean, basis, trait.mean ?? 0);
  });
  // A broad, symmetric difference besides, so that the mean is not a point on a few named axes either.
  const field = new WaveField(stream(0, 'standin/mean'), 48, 45, 1.3);
  const moved = new Float64Array(3);
  for (let v = 0; v < count; v += 1) {
    moved.fill(0);
    const x = rest[3 * v]!;
    field.addTo(Math.abs(x), rest[3 * v + 1]!, rest[3 * v + 2]!, 1, moved, 0);
    mean[3 * v] = mean[3 * v]! + moved[0]! * Math.max(-1, Math.min(1, x / 12));
    mean[3 * v + 1] = mean[3 * v + 1]! + moved[1]!;
    mean[3 * v + 2] = mean[3 * v + 2]! + moved[2]!;
  }
  return {
    vertices: count,
    triangles: model.triangles,
    rest,
    mean,
    normals: unitNormals(mean, model.triangles),
    tint: tintOf(model.albedo.mean, rest),
    relief,
    traits,
    expression: model.expression,
    smile: smileOf(rest),
    landmarks: model.landmarks,
  };
}

/** Corners of the mouth out, up and back; cheeks up; lids narrower. */
function smileOf(rest: Float32Array): Float32Array {
  const out = new Float32Array(rest.length);
  for (let i = 0; i < out.length; i += 3) {
    const [x, y, z] = [rest[i]!, rest[i + 1]!, rest[i + 2]!];
    if (z < 30) continue;
    const ax = Math.abs(x);
    const side = Math.max(-1, Math.min(1, x / 8));
    const corner = bell(((ax - 25) / 12) ** 2 + ((y + 36) / 10) ** 2);
    const cheek = bell(((ax - 42) / 16) ** 2 + ((y - 4) / 15) ** 2);
    const lid = bell(((ax - 31) / 14) ** 2 + ((y - 27) / 5) ** 2);
    out[i] = side * (6.5 * corner + 1.5 * cheek);
    out[i + 1] = 6.5 * corner + 3.2 * cheek + 1.2 * lid;
    out[i + 2] = 2.6 * cheek - 4.5 * corner;
  }
  return out;
}

/** Colours over plain skin's, without brows (each person has its own) and without what is left of the painted eyes. */
function tintOf(albedo: Float32Array, rest: Float32Array): Float32Array {
  const tint = new Float32Array(albedo.length);
  for (let i = 0; i < albedo.length; i += 3) {
    const [x, y, z] = [Math.abs(rest[i]!), rest[i + 1]!, rest[i + 2]!];
    const brow = z > 60 && y > 42.5 && y < 70 && x < 64;
    const scalp = y > 70 || z < 20;
    for (let c = 0; c < 3; c += 1) tint[i + c] = brow || scalp ? 1 : Math.min(1.15, albedo[i + c]! / SKIN[c]!);
  }
  return tint;
}

/**
 * Unit normals of vertices: the mean of the adjacent faces' by area.
 * @param positions [N, 3]
 * @param triangles [T, 3], counter-clockwise seen from outside
 * @param out [N, 3], overwritten; 0 where a vertex has no face
 */
export function unitNormals(
  positions: Float32Array,
  triangles: Uint32Array,
  out: Float32Array = new Float32Array(positions.length),
): Float32Array {
  out.fill(0);
  for (let t = 0; t < triangles.length; t += 3) {
    const a = 3 * triangles[t]!;
    const b = 3 * triangles[t + 1]!;
    const c = 3 * triangles[t + 2]!;
    const ax = positions[a]!;
    const ay = positions[a + 1]!;
    const az = positions[a + 2]!;
    const ux = positions[b]! - ax;
    const uy = positions[b + 1]! - ay;
    const uz = positions[b + 2]! - az;
    const vx = positions[c]! - ax;
    const vy = positions[c + 1]! - ay;
    const vz = positions[c + 2]! - az;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    out[a] = out[a]! + nx;
    out[a + 1] = out[a + 1]! + ny;
    out[a + 2] = out[a + 2]! + nz;
    out[b] = out[b]! + nx;
    out[b + 1] = out[b + 1]! + ny;
    out[b + 2] = out[b + 2]! + nz;
    out[c] = out[c]! + nx;
    out[c + 1] = out[c + 1]! + ny;
    out[c + 2] = out[c + 2]! + nz;
  }
  for (let i = 0; i < out.length; i += 3) {
    const [x, y, z] = [out[i]!, out[i + 1]!, out[i + 2]!];
    const square = x * x + y * y + z * z;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    out[i] = x * scale;
    out[i + 1] = y * scale;
    out[i + 2] = z * scale;
  }
  return out;
}

/** to += weight from */
export function addScaled(to: Float32Array, from: Float32Array, weight: number): void {
  if (weight === 0) return;
  for (let i = 0; i < to.length; i += 1) to[i] = to[i]! + weight * from[i]!;
}

/** to += sum over k of weights[k] rows[k], the rows one behind the other; each sum is rounded as if it were added by itself. */
export function addRows(to: Float32Array, rows: Float32Array, weights: readonly number[]): void {
  const n = to.length;
  let k = 0;
  // Four at a time: what is added to is read and written a quarter as often.
  for (; k + 4 <= weights.length; k += 4) {
    const [a, b, c, d] = [weights[k]!, weights[k + 1]!, weights[k + 2]!, weights[k + 3]!];
    for (let i = 0, at = k * n; i < n; i += 1, at += 1) {
      const first = Math.fround(to[i]! + a * rows[at]!);
      const second = Math.fround(first + b * rows[at + n]!);
      const third = Math.fround(second + c * rows[at + 2 * n]!);
      to[i] = third + d * rows[at + 3 * n]!;
    }
  }
  for (; k < weights.length; k += 1) addScaled(to, rows.subarray(k * n, (k + 1) * n), weights[k]!);
}
