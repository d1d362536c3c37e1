import { exp } from '../../src/foundation/numbers/elementary.js';
import type { Displacement } from './anthropometry.js';
import { eyeCentre, EYE_RADIUS, IRIS_RADIUS, lowerLid, upperLid } from './eye.js';
import type { Part } from './part.js';
import { mouthLine } from './mouth.js';
import { smoothstep, type Vec3 } from './vector.js';

/**
 * Movements of the face at full strength, over the left half. A symmetric one moves both sides alike; an antisymmetric
 * one moves the right side the opposite way (a sidewards jaw, a wink less its mirror image).
 */
export interface Movement {
  readonly name: string;
  readonly symmetry: 'symmetric' | 'antisymmetric';
  /** Standard deviation of its strength, in parts of full. */
  readonly spread: number;
  readonly at: Displacement;
}

const bell = (d: number, s: number): number => exp((-d * d) / (2 * s * s));
const g2 = (dx: number, dy: number, sx: number, sy: number): number => bell(dx, sx) * bell(dy, sy);
const face = (z: number): number => smoothstep(20, 75, z);
const skinny = (part: Part): number => (part === 'skin' || part === 'lid-edge' ? 1 : 0);

/** Which lip a place belongs to: 1 lower, 0 upper; continuous away from the mouth. */
function belowMouth([x, y]: Vec3, part: Part): number {
  switch (part) {
    case 'lower-edge':
    case 'lower-lip':
    case 'lower-teeth':
      return 1;
    case 'upper-edge':
    case 'upper-lip':
    case 'upper-teeth':
      return 0;
    case 'throat':
      return 0.5;
    case 'skin':
    case 'lid-edge':
    case 'eye': {
      const soft = 2 + 26 * smoothstep(22, 48, x);
      const d = y - mouthLine(Math.min(x, 30));
      return x < 22 ? (d < 0 ? 1 : 0) : smoothstep(soft * 0.7, -soft, d);
    }
  }
}

/** Share of the mandible's motion: all of the chin and lower lip, none above the mouth, fading up the cheek. */
function mandible(p: Vec3, part: Part): number {
  const [x, y, z] = p;
  const side = smoothstep(-2, 40, z) * smoothstep(-112, -86, y - 0.25 * (z - 60));
  const taper = 1 - 0.55 * smoothstep(14, 26, x) * bell(y + 36, 5);
  return belowMouth(p, part) * side * taper;
}

function jaw(angle: number): Displacement {
  return (p, part) => {
    const w = mandible(p, part) * angle;
    // A turn about the axis of the joints, which lies at y = 8, z = 8.
    const dy = p[1] - 8;
    const dz = p[2] - 8;
    // The lower lip comes forward as it drops, and so slips behind the upper one where the model closes it too far.
    const lip = bell(p[0], 24) * bell(p[1] + 41, 9) * smoothstep(85, 100, p[2]);
    return [0, -w * dz, w * dy * 0.75 + 0.75 * w * lip * dz];
  };
}

const mouthX = (x: number): number => Math.min(x / 25, 1.15);
const around = ([x, y, z]: Vec3, reach: number): number =>
  g2(Math.max(0, x - 20), y + 36, reach, reach * 0.9) * smoothstep(55, 90, z);
const inMouth = (part: Part): number => (part.endsWith('teeth') || part === 'throat' ? 0 : 1);

/** The lids' motion: 1 brings the upper lid down to the lower one. */
function closing(upper: number, lower: number): Displacement {
  return ([x, y, z], part) => {
    if (z < 70 || x < 10 || x > 54) return [0, 0, 0];
    const up = upperLid(Math.min(Math.max(x, 17.7), 45.5));
    const low = lowerLid(Math.min(Math.max(x, 17.7), 45.5));
    const gap = up - low;
    const meet = low + 0.12 * gap;
    const ball = EYE_RADIUS + 1.6;
    const arc = (yy: number): number =>
      Math.sqrt(Math.max(4, ball * ball - (yy - eyeCentre[1]) ** 2 - 0.8 * (x - eyeCentre[0]) ** 2));
    if (part === 'eye') {
      const w = smoothstep(1.6, 0.4, up - y);
      return [0, -w * upper * (up - meet) * 0.96, 0];
    }
    const middle = (up + low) / 2;
    if (y >= middle) {
      const w = smoothstep(11, 0, y - up) * smoothstep(12, 19, x) * smoothstep(52, 44, x);
      const dy = -(up - meet) * w;
      const dz = part === 'lid-edge' || y - up < 4 ? w * (arc(meet) - arc(up)) : w * 0.5 * (arc(meet) - arc(up));
      return [0, upper * dy, upper * (dz + 0.5 * w)];
    }
    const w = smoothstep(9, 0, low - y) * smoothstep(12, 19, x) * smoothstep(52, 44, x);
    return [0, lower * gap * w, 0.15 * lower * gap * w];
  };
}

