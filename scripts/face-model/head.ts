import { exp } from '../../src/foundation/numbers/elementary.js';
import { eyeCentre, EYE_RADIUS } from './eye.js';
import { radialSpline } from './radial-spline.js';
import { add, length, mix, nearestOnStroke, scale, smoothMax, smoothMin, sub, clamp, type Vec3 } from './vector.js';

/**
 * The mean head as an implicit surface: a skull and face whose radius about a centre is a spline through anchor points,
 * joined with a neck, a nose, lips and lids made of simple solids, and chased with strokes (folds, ridges). Anchors are
 * anthropometric proportions: breadths, heights and depths of the head at named levels, rounded to a millimetre or so.
 */
export const CENTRE: Vec3 = [0, 10, 0];

/** Half of the anchors (x >= 0); those off the midline are mirrored. */
// prettier-ignore
const ANCHORS: readonly Vec3[] = [
  // midline: crown to menton
  [0, 146, -8], [0, 142, 28], [0, 129, 62], [0, 113, 86], [0, 97, 98], [0, 82, 104], [0, 68, 107], [0, 57, 108],
  [0, 44, 102], [0, 25, 99], [0, 5, 102], [0, -15, 111.5], [0, -25, 113], [0, -36, 111.5], [0, -48, 108], [0, -61, 110],
  [0, -71, 107], [0, -78, 99], [0, -83, 86], [0, -84, 66],
  // midline: occiput
  [0, 138, -48], [0, 112, -76], [0, 75, -88], [0, 40, -87], [0, 5, -74], [0, -25, -60],
  // vault
  [36, 129, 46], [50, 128, 15], [54, 127, -10], [45, 127, -40], [38, 111, 79], [53, 111, 58], [63, 111, 33], [67, 110, 3],
  [62, 110, -30], [29, 92, 97], [45, 91, 87], [53, 90, 77], [63, 90, 58], [71, 91, 28], [74, 90, 0], [71, 87, -32],
  [56, 92, -60], [30, 100, -77],
  // forehead and brow
  [22, 74, 104.5], [41, 71, 97], [52, 70, 88], [60, 70, 76], [67, 70, 57], [73, 70, 33], [77, 68, 0],
  [12, 58, 107.5], [26, 58, 104.3], [39, 56, 99.5], [49, 53, 91], [57, 50, 80], [65, 50, 65], [71, 50, 45], [76, 50, 20],
  [77, 50, -5], [71, 52, -38], [52, 62, -68], [28, 68, -83],
  // orbit
  [19, 46, 98], [32, 46, 96.3], [44, 45, 90], [17, 34, 91.5], [32, 34, 90], [46, 34, 84], [55, 33, 79.5], [62, 32, 72],
  [70, 30, 55], [74, 30, 35], [76, 30, 10], [19, 22, 96], [32, 21, 94.5], [45, 21, 89.5],
  // cheek
  [14, 10, 99], [26, 9, 99.5], [37, 8, 98], [47, 8, 94], [56, 9, 86.5], [63, 10, 77], [69, 10, 60], [72, 10, 40],
  [74, 12, 12], [76, 14, -10], [70, 17, -46], [48, 22, -73], [28, 42, -84], [27, 8, -71],
  [17, -11, 104], [29, -10, 101.5], [43, -10, 96.5], [54, -10, 87], [60, -10, 77], [66, -10, 60], [69, -10, 40], [70, -10, 15],
  [14, -26, 110], [27, -28, 104.5], [40, -28, 97.5], [50, -29, 87.5], [57, -30, 77], [63, -30, 60], [66, -30, 40],
  [65, -28, 18], [60, -18, -12], [45, -18, -46], [20, -25, -58],
  // jaw
  [14, -38, 108.5], [26, -41, 102.5], [14, -50, 105.5], [26, -51, 99.5], [37, -51, 93], [45, -50, 86], [53, -50, 75],
  [57.5, -50, 58], [59, -47, 40], [57.5, -43, 20], [55, -35, 0], [15, -64, 106], [26, -66, 97], [34, -66, 87], [41, -65, 75],
  [47, -63, 60], [53, -57, 42], [13, -76, 97], [23, -76, 86], [30, -75, 72], [36, -71, 56], [14, -82, 80], [22, -80, 60],
  [30, -73, 35], [0, -80, 40], [30, -60, -10], [0, -60, -40],
];

