import { cos, exp, sin } from '../../src/foundation/numbers/elementary.js';
import { add, dot, scale, smoothstep, sub, type Vec3 } from './vector.js';

/**
 * The subject's left ear as a relief on the side of the head: u forward, v up along its axis (which leans back), and a
 * height that is added outwards and a little backwards.
 */
const ORIGIN: Vec3 = [75, 21, -11];
const LEAN = 0.2;
const FORWARD: Vec3 = [0, sin(LEAN), cos(LEAN)];
const UP: Vec3 = [0, cos(LEAN), -sin(LEAN)];
const OUT: Vec3 = [0.93, 0.02, -0.37];

/** Corners of the outline, anticlockwise from the top as seen with u to the right. */
// prettier-ignore
const OUTLINE: readonly (readonly [number, number])[] = [
  [4, 31], [-3, 31.2], [-9, 29], [-13.6, 25], [-16.6, 19], [-17.8, 12], [-17.2, 4.5], [-15.2, -3], [-12.2, -9.5],
  [-9, -15.5], [-6.6, -21], [-3.6, -26.5], [0.6, -29.6], [5, -28.6], [8, -24.5], [9.6, -18.5], [10.6, -12], [12, -5],
  [12.6, 2], [12.8, 9], [13.2, 16], [12.8, 22.5], [9.6, 28],
];

export function earCoordinates(p: Vec3): readonly [number, number] {
  const offset = sub(p, ORIGIN);
  return [dot(offset, FORWARD), dot(offset, UP)];
}

export const earPoint = (u: number, v: number): Vec3 => add(add(ORIGIN, scale(FORWARD, u)), scale(UP, v));

/** A point of the head's side, raised by the ear's height there. */
export const raise = (p: Vec3, height: number): Vec3 => add(p, scale(OUT, height));

/** The outline, resampled at a spacing, moved outwards by an offset. */
export function earOutline(spacing: number, offset: number): readonly (readonly [number, number])[] {
  const dense = smoothOutline();
  const points: (readonly [number, number])[] = [];
  let due = 0;
  for (let i = 0; i < dense.length; i += 1) {
    const [ax, ay] = dense[i]!;
    const [bx, by] = dense[(i + 1) % dense.length]!;
    const step = Math.sqrt((bx - ax) ** 2 + (by - ay) ** 2);
    if (due <= 0) {
      points.push([ax + ((by - ay) / step) * offset, ay - ((bx - ax) / step) * offset]);
      due += spacing;
    }
    due -= step;
  }
  return points;
}

/** Signed distance to the outline, positive inside. */
export function insideEar(u: number, v: number): number {
  const outline = smoothOutline();
  let least = Infinity;
  let winding = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i, i += 1) {
    const [ax, ay] = outline[i]!;
    const [bx, by] = outline[j]!;
    const dx = bx - ax;
    const dy = by - ay;
    const t = Math.min(Math.max(((u - ax) * dx + (v - ay) * dy) / (dx * dx + dy * dy), 0), 1);
    least = Math.min(least, (u - ax - t * dx) ** 2 + (v - ay - t * dy) ** 2);
    if (ay > v !== by > v && u < ((bx - ax) * (v - ay)) / (by - ay) + ax) winding = !winding;
  }
  return (winding ? 1 : -1) * Math.sqrt(least);
}

/** Height over the side of the head, mm; 0 outside the outline. `inside` of {@link insideEar}. */
export function earHeight(u: number, v: number, inside: number): number {
  if (inside < -0.2) return 0;
  const flare = 18 * smoothstep(15, -13, u) * (0.42 + 0.58 * smoothstep(-30, -6, v)) + 1.2;
  const behind = Math.max(smoothstep(9, 4, u), smoothstep(18, 25, v));
  const upper = smoothstep(-22, -12, v);
  const rim = behind * upper;
  let height = flare;
  height += rim * 3.4 * bell(inside - 1.7, 1.7);
  height -= rim * 3.2 * bell(inside - 5, 1.7);
  height += upper * 3 * bell(inside - 9, 1.9) * smoothstep(8, 2, u) * smoothstep(26, 14, v);
  height -= 10 * Math.min(1, 1.35 * blob(u - 2, v + 3, 4.6, 7));
  height -= 4 * blob(u - 5, v - 8.5, 5, 2.6);
  height -= 3 * blob(u - 1, v - 18, 4.2, 3.4);
  height += 2.2 * blob(u - 6, v - 3.6, 5, 1.4);
  height += 5.4 * blob(u - 10, v + 3.5, 2.2, 3.4);
  height += 3.4 * blob(u - 1.5, v + 14, 3, 2.2);
  height -= 1.6 * blob(u - 7, v + 12, 1.8, 2.2);
  const edge = smoothstep(-0.2, 2.2, inside);
  return Math.max(height, 0.4) * (0.72 + 0.28 * edge) + 0.2;
}

const bell = (d: number, sigma: number): number => exp((-d * d) / (2 * sigma * sigma));
const blob = (du: number, dv: number, su: number, sv: number): number =>
  exp(-(du * du) / (2 * su * su) - (dv * dv) / (2 * sv * sv));

let smoothed: readonly (readonly [number, number])[] | undefined;

/** Two rounds of Chaikin's corner cutting. */
function smoothOutline(): readonly (readonly [number, number])[] {
  if (smoothed !== undefined) return smoothed;
  let points = OUTLINE;
  for (let round = 0; round < 2; round += 1) {
    points = points.flatMap(([ax, ay], i): readonly (readonly [number, number])[] => {
      const [bx, by] = points[(i + 1) % points.length]!;
      return [
        [0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by],
        [0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by],
      ];
    });
  }
  return (smoothed = points);
}
