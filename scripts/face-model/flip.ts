import type { Part } from './part.js';
import { dot, length, sub, type Vec3 } from './vector.js';

/** A vertex while the mesh is being made. */
export interface Site {
  point: Vec3;
  readonly part: Part;
  /** Place in the plane of the triangulation. */
  plane: readonly [number, number];
  /** Fixed by a feature: relaxation leaves it where it is. */
  readonly fixed: boolean;
}

/**
 * Lawson flips by the angles in space: an edge goes where the two angles opposite to it add up to less than a straight
 * one, unless that would fold the plane. Edges of contours stay.
 */
export function flipToSurface(sites: readonly Site[], input: readonly number[]): number[] {
  const triangles = [...input];
  const protectedEdge = (a: number, b: number): boolean => {
    const [s, t] = [sites[a]!, sites[b]!];
    return (s.fixed && t.fixed) || (s.point[0] === 0 && t.point[0] === 0);
  };
  const area = (a: number, b: number, c: number): number => {
    const [p, q, r] = [sites[a]!.plane, sites[b]!.plane, sites[c]!.plane];
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
  };
  const cosAt = (at: number, a: number, b: number): number => {
    const u = sub(sites[a]!.point, sites[at]!.point);
    const v = sub(sites[b]!.point, sites[at]!.point);
    return dot(u, v) / (length(u) * length(v));
  };
  for (let round = 0; round < 8; round += 1) {
    const owner = new Map<string, number>();
    for (let t = 0; t < triangles.length; t += 3) {
      for (let c = 0; c < 3; c += 1) owner.set(`${triangles[t + c]!},${triangles[t + ((c + 1) % 3)]!}`, t);
    }
    const touched = new Set<number>();
    let flips = 0;
    for (const [key, t] of owner) {
      const [a, b] = key.split(',').map(Number) as [number, number];
      const u = owner.get(`${b},${a}`);
      if (a > b || u === undefined || touched.has(t) || touched.has(u) || protectedEdge(a, b)) continue;
      const c = third(triangles, t, a, b);
      const d = third(triangles, u, a, b);
      // cos A + cos B < 0 exactly where A + B exceeds a straight angle.
      if (cosAt(c, a, b) + cosAt(d, a, b) >= -1e-9) continue;
      if (area(c, a, d) <= 1e-9 || area(d, b, c) <= 1e-9) continue;
      triangles.splice(t, 3, c, a, d);
      triangles.splice(u, 3, d, b, c);
      touched.add(t).add(u);
      flips += 1;
    }
    if (flips === 0) break;
  }
  return triangles;
}

function third(triangles: readonly number[], t: number, a: number, b: number): number {
  for (let c = 0; c < 3; c += 1) if (triangles[t + c] !== a && triangles[t + c] !== b) return triangles[t + c]!;
  throw new Error('a triangle with two corners');
}