const radius = radialSpline(CENTRE, ANCHORS, 0.002);

/** A stroke raises (or cuts, where negative) the surface: amplitude along it, gaussian across it. Mirrored in x. */
interface Relief {
  readonly sigma: number;
  readonly points: readonly Vec3[];
}

/** (x, y, height in mm) on the front of the face. */
// prettier-ignore
const RELIEFS: readonly Relief[] = [
  // philtrum: a groove between two columns
  { sigma: 2.2, points: [[0, -17, -0.2], [0, -26, -0.5]] },
  { sigma: 1.8, points: [[4, -17, 0.1], [5.4, -26.5, 0.35]] },
  // nasolabial fold
  { sigma: 3.4, points: [[19, -5, -0.9], [25, -17, -1.1], [31, -29, -0.7], [33, -37, 0]] },
  // groove under the lower lip, at both sides of it
  { sigma: 4.5, points: [[0, -49.5, -1.4], [9, -49, -1.2], [17, -46, -0.5]] },
  // corner of the mouth
  { sigma: 3.0, points: [[26, -35.8, -1.0], [29, -36.8, -0.3]] },
  // tear trough
  { sigma: 2.8, points: [[17, 28, -0.6], [21, 21, -0.9], [30, 16.5, -0.5], [40, 18, 0]] },
  // brow ridge and the hollow under it
  { sigma: 4.0, points: [[9, 56, 0.4], [22, 57.5, 0.8], [36, 57.5, 0.8], [48, 53, 0.4]] },
  { sigma: 3.0, points: [[19.5, 42, -0.5], [26, 45.4, -0.8], [36, 45.8, -0.7], [46, 42, -0.3]] },
  // cheekbone
  { sigma: 9, points: [[36, 9, 1.2], [50, 12, 1.6], [60, 16, 0.6]] },
  // chin: the mental protuberance and its faint cleft
  { sigma: 8, points: [[0, -63, 1.2], [7, -64, 1.2]] },
];

/** Round cones, (centre, radius) at both ends, as in Quilez's catalogue of distance functions. */
interface Cone {
  readonly a: Vec3;
  readonly ra: number;
  readonly b: Vec3;
  readonly rb: number;
}

const UPPER_LIP: readonly (readonly [number, number, number, number])[] = [
  [0, -31.8, 112.6, 4.5],
  [5, -31.2, 112.6, 4.6],
  [11, -31.8, 110.6, 4.2],
  [17, -33.2, 107.2, 3.4],
  [22, -34.6, 103.3, 2.2],
  [26, -35.6, 99.8, 1],
];
const LOWER_LIP: readonly (readonly [number, number, number, number])[] = [
  [0, -40.6, 110.6, 5.2],
  [6, -40.5, 110.2, 5.1],
  [12, -39.6, 108.4, 4.4],
  [18, -37.9, 105.4, 3.2],
  [22.5, -36.5, 102.4, 1.9],
  [26, -35.8, 99.6, 0.9],
];
const upperLip = tube(UPPER_LIP);
const lowerLip = tube(LOWER_LIP);

/** Signed distance to the skin, approximate: right in sign, and no larger in size than the true one nearly everywhere. */
export function skin(p: Vec3): number {
  const q: Vec3 = [Math.abs(p[0]), p[1], p[2]];
  const offset = sub(q, CENTRE);
  const far = length(offset);
  let f = (far - radius(scale(offset, 1 / far))) * 0.9;
  f = smoothMin(f, neck(q), 16);
  if (q[2] > 60 && q[1] < 75 && q[1] > -75 && q[0] < 70) {
    f = smoothMin(f, length(sub(q, eyeCentre)) - (EYE_RADIUS + 1.9), 5);
    f = nose(q, f);
    const above = smoothMin(f, upperLip(q), 9);
    f = smoothMin(above, smoothMin(f, lowerLip(q), 6.5), 0.8);
    for (const { points, sigma } of RELIEFS) {
      const [square, height] = nearestOnStroke(points, q[0], q[1]);
      if (square < 12 * sigma * sigma) f -= height * exp(-square / (2 * sigma * sigma));
    }
  }
  return f;
}

