import { exp, sin } from '../../src/foundation/numbers/elementary.js';
import { brow } from './brow.js';
import { earCoordinates, insideEar } from './ear.js';
import { eyeCentre, IRIS_RADIUS, lowerLid, PUPIL_RADIUS, upperLid } from './eye.js';
import type { Mesh } from './layout.js';
import type { Part } from './part.js';
import { lowerBorder, mouthLine, upperBorder } from './mouth.js';
import { mix, nearestOnStroke, smoothstep, type Vec3 } from './vector.js';

/** What colours a vertex: weights in [0, 1], each with its own axis of variation. */
export interface Tint {
  readonly skin: number;
  readonly lips: number;
  readonly brow: number;
  readonly scalp: number;
  readonly beard: number;
  readonly blush: number;
  readonly shade: number;
  readonly iris: number;
  readonly pupil: number;
  readonly sclera: number;
  readonly lash: number;
  readonly tooth: number;
  readonly gum: number;
  readonly caruncle: number;
}

/** Linear-looking display colours (no gamma is applied anywhere), RGB in [0, 1]. */
export const COLOURS = {
  skin: [0.7, 0.51, 0.415],
  lips: [0.59, 0.325, 0.295],
  brow: [0.24, 0.165, 0.12],
  scalp: [0.45, 0.345, 0.285],
  blush: [0.73, 0.44, 0.365],
  shade: [0.51, 0.33, 0.255],
  iris: [0.29, 0.2, 0.13],
  sclera: [0.84, 0.81, 0.78],
  lash: [0.13, 0.09, 0.075],
  tooth: [0.83, 0.8, 0.72],
  gum: [0.22, 0.075, 0.07],
  caruncle: [0.74, 0.48, 0.43],
} as const satisfies Record<string, Vec3>;

const gauss = (x: number, y: number, sx: number, sy: number): number =>
  exp(-(x * x) / (2 * sx * sx) - (y * y) / (2 * sy * sy));

/** The tints of a vertex of the mean head. */
export function tintOf(p: Vec3, part: Part): Tint {
  const [x, y, z] = [Math.abs(p[0]), p[1], p[2]];
  const none = {
    skin: 1,
    lips: 0,
    brow: 0,
    scalp: 0,
    beard: 0,
    blush: 0,
    shade: 0,
    iris: 0,
    pupil: 0,
    sclera: 0,
    lash: 0,
    tooth: 0,
    gum: 0,
    caruncle: 0,
  };
  switch (part) {
    case 'eye':
      return { ...none, skin: 0, ...eyeTint(x, y) };
    case 'lid-edge':
      return { ...none, lash: y > lidMiddle(x) ? 0.95 * smoothstep(19, 23, x) : 0.25 * smoothstep(24, 32, x) };
    case 'upper-teeth':
      return { ...none, skin: 0, tooth: 1 };
    case 'lower-teeth':
      return { ...none, skin: 0, tooth: 0.7, gum: 0.3 };
    case 'throat':
      return { ...none, skin: 0, gum: 1 };
    case 'upper-lip':
    case 'lower-lip':
      return { ...none, skin: 0, lips: 0.5, gum: 0.5 };
    case 'upper-edge':
    case 'lower-edge':
      return { ...none, skin: 0, lips: 0.72, gum: 0.28 * smoothstep(27, 22, x) };
    case 'skin':
      return { ...none, ...skinTint(x, y, z) };
  }
}

const lidMiddle = (x: number): number => (upperLid(x) + lowerLid(x)) / 2;

function eyeTint(x: number, y: number): Partial<Tint> {
  const r = Math.sqrt((x - eyeCentre[0]) ** 2 + (y - eyeCentre[1]) ** 2);
  const pupil = smoothstep(PUPIL_RADIUS + 0.2, PUPIL_RADIUS - 0.1, r);
  const iris = smoothstep(IRIS_RADIUS + 0.5, IRIS_RADIUS - 0.1, r) * (1 - pupil);
  const limbus = 0.55 * smoothstep(3.6, IRIS_RADIUS - 0.5, r) * iris;
  const caruncle = smoothstep(21.8, 19.6, x);
  const underLid = 0.35 * smoothstep(3.2, 0.4, upperLid(x) - y);
  const sclera = Math.max(0, 1 - pupil - iris - caruncle);
  return {
    pupil: pupil + limbus * 0.6,
    iris: iris - limbus * 0.6,
    sclera,
    caruncle: caruncle * (1 - iris - pupil),
    shade: underLid,
  };
}