function gaze(horizontal: number, vertical: number): Displacement {
  return ([x, y], part) => {
    if (part !== 'eye') return [0, 0, 0];
    const r = Math.sqrt((x - eyeCentre[0]) ** 2 + (y - eyeCentre[1]) ** 2);
    const w = smoothstep(IRIS_RADIUS + 2.6, IRIS_RADIUS + 0.4, r);
    return [
      horizontal * w,
      vertical * w,
      -0.04 * w * ((x - eyeCentre[0]) * horizontal + (y - eyeCentre[1]) * vertical),
    ];
  };
}

const smile: Displacement = (p, part) => {
  const [x, y, z] = p;
  const corner = g2(x - 27, y + 36, 11, 10) * face(z) * inMouth(part);
  const cheek = g2(x - 42, y + 6, 14, 13) * face(z) * skinny(part);
  const lid = g2(x - 32, y - 24, 13, 4.5) * face(z) * skinny(part);
  const middle = bell(x, 15) * bell(y + 36, 7) * face(z) * inMouth(part);
  return [
    7.2 * corner + 1.2 * cheek,
    6.2 * corner + 3.4 * cheek + 1.8 * lid + 0.4 * middle,
    -5.4 * corner + 2.6 * cheek - 1.4 * middle,
  ];
};

