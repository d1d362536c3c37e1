import { SHAPE_FIELDS } from './anthropometry.js';
import { colourOf, meanColours, tintOf, type Tint } from './complexion.js';
import { MOVEMENTS } from './expressions.js';
import { pivotedCholesky, principalComponents, type Field, type Kernel } from './gaussian-process.js';
import type { Mesh } from './layout.js';
import { cross, normalise, smoothstep, sub, type Vec3 } from './vector.js';

/** Components of one parity over the half of a mesh. */
export interface Mode {
  readonly values: Float64Array;
  readonly deviation: number;
  /** 1: the right half mirrors the left; -1: mirrors it with the sign turned. */
  readonly parity: 1 | -1;
}

export interface HalfMesh {
  readonly mesh: Mesh;
  /** Vertices with x >= 0, in the mesh's order: they come first. */
  readonly count: number;
  readonly normals: readonly Vec3[];
  readonly weight: Float64Array;
}

export function halfOf(mesh: Mesh): HalfMesh {
  const count = mesh.points.filter((p) => p[0] >= 0).length;
  const weight = new Float64Array(3 * count);
  for (let i = 0; i < count; i += 1) weight.fill(mesh.mirror[i] === i ? 1 : 2, 3 * i, 3 * i + 3);
  const sums = mesh.points.map((): [number, number, number] => [0, 0, 0]);
  for (let t = 0; t < mesh.triangles.length; t += 3) {
    const [a, b, c] = [mesh.triangles[t]!, mesh.triangles[t + 1]!, mesh.triangles[t + 2]!];
    const n = cross(sub(mesh.points[b]!, mesh.points[a]!), sub(mesh.points[c]!, mesh.points[a]!));
    for (const i of [a, b, c]) for (let k = 0; k < 3; k += 1) sums[i]![k]! += n[k]!;
  }
  return { mesh, count, weight, normals: sums.slice(0, count).map((n) => normalise(n)) };
}

const front = (z: number): number => smoothstep(0, 70, z);
const coarse = (s: number) => (): number => s;

/**
 * The measures of a head are correlated, the fields here independent: at their full size, heads would spread wider than
 * people do.
 */
const SPREAD = 0.78;

export function shapeModes(half: HalfMesh, keep: number): readonly Mode[] {
  const points = half.mesh.points.slice(0, half.count);
  const parts = half.mesh.parts;
  const symmetric: Field[] = SHAPE_FIELDS.map(([, at]) =>
    fieldOf(half, (p, i) => at(p, parts[i]!).map((d) => SPREAD * d) as unknown as Vec3),
  );
  // Small-scale relief stays off the eyes and the mouth's lining: these move as wholes.
  const calm = points.map((p, i) => (parts[i] === 'skin' ? 1 - smoothstep(9, 4, eyeDistance(p)) : 0));
  const index = new Map(points.map((p, i) => [p, i]));
  const detail =
    (s: number) =>
    (p: Vec3): number =>
      s * calm[index.get(p)!]! * (0.15 + 0.85 * front(p[2]));
  symmetric.push(...axes(half, 70, 1.4, coarse, [10, 12, 12], 1));
  symmetric.push(...axes(half, 32, 0.7, (s) => (p) => s * (0.35 + 0.65 * front(p[2])), [26, 32, 32], 1));
  symmetric.push(...alongNormal(half, { length: 13, parity: 'even', amplitude: detail(0.42), rank: 90 }));
  const antisymmetric = axes(half, 55, 0.55, coarse, [10, 10, 10], -1);
  antisymmetric.push(...axes(half, 22, 0.25, (s) => (p) => s * front(p[2]), [20, 20, 20], -1));
  centreOnPlane(half, symmetric, 1);
  centreOnPlane(half, antisymmetric, -1);
  return merge(half, symmetric, antisymmetric, keep);
}