function skinTint(x: number, y: number, z: number): Partial<Tint> {
  const front = z > 60;
  const inLips = front && x < 26 ? lipTint(x, y) : 0;
  const hair = front ? browTint(x, y) : 0;
  const ear = z < 45 && x > 60 ? insideEar(...earCoordinates([x, y, z])) : -9;
  const crown = scalpTint(x, y, z);
  const blush =
    smoothstep(46, 70, z) *
      (0.55 * gauss(x - 42, y - 4, 15, 13) +
        0.6 * gauss(x, y - 3, 9, 8) +
        0.35 * gauss(x - 13, y + 4, 6, 6) +
        0.25 * gauss(x, y + 66, 14, 9)) +
    (ear > 0 ? 0.5 : 0);
  const nostril = front ? gauss(x - 6.6, y + 9.6, 3, 2.3) * smoothstep(121, 116, z) : 0;
  const shade =
    (front
      ? 0.32 * gauss(x - 22, y - 24, 7, 4) +
        0.3 * gauss(x - 31, y - 43.5, 10, 2.2) +
        0.3 * gauss(x - 17.2, y - 36, 4, 6) +
        0.25 * gauss(x - 31, y - 27, 11, 1.6) +
        0.22 * gauss(x - 17.5, y + 4, 2.2, 7) +
        0.25 * gauss(x, y + 49, 13, 3) +
        0.4 * nostril
      : 0) + (ear > 0 ? earShade(x, y, z) : 0);
  const beard = ear > 0 ? 0 : beardTint(x, y, z) * (1 - inLips);
  const cover = Math.min(1, inLips + hair + 0.8 * nostril);
  return {
    skin: 1 - cover,
    lips: inLips,
    brow: hair,
    gum: 0.8 * nostril,
    scalp: crown,
    beard,
    blush: blush * (1 - cover),
    shade: Math.min(shade, 1.3) * (1 - 0.7 * cover),
  };
}

function lipTint(x: number, y: number): number {
  const above = y > mouthLine(x);
  const inside = above ? upperBorder(x) - y : y - lowerBorder(x);
  const depth = above ? upperBorder(x) - mouthLine(x) : mouthLine(x) - lowerBorder(x);
  return smoothstep(-0.5, 0.45, inside) * smoothstep(-0.3, 0.9, depth);
}

function browTint(x: number, y: number): number {
  const [square, breadth] = nearestOnStroke(brow, x, y);
  return 0.86 * smoothstep(1.25, 0.45, Math.sqrt(square) / breadth) * mix(0.72, 1, smoothstep(11, 20, x));
}

/**
 * Hair grows in tufts: the hairline wanders by waves of 13 to 40 mm (what the mesh of the vault can show) that share no
 * period, mm.
 */
const tufts = (x: number, y: number, z: number): number =>
  2.2 * sin(0.155 * x + 0.09 * z + 1.1) + 1.8 * sin(0.27 * x - 0.13 * y + 0.4) + 1.6 * sin(0.41 * x + 0.33 * z + 2.3);

function scalpTint(x: number, y: number, z: number): number {
  // The hairline: over the forehead with a faint peak, receding over the temples, down in front of the ears, round
  // behind them to the nape. Finer and sparser hair at the temples makes it softer there.
  const temple = smoothstep(36, 68, x);
  const forehead = 91 - 2.5 * gauss(x, 0, 10, 1) + 9 * gauss(x - 43, 0, 13, 1) - 0.0022 * x * x;
  const line = mix(forehead, 18, smoothstep(62, 24, z) * temple) + tufts(x, y, z);
  if (z > 15) return smoothstep(-9 - 6 * temple, 12 + 4 * temple, y - line);
  const nape = z < -30 ? -55 : mix(48, -10, smoothstep(0, -34, z));
  return smoothstep(-14, 14, y - nape);
}

function beardTint(x: number, y: number, z: number): number {
  const chin = smoothstep(-12, -42, y - 0.35 * Math.max(0, x - 25)) * smoothstep(-112, -84, y);
  const moustache = gauss(x - 10, y + 22, 12, 5) * smoothstep(50, 80, z);
  return Math.min(1, Math.max(chin * smoothstep(0, 62, z), moustache));
}

function earShade(x: number, y: number, z: number): number {
  const [u, v] = earCoordinates([x, y, z]);
  return 0.75 * gauss(u - 2, v + 3, 4.6, 6.5) + 0.25 * gauss(u + 7, v - 14, 4, 12);
}

/** RGB of a vertex from its tints. */
export function colourOf(t: Tint): Vec3 {
  const out: [number, number, number] = [0, 0, 0];
  for (let c = 0; c < 3; c += 1) {
    const C = (name: keyof typeof COLOURS): number => COLOURS[name][c]!;
    let value = C('skin') * t.skin + C('lips') * t.lips + C('brow') * t.brow;
    value += t.skin * 0.75 * (C('scalp') - C('skin')) * t.scalp + t.skin * t.blush * (C('blush') - C('skin'));
    value +=
      C('iris') * t.iris +
      C('sclera') * t.sclera +
      C('tooth') * t.tooth +
      C('gum') * t.gum +
      C('caruncle') * t.caruncle;
    value += 0.02 * t.pupil;
    if (t.lash > 0) value = mix(value, C('lash'), t.lash);
    const shade =
      t.sclera + t.iris + t.pupil > 0.5
        ? 0.5 * t.shade * value
        : t.shade * (C('skin') - C('shade')) * (t.skin + t.lips);
    out[c] = Math.max(value - shade, 0.01);
  }
  return out;
}

export function meanColours(mesh: Mesh): Float64Array {
  return Float64Array.from(mesh.points.flatMap((p, i) => [...colourOf(tintOf(p, mesh.parts[i]!))]));
}
