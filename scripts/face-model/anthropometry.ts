import { exp } from '../../src/foundation/numbers/elementary.js';
import { earCoordinates, insideEar } from './ear.js';
import { eyeCentre, lowerLid, upperLid } from './eye.js';
import type { Part } from './part.js';
import { mouthLine } from './mouth.js';
import { smoothstep, type Vec3 } from './vector.js';

/**
 * How heads differ, as symmetric displacements of one standard deviation, mm, over the left half (x >= 0). Sizes follow
 * published spreads of adult breadths, heights and depths (Farkas 1994; the NIOSH survey of 2003): for instance
 * bizygomatic breadth 6 to 7, bigonial 7, face height 6 to 7, nose breadth 4, nose protrusion 2, mouth width 4,
 * interpupillary distance 3.5, all populations and sexes together.
 */
export type Displacement = (p: Vec3, part: Part) => Vec3;

const bell = (d: number, s: number): number => exp((-d * d) / (2 * s * s));
const g2 = (dx: number, dy: number, sx: number, sy: number): number => bell(dx, sx) * bell(dy, sy);
const face = (z: number): number => smoothstep(15, 75, z);
const eyeZone = (x: number, y: number, z: number): number => g2(x - eyeCentre[0], y - eyeCentre[1], 12, 9) * face(z);
/** Flat over the eye itself, so that the eye moves as one. */
const eyeSolid = (x: number, y: number, z: number): number => Math.min(1, 1.7 * eyeZone(x, y, z));
const noseZone = (x: number, y: number, z: number): number =>
  smoothstep(30, 12, x) * smoothstep(-26, -12, y) * smoothstep(50, 25, y) * smoothstep(90, 104, z);
const lower = (y: number, z: number): number =>
  smoothstep(-8, -30, y) * smoothstep(-118, -88, y) * smoothstep(-5, 45, z);
const jawSide = (y: number, z: number): number =>
  smoothstep(10, -45, y) * smoothstep(-105, -80, y) * smoothstep(-15, 15, z);
const mouthZone = (x: number, y: number, z: number): number => g2(x, y + 36, 24, 11) * smoothstep(60, 90, z);
const neckZone = (y: number, z: number): number => smoothstep(-70, -100, y - 0.35 * Math.min(60, 60 - z));
const isUpper = (x: number, y: number, part: Part): boolean =>
  part === 'upper-edge' || part === 'upper-lip' || part === 'upper-teeth' || (part === 'skin' && y > mouthLine(x));