export function expressionModes(half: HalfMesh, keep: number): readonly Mode[] {
  const parts = half.mesh.parts;
  const of = (symmetry: string): Field[] =>
    MOVEMENTS.filter((m) => m.symmetry === symmetry).map((m) =>
      fieldOf(half, (p, i) => m.at(p, parts[i]!).map((d) => d * m.spread) as unknown as Vec3),
    );
  const antisymmetric = of('antisymmetric');
  const symmetric = of('symmetric');
  centreOnPlane(half, symmetric, 1);
  centreOnPlane(half, antisymmetric, -1);
  return merge(half, symmetric, antisymmetric, keep);
}

export function albedoModes(half: HalfMesh, keep: number): readonly Mode[] {
  const points = half.mesh.points.slice(0, half.count);
  const tints = points.map((p, i) => tintOf(p, half.mesh.parts[i]!));
  const axis = (at: (t: Tint, p: Vec3) => Vec3): Field =>
    Float64Array.from(points.flatMap((p, i) => [...at(tints[i]!, p)]));
  const times = (w: number, [r, g, b]: Vec3): Vec3 => [w * r, w * g, w * b];
  const flesh = (t: Tint): number => t.skin + 0.75 * t.lips + 0.5 * t.caruncle + 0.35 * t.brow;
  const dark = (t: Tint): number => 1 - 0.3 * Math.min(1, t.shade);
  const symmetric: Field[] = [
    axis((t) => times(flesh(t) * dark(t) * (1 - 0.35 * t.scalp) * (1 - t.lash), [0.118, 0.112, 0.102])),
    axis((t) => times(flesh(t), [0.009, -0.007, -0.008])),
    axis((t) => times(flesh(t), [0.007, 0.002, -0.01])),
    axis((t) => times(t.lips, [0.035, -0.025, -0.022])),
    axis((t) => times(t.lips, [-0.035, -0.028, -0.025])),
    axis((t) => times(t.brow + 0.5 * t.scalp * t.skin + 0.25 * t.beard * t.skin, [0.055, 0.042, 0.026])),
    axis((t) => times(t.brow, [0.045, 0.038, 0.033])),
    axis((t) => times(t.scalp * t.skin, [0.055, 0.05, 0.047])),
    axis((t) => times(t.beard * t.skin, [-0.045, -0.036, -0.028])),
    axis((t) => times(t.iris, [-0.05, 0.01, 0.1])),
    axis((t) => times(t.iris, [0.035, 0.04, 0.03])),
    axis((t) => times(t.blush * t.skin, [0.006, -0.03, -0.027])),
    axis((t) => times(Math.min(1, t.shade) * t.skin, [-0.06, -0.055, -0.045])),
    axis((t, p) => times(t.skin * eyeRing(p), [-0.055, -0.06, -0.05])),
    axis((t) => times(t.sclera, [0.03, 0.035, 0.04])),
    axis((t) => times(t.lash * 0.6, [-0.1, -0.08, -0.07])),
  ];
  const shift = (dx: number, dy: number, s: number): Field =>
    Float64Array.from(
      points.flatMap((p, i) => {
        if (half.mesh.parts[i] !== 'skin' || tints[i]!.lips > 0.02 || Math.abs(p[1] - 55) > 14 || p[2] < 60)
          return [0, 0, 0];
        const moved = colourOf(tintOf([(p[0] - 30) * dx + 30, p[1] + dy, p[2]], 'skin'));
        const here = colourOf(tints[i]!);
        return moved.map((v, c) => s * (v - here[c]!));
      }),
    );
  symmetric.push(shift(1, 1.2, 0.2), shift(1, -1.2, 0.2), shift(1.1, 0, 0.3));
  const skinOnly =
    (s: number) =>
    (p: Vec3): number =>
      s * (tintAt.get(p)?.skin ?? 0);
  const tintAt = new Map(points.map((p, i) => [p, tints[i]!]));
  const field = (length: number, s: number, rank: number, parity: 'even' | 'odd', colour: Vec3): Field[] =>
    pivotedCholesky(points, { length, parity, amplitude: skinOnly(s), rank }).map((column) =>
      Float64Array.from(points.flatMap((_, i) => [...times(column[i]!, colour)])),
    );
  symmetric.push(...field(45, 0.019, 14, 'even', [1, 0.95, 0.9]), ...field(30, 0.006, 16, 'even', [0.6, -0.6, -0.6]));
  symmetric.push(...field(11, 0.013, 60, 'even', [1, 0.9, 0.8]));
  const antisymmetric = [...field(40, 0.009, 12, 'odd', [1, 0.9, 0.8]), ...field(12, 0.011, 50, 'odd', [1, 0.85, 0.7])];
  return merge(half, symmetric, antisymmetric, keep);
}