function neck([x, y, z]: Vec3): number {
  const t = clamp((-70 - y) / 70, -0.6, 1);
  const middle = mix(-4, -17, t);
  const a = mix(50, 59, t * t);
  const b = mix(56, 59, t);
  const u = x / a;
  const w = (z - middle) / b;
  const side = (Math.sqrt(u * u + w * w) - 1) * Math.min(a, b);
  return Math.max(side, -140 - y, y + 10);
}

/** The nose on a face `f`: dorsum, tip, wings and columella joined, nostrils cut. */
function nose(q: Vec3, f: number): number {
  if (q[0] > 34 || q[1] > 62 || q[1] < -30) return f;
  const dorsum = roundCone({ a: [0, 45, 99.5], ra: 6.6, b: [0, 13, 118.6], rb: 7.4 }, q);
  const flank = roundCone({ a: [5, 28, 94], ra: 6.5, b: [11, 2, 103], rb: 9 }, q);
  const tip = ellipsoid(q, [0, 4.6, 120.6], [9.8, 8.6, 9.8]);
  const dome = ellipsoid(q, [4, 3.5, 121], [6, 6.6, 8.2]);
  const wing = ellipsoid(q, [11.2, -3.6, 109.6], [6.5, 7.2, 11]);
  const columella = roundCone({ a: [0, -2, 122.5], ra: 3.8, b: [0, -10.5, 108], rb: 3.8 }, q);
  let g = smoothMin(dorsum, flank, 14);
  g = smoothMin(g, smoothMin(tip, dome, 4), 6);
  g = smoothMin(g, wing, 5.5);
  g = smoothMin(g, columella, 3);
  let joined = smoothMin(
    f,
    g,
    q[1] > 2 ? mix(4, 15, clamp((q[1] - 2) / 14, 0, 1)) * mix(1, 0.6, clamp((q[1] - 24) / 12, 0, 1)) : 4,
  );
  const nostril = ellipsoid(q, [6.6, -8.2, 114.2], [2.9, 4.6, 5.6]);
  joined = smoothMax(joined, -nostril, 2);
  return joined;
}

function ellipsoid(p: Vec3, centre: Vec3, radii: Vec3): number {
  const d = sub(p, centre);
  const u: Vec3 = [d[0] / radii[0], d[1] / radii[1], d[2] / radii[2]];
  const k0 = length(u);
  const k1 = length([u[0] / radii[0], u[1] / radii[1], u[2] / radii[2]]);
  return k1 === 0 ? -Math.min(...radii) : (k0 * (k0 - 1)) / k1;
}

function roundCone({ a, ra, b, rb }: Cone, p: Vec3): number {
  const ba = sub(b, a);
  const pa = sub(p, a);
  const t = clamp((pa[0] * ba[0] + pa[1] * ba[1] + pa[2] * ba[2]) / (ba[0] ** 2 + ba[1] ** 2 + ba[2] ** 2), 0, 1);
  return length(sub(pa, scale(ba, t))) - mix(ra, rb, t);
}

function tube(path: readonly (readonly [number, number, number, number])[]): (p: Vec3) => number {
  const cones = path.slice(1).map((end, i): Cone => {
    const start = path[i]!;
    return { a: [start[0], start[1], start[2]], ra: start[3], b: [end[0], end[1], end[2]], rb: end[3] };
  });
  return (p) => {
    let f = Infinity;
    for (const cone of cones) f = smoothMin(f, roundCone(cone, p), 1.5);
    return f;
  };
}

/** Where a ray from outside first meets the skin; `towards` is a unit vector. Undefined where it misses within 500 mm. */
export function cast(from: Vec3, towards: Vec3): Vec3 | undefined {
  let t = 0;
  for (let step = 0; step < 600 && t < 500; step += 1) {
    const f = skin(add(from, scale(towards, t)));
    if (f < 2e-3) return add(from, scale(towards, t));
    t += Math.max(f * 0.7, 2e-3);
  }
  return undefined;
}

/** The skin's point in a direction from the centre. */
export function radialPoint(direction: Vec3): Vec3 {
  const point = cast(add(CENTRE, scale(direction, 230)), scale(direction, -1));
  if (point === undefined) throw new Error(`the head has no surface towards ${direction.join(', ')}`);
  return point;
}

/** The skin's foremost point over (x, y) of the frontal plane. */
export function frontalPoint(x: number, y: number): Vec3 {
  const point = cast([x, y, 160], [0, 0, -1]);
  if (point === undefined) throw new Error(`the face has no surface over ${x}, ${y}`);
  return point;
}
