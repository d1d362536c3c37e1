/** A point or direction in the model's frame, mm: +x the subject's left, +y up, +z out of the face. */
export type Vec3 = readonly [number, number, number];

export const add = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const sub = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vec3, s: number): Vec3 => [a[0] * s, a[1] * s, a[2] * s];
export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const length = (a: Vec3): number => Math.sqrt(dot(a, a));
export const normalise = (a: Vec3): Vec3 => scale(a, 1 / length(a));
export const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

export const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
export const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** 0 below `from`, 1 above `to` (or the other way round where from > to), with slope 0 at both. */
export function smoothstep(from: number, to: number, x: number): number {
  const t = clamp((x - from) / (to - from), 0, 1);
  return t * t * (3 - 2 * t);
}

/** The smaller of two, rounded over a width `k` (Quilez's quadratic polynomial). */
export function smoothMin(a: number, b: number, k: number): number {
  const h = Math.max(k - Math.abs(a - b), 0) / k;
  return Math.min(a, b) - (h * h * k) / 4;
}

export const smoothMax = (a: number, b: number, k: number): number => -smoothMin(-a, -b, k);

/** A polyline in the frontal plane with a value that varies along it. */
export interface Stroke {
  /** (x, y, value) of each corner. */
  readonly points: readonly Vec3[];
}

/** Squared distance from (x, y) to a stroke, and the stroke's value at the nearest place. */
export function nearestOnStroke(stroke: readonly Vec3[], x: number, y: number): readonly [number, number] {
  let least = Infinity;
  let value = 0;
  for (let i = 0; i + 1 < stroke.length; i += 1) {
    const [ax, ay, av] = stroke[i]!;
    const [bx, by, bv] = stroke[i + 1]!;
    const dx = bx - ax;
    const dy = by - ay;
    const t = clamp(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1);
    const ex = x - ax - t * dx;
    const ey = y - ay - t * dy;
    const distance = ex * ex + ey * ey;
    if (distance < least) {
      least = distance;
      value = av + t * (bv - av);
    }
  }
  return [least, value];
}

/** y(x) of a curve through (x, y) points with increasing x, by a monotone-free cubic Hermite with finite-difference slopes. */
export function curve(points: readonly (readonly [number, number])[]): (x: number) => number {
  const slopes = points.map((p, i) => {
    const before = points[Math.max(i - 1, 0)]!;
    const after = points[Math.min(i + 1, points.length - 1)]!;
    return (after[1] - before[1]) / (after[0] - before[0]) + 0 * p[0];
  });
  return (x) => {
    let i = 0;
    while (i + 2 < points.length && x > points[i + 1]![0]) i += 1;
    const [x0, y0] = points[i]!;
    const [x1, y1] = points[i + 1]!;
    const width = x1 - x0;
    const t = clamp((x - x0) / width, 0, 1);
    const u = 1 - t;
    return y0 * (1 + 2 * t) * u * u + y1 * (3 - 2 * t) * t * t + width * t * u * (slopes[i]! * u - slopes[i + 1]! * t);
  };
}