export const MOVEMENTS: readonly Movement[] = [
  { name: 'jaw open', symmetry: 'symmetric', spread: 0.12, at: jaw(0.26) },
  { name: 'jaw forward', symmetry: 'symmetric', spread: 0.26, at: (p, part) => [0, 0, 4 * mandible(p, part)] },
  { name: 'jaw sidewards', symmetry: 'antisymmetric', spread: 0.15, at: (p, part) => [5 * mandible(p, part), 0, 0] },
  { name: 'smile', symmetry: 'symmetric', spread: 0.36, at: smile },
  {
    name: 'one-sided smile',
    symmetry: 'antisymmetric',
    spread: 0.14,
    at: (p, part) => {
      const [dx, dy, dz] = smile(p, part);
      const w = smoothstep(0, 14, p[0]);
      return [dx * w, dy * w, dz * w];
    },
  },
  {
    name: 'frown',
    symmetry: 'symmetric',
    spread: 0.3,
    at: ([x, y, z], part) => {
      const corner = g2(x - 25, y + 38, 10, 9) * face(z) * inMouth(part);
      return [0.6 * corner, -5.6 * corner, -0.8 * corner];
    },
  },
  {
    name: 'stretch',
    symmetry: 'symmetric',
    spread: 0.26,
    at: (p, part) => {
      const w = around(p, 10) * inMouth(part);
      return [5 * mouthX(p[0]) * w, 0, -2.4 * mouthX(p[0]) * w];
    },
  },
  {
    name: 'pucker',
    symmetry: 'symmetric',
    spread: 0.27,
    at: (p, part) => {
      const w = around(p, 11) * (part.endsWith('teeth') ? 0.2 : 1);
      const d = p[1] + 36;
      return [-0.33 * Math.min(p[0], 34) * w, 0.1 * d * w, (4.6 - 1.6 * mouthX(p[0])) * w * bell(p[0], 26)];
    },
  },
  {
    name: 'funnel',
    symmetry: 'symmetric',
    spread: 0.19,
    at: (p, part) => {
      const w = around(p, 10) * inMouth(part);
      const low = belowMouth(p, part);
      const open = bell(p[0], 12) * bell(p[1] + 36, 8);
      return [-0.22 * Math.min(p[0], 32) * w, w * open * (low > 0.5 ? -3.4 : 2.8), 3.4 * w * bell(p[0], 24)];
    },
  },
  {
    name: 'upper lip raised',
    symmetry: 'symmetric',
    spread: 0.26,
    at: (p, part) => {
      const [x, y, z] = p;
      const w = (1 - belowMouth(p, part)) * g2(x - 8, y + 31, 13, 8) * face(z) * inMouth(part);
      const fold = g2(x - 22, y + 12, 8, 10) * face(z) * skinny(part);
      return [0, 4.6 * w + 1.4 * fold, 0.4 * w + 0.9 * fold];
    },
  },
  {
    name: 'lower lip lowered',
    symmetry: 'symmetric',
    spread: 0.26,
    at: (p, part) => {
      const [x, y, z] = p;
      const w = belowMouth(p, part) * g2(x - 6, y + 42, 14, 9) * face(z) * inMouth(part);
      return [0.6 * w, -4.6 * w, -0.3 * w];
    },
  },
  {
    name: 'lips pressed',
    symmetry: 'symmetric',
    spread: 0.26,
    at: (p, part) => {
      const [x, y, z] = p;
      const w = g2(x, y + 36, 17, 7) * smoothstep(90, 100, z) * inMouth(part);
      return [0, -0.28 * (y - mouthLine(x)) * w, -2 * w];
    },
  },
  {
    name: 'chin raised',
    symmetry: 'symmetric',
    spread: 0.26,
    at: (p, part) => {
      const [x, y, z] = p;
      const w = g2(x, y + 58, 17, 12) * face(z) * skinny(part);
      return [0, 3.4 * w, 1.2 * w];
    },
  },
  {
    name: 'cheeks blown',
    symmetry: 'symmetric',
    spread: 0.21,
    at: ([x, y, z], part) => {
      const w = g2(x - 44, y + 32, 13, 14) * face(z) * skinny(part);
      return [4.6 * w, 0, 4 * w];
    },
  },
  {
    name: 'mouth sidewards',
    symmetry: 'antisymmetric',
    spread: 0.15,
    at: (p, part) => [4.4 * around(p, 9) * (part.endsWith('teeth') ? 0 : 1), 0, 0],
  },
  {
    name: 'nose wrinkled',
    symmetry: 'symmetric',
    spread: 0.21,
    at: ([x, y, z], part) => {
      const w = g2(x - 14, y - 2, 8, 12) * face(z) * skinny(part);
      const root = g2(x - 8, y - 40, 9, 8) * face(z) * skinny(part);
      return [0.7 * w, 3 * w - 1.6 * root, 0.8 * w + 0.9 * root];
    },
  },
  {
    name: 'brows lowered',
    symmetry: 'symmetric',
    spread: 0.34,
    at: ([x, y, z], part) => {
      const w = g2(x - 20, y - 53, 17, 9) * face(z) * skinny(part);
      const mid = g2(x - 7, y - 53, 8, 9) * face(z) * skinny(part);
      return [-1.6 * mid * smoothstep(0, 6, x), -4 * w - 1 * mid, 0.8 * w + 0.8 * mid];
    },
  },
  {
    name: 'inner brows raised',
    symmetry: 'symmetric',
    spread: 0.3,
    at: ([x, y, z], part) => {
      const w = g2(x - 12, y - 55, 13, 12) * face(z) * skinny(part);
      return [0, 5 * w, 0.3 * w];
    },
  },
  {
    name: 'outer brows raised',
    symmetry: 'symmetric',
    spread: 0.3,
    at: ([x, y, z], part) => {
      const w = g2(x - 40, y - 56, 14, 11) * face(z) * skinny(part);
      return [0.3 * w, 4.6 * w, -0.5 * w];
    },
  },
  {
    name: 'one brow raised',
    symmetry: 'antisymmetric',
    spread: 0.14,
    at: ([x, y, z], part) => {
      const w = g2(x - 28, y - 55, 18, 10) * face(z) * skinny(part) * smoothstep(2, 14, x);
      return [0, 4 * w, 0];
    },
  },
  { name: 'lids closed', symmetry: 'symmetric', spread: 0.14, at: closing(1, 0.04) },
  { name: 'squint', symmetry: 'symmetric', spread: 0.3, at: closing(0.22, 0.2) },
  { name: 'wink', symmetry: 'antisymmetric', spread: 0.04, at: closing(1, 0.08) },
  { name: 'gaze sidewards', symmetry: 'antisymmetric', spread: 0.31, at: gaze(3, 0) },
  { name: 'gaze vertical', symmetry: 'symmetric', spread: 0.34, at: gaze(0, 1.6) },
];