/** [name, field]. Names serve the reader and the tests. */
export const SHAPE_FIELDS: readonly (readonly [string, Displacement])[] = [
  ['size', ([x, y, z]) => [0.026 * x, 0.026 * (y - 10), 0.026 * z]],
  ['breadth', ([x, y, z]) => [0.045 * x, 0, -0.01 * z * face(z) + 0 * y]],
  ['height', ([, y]) => [0, 0.042 * (y - 35), 0]],
  ['depth', ([, , z]) => [0, 0, 0.036 * z]],
  ['bigonial breadth', ([x, y, z]) => [0.07 * x * jawSide(y, z), 0, 0]],
  [
    'zygomatic breadth',
    ([x, y, z]) => [
      0.045 * x * bell(y - 8, 22) * smoothstep(-10, 40, z),
      0,
      0.8 * bell(y - 8, 16) * face(z) * smoothstep(20, 45, x),
    ],
  ],
  ['temporal breadth', ([x, y, z]) => [0.04 * x * smoothstep(40, 75, y) * smoothstep(-30, 30, z), 0, 0]],
  ['lower face height', ([, y, z]) => [0, 0.085 * Math.min(0, y + 14) * lower(y, z), 0]],
  [
    'chin height',
    ([x, y, z]) => [0, -3 * smoothstep(-46, -72, y) * smoothstep(-120, -90, y) * bell(x, 32) * face(z), 0],
  ],
  ['chin protrusion', ([x, y, z]) => [0, 0, 3.8 * g2(x, y + 67, 25, 16) * face(z)]],
  [
    'chin breadth',
    ([x, y, z]) => [3.2 * g2(x - 22, y + 70, 10, 14) * face(z), 0, -1.6 * g2(x, y + 66, 9, 12) * face(z)],
  ],
  ['jaw angle', ([x, y, z]) => [0, -6 * g2(y + 48, z - 22, 16, 24) * smoothstep(25, 50, x), 0]],
  [
    'cheek fullness',
    ([x, y, z]) => [
      3.4 * g2(x - 52, y + 24, 18, 20) * smoothstep(30, 70, z),
      0,
      3 * g2(x - 42, y + 24, 16, 18) * face(z),
    ],
  ],
  [
    'adiposity',
    ([x, y, z]) => {
      const w = smoothstep(30, 0, y) * smoothstep(-10, 30, z) * smoothstep(8, 40, x);
      const under = bell(y + 88, 16) * smoothstep(35, 60, z) * bell(x, 45);
      const neck = neckZone(y, z);
      return [3.6 * w + 0.05 * x * neck, -3.4 * under, 1.4 * w + 2.4 * under + 0.04 * z * neck];
    },
  ],
  [
    'cheekbone prominence',
    ([x, y, z]) => [1.3 * g2(x - 52, y - 10, 14, 10) * face(z), 0, 2.6 * g2(x - 46, y - 8, 15, 11) * face(z)],
  ],
  ['nose height', ([x, y, z]) => [0, -3.2 * noseZone(x, y, z) * smoothstep(42, 0, y) * smoothstep(-34, -12, y), 0]],
  ['nose protrusion', ([x, y, z]) => [0, 0, 1.9 * noseZone(x, y, z) * smoothstep(40, 5, y) * bell(x, 12)]],
  [
    'nose breadth',
    ([x, y, z]) => [1.5 * smoothstep(2, 14, x) * g2(x - 13, y + 3, 9, 11) * smoothstep(92, 104, z), 0, 0],
  ],
  ['bridge breadth', ([x, y, z]) => [1.3 * smoothstep(1, 8, x) * g2(x - 8, y - 25, 6, 14) * face(z), 0, 0]],
  ['dorsum', ([x, y, z]) => [0, 0, 2 * g2(x, y - 24, 8, 10) * face(z)]],
  ['nasal root', ([x, y, z]) => [0, 0, 2.4 * g2(x, y - 39, 9, 9) * face(z)]],
  [
    'tip rotation',
    ([x, y, z]) => [
      0,
      2.2 * g2(x, y - 2, 12, 9) * smoothstep(104, 124, z),
      -0.5 * g2(x, y - 2, 12, 9) * smoothstep(104, 124, z),
    ],
  ],
  ['tip breadth', ([x, y, z]) => [1.3 * smoothstep(0, 6, x) * g2(x - 7, y - 4, 5, 8) * smoothstep(108, 118, z), 0, 0]],
  ['wing height', ([x, y, z]) => [0, 1.4 * g2(x - 13, y + 4, 6, 7) * smoothstep(98, 106, z), 0]],
  ['eye distance', ([x, y, z]) => [1.9 * eyeSolid(x, y, z), 0, -0.4 * eyeSolid(x, y, z)]],
  ['fissure length', ([x, y, z]) => [0.06 * (x - eyeCentre[0]) * eyeSolid(x, y, z), 0, 0]],
  ['fissure height', ([x, y, z], part) => [0, lidMotion([x, y, z], part) * 0.95, 0]],
  ['canthal tilt', ([x, y, z]) => [0, 0.085 * (x - eyeCentre[0]) * eyeSolid(x, y, z), 0]],
  ['eye depth', ([x, y, z]) => [0, 0, 1.9 * eyeSolid(x, y, z)]],
  ['eye level', ([x, y, z]) => [0, 1.9 * eyeSolid(x, y, z), 0]],
  ['lid fold', ([x, y, z], part) => [0, 0, part === 'skin' ? 1.4 * g2(x - 32, y - 43.5, 11, 2.6) * face(z) : 0]],
  ['brow level', ([x, y, z]) => [0, 2.4 * g2(x - 28, y - 54, 22, 8) * face(z), 0]],
  ['brow tilt', ([x, y, z]) => [0, 0.1 * (x - 26) * bell(y - 54, 8) * smoothstep(60, 48, x) * face(z), 0]],
  [
    'brow ridge',
    ([x, y, z]) => [0, -0.8 * g2(x - 26, y - 54, 20, 7) * face(z), 2.6 * g2(x - 26, y - 55, 20, 7) * face(z)],
  ],
  ['glabella', ([x, y, z]) => [0, 0, 1.5 * g2(x, y - 56, 9, 9) * face(z)]],
  ['forehead slope', ([, y, z]) => [0, 0, -4.4 * smoothstep(60, 120, y) * smoothstep(0, 60, z)]],
  ['forehead bulge', ([x, y, z]) => [0, 0, 2.4 * g2(x, y - 86, 34, 18) * face(z)]],
  ['vault height', ([, y]) => [0, 5 * smoothstep(60, 140, y), 0]],
  ['occiput', ([, y, z]) => [0, 0, -5 * smoothstep(0, -70, z) * smoothstep(-60, 20, y)]],
  ['mouth width', ([x, y, z]) => [0.05 * x * Math.min(1, 1.3 * mouthZone(x * 0.7, y, z)), 0, 0]],
  [
    'upper lip',
    ([x, y, z], part) => {
      const w = isUpper(x, y, part) ? g2(x, y + 30, 16, 4.5) * smoothstep(95, 104, z) : 0;
      return [0, 1.2 * w * smoothstep(-36, -30, y), 1.1 * w];
    },
  ],
  [
    'lower lip',
    ([x, y, z], part) => {
      const w = isUpper(x, y, part) ? 0 : g2(x, y + 43, 16, 5) * smoothstep(95, 104, z);
      return [0, -1.3 * w * smoothstep(-37, -43, y), 1.2 * w];
    },
  ],
  ['philtrum', ([x, y, z]) => [0, -2.1 * mouthZone(x, y, z), 0]],
  ['prognathism', ([x, y, z]) => [0, 0, 2.6 * g2(x, y + 34, 26, 15) * face(z)]],
  ['mouth corners', ([x, y, z]) => [0, 1.5 * g2(x - 24, y + 36, 8, 7) * face(z), 0]],
  ['nasolabial fold', ([x, y, z]) => [0, 0, 1.2 * g2(x - 31 - 0.35 * (-18 - y), y + 18, 6, 16) * face(z)]],
  [
    'ear flare',
    ([x, y, z], part) => {
      const w = earWeight([x, y, z], part);
      const back = smoothstep(14, -16, earCoordinates([x, y, z])[0]);
      return [3.4 * w * back, 0, 1.2 * w * back];
    },
  ],
  [
    'ear size',
    ([x, y, z], part) => {
      const w = earWeight([x, y, z], part);
      const [u, v] = earCoordinates([x, y, z]);
      return [0, 0.075 * v * w, 0.075 * u * w];
    },
  ],
  [
    'ear lobe',
    ([x, y, z], part) => [0, -2.6 * earWeight([x, y, z], part) * smoothstep(-8, -28, earCoordinates([x, y, z])[1]), 0],
  ],
  ['neck breadth', ([x, y, z]) => [0.09 * x * neckZone(y, z), 0, 0.06 * (z + 12) * neckZone(y, z)]],
  [
    'sex',
    ([x, y, z]) => [
      0.03 * x * jawSide(y, z) +
        0.06 * x * neckZone(y, z) -
        1 * g2(x - 45, y - 2, 14, 12) * face(z) +
        0.5 * g2(x - 13, y + 3, 8, 10) * face(z),
      0.03 * Math.min(0, y + 14) * lower(y, z) - 1.3 * g2(x - 28, y - 53, 22, 7) * face(z),
      1.7 * g2(x - 24, y - 56, 20, 7) * face(z) -
        1.4 * g2(x - 42, y + 2, 14, 16) * face(z) +
        1.5 * g2(x, y + 68, 20, 12) * face(z) +
        1.4 * g2(x, y - 10, 10, 24) * smoothstep(90, 104, z) -
        2.2 * smoothstep(65, 110, y) * face(z) -
        0.7 * g2(x, y + 36, 18, 8) * face(z),
    ],
  ],
  [
    'flat midface',
    ([x, y, z]) => [
      0.8 * smoothstep(2, 12, x) * g2(x - 13, y + 2, 9, 10) * face(z) + 0.02 * x * bell(y - 5, 25) * face(z),
      -0.6 * g2(x - 20, y - 38, 5, 4) * face(z),
      -2.8 * g2(x, y - 28, 11, 16) * face(z) -
        1.6 * g2(x, y - 2, 12, 10) * smoothstep(100, 120, z) +
        1.4 * g2(x - 42, y - 8, 14, 10) * face(z),
    ],
  ],
  [
    'full lips, broad nose',
    ([x, y, z], part) => {
      const lip = g2(x, y + 37, 19, 9) * smoothstep(92, 104, z);
      return [
        1.7 * smoothstep(2, 14, x) * g2(x - 13, y + 3, 9, 11) * face(z),
        (isUpper(x, y, part) ? 1 : -1.1) * lip * smoothstep(0, 6, Math.abs(y - mouthLine(x))),
        2 * lip + 0.9 * g2(x, y + 20, 22, 14) * face(z) - 1.5 * g2(x, y - 26, 9, 14) * face(z),
      ];
    },
  ],
];

function earWeight([x, y, z]: Vec3, part: Part): number {
  if (part !== 'skin' || z > 45 || x < 55) return 0;
  return smoothstep(-4, 3, insideEar(...earCoordinates([x, y, z])));
}

/** 1 at the upper lid's edge, -1 at the lower's, fading over the lids and the eyeball. */
export function lidMotion([x, y, z]: Vec3, part: Part): number {
  if (z < 75 || x < 12 || x > 52) return 0;
  const up = upperLid(x);
  const low = lowerLid(x);
  const open = smoothstep(17.6, 23, x) * smoothstep(45.6, 41, x);
  if (part === 'eye') return open * (smoothstep(2.4, 0.5, up - y) - 0.35 * smoothstep(1.6, 0.4, y - low));
  const middle = (up + low) / 2;
  if (y >= middle) return open * smoothstep(7, 0, y - up);
  return -0.35 * open * smoothstep(6, 0, low - y);
}