export const albedoMean = (half: HalfMesh): Float64Array => meanColours(half.mesh).slice(0, 3 * half.count);

function eyeDistance([x, y, z]: Vec3): number {
  if (z < 60) return 99;
  const dx = Math.max(0, Math.abs(Math.abs(x) - 31.6) - 11);
  const dy = Math.max(0, Math.abs(y - 34) - 3);
  return Math.sqrt(dx * dx + dy * dy);
}

const eyeRing = ([x, y, z]: Vec3): number =>
  z < 60 ? 0 : smoothstep(16, 6, Math.abs(y - 32)) * smoothstep(58, 46, Math.abs(x)) * smoothstep(12, 18, Math.abs(x));

function fieldOf(half: HalfMesh, at: (p: Vec3, index: number) => Vec3): Field {
  return Float64Array.from(half.mesh.points.slice(0, half.count).flatMap((p, i) => [...at(p, i)]));
}

/** Displacement along x, y and z of a kernel; x is odd where y and z are even, for a symmetric field. */
function axes(
  half: HalfMesh,
  length: number,
  size: number,
  amplitude: (s: number) => (p: Vec3) => number,
  ranks: readonly [number, number, number],
  parity: 1 | -1,
): Field[] {
  const points = half.mesh.points.slice(0, half.count);
  return [0, 1, 2].flatMap((a) => {
    const even = (a === 0) === (parity === -1);
    const kernel: Kernel = { length, parity: even ? 'even' : 'odd', amplitude: amplitude(size), rank: ranks[a]! };
    return pivotedCholesky(points, kernel).map((column) => {
      const field = new Float64Array(3 * half.count);
      column.forEach((value, i) => (field[3 * i + a] = value));
      return field;
    });
  });
}

function alongNormal(half: HalfMesh, kernel: Kernel): Field[] {
  const points = half.mesh.points.slice(0, half.count);
  return pivotedCholesky(points, kernel).map((column) =>
    Float64Array.from(points.flatMap((_, i) => half.normals[i]!.map((n) => n * column[i]!))),
  );
}

/** On the plane of symmetry a symmetric displacement has no component across it, an antisymmetric one none in it. */
function centreOnPlane(half: HalfMesh, fields: readonly Field[], parity: 1 | -1): void {
  for (let i = 0; i < half.count; i += 1) {
    if (half.mesh.mirror[i] !== i) continue;
    for (const field of fields) {
      if (parity === 1) field[3 * i] = 0;
      else field.fill(0, 3 * i + 1, 3 * i + 3);
    }
  }
}

/** The strongest components of both parities, by standard deviation. */
function merge(
  half: HalfMesh,
  symmetric: readonly Field[],
  antisymmetric: readonly Field[],
  keep: number,
): readonly Mode[] {
  const modes = ([1, -1] as const).flatMap((parity) => {
    const { basis, deviation } = principalComponents(parity === 1 ? symmetric : antisymmetric, half.weight, keep);
    return basis.map((values, k): Mode => ({ values, deviation: deviation[k]!, parity }));
  });
  return modes.sort((a, b) => b.deviation - a.deviation || b.parity - a.parity).slice(0, keep);
}
