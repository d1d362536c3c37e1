import { cos, sin } from '../../../../foundation/numbers/elementary.js';
import { ringTriangles, type Surface } from '../space/composite.js';
import { bell, noise, smoothstep } from '../space/noise.js';
import type { Hair, Person } from './person.js';

/**
 * Hair and hats are surfaces about a point in the head: radii over a grid of directions. At its edge the surface dips below
 * the skin, so that the hairline is where the two meet; beyond, there is none.
 */
export const SCALP_CENTRE = [0, 45, -5] as const;
const ROWS = 42;
const COLUMNS = 64;
/** Polar angle of the last row, degrees from the crown. */
const LAST = 166;
const RADIANS = Math.PI / 180;

interface Direction {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Degrees above the horizontal, and about the vertical from the front: -180 to 180, positive to the subject's left. */
  readonly elevation: number;
  readonly azimuth: number;
}

const DIRECTIONS: readonly Direction[] = Array.from({ length: ROWS * COLUMNS }, (_, n) => {
  const polar = (LAST * Math.floor(n / COLUMNS)) / (ROWS - 1);
  const turn = (360 * (n % COLUMNS)) / COLUMNS;
  const [s, c] = [sin(polar * RADIANS), cos(polar * RADIANS)];
  return {
    x: s * sin(turn * RADIANS),
    y: c,
    z: s * cos(turn * RADIANS),
    elevation: 90 - polar,
    azimuth: turn > 180 ? turn - 360 : turn,
  };
});
const TRIANGLES = ringTriangles(ROWS, COLUMNS);

/** Which vertices of the head lie next to each direction, ears and nose left out: made once a world. */
export class Scalp {
  readonly #nearest: Int32Array;
  readonly #weight: Float64Array;

  constructor(rest: Float32Array) {
    const [cx, cy, cz] = SCALP_CENTRE;
    const skull: number[] = [];
    for (let v = 0; v < rest.length / 3; v += 1) {
      const [x, y, z] = [Math.abs(rest[3 * v]!), rest[3 * v + 1]!, rest[3 * v + 2]!];
      const ear = z < 22 && z > -48 && y > -32 && y < 52 && x > 66;
      const nose = z > 106 && y > -20 && y < 45;
      const inside = Math.abs(y + 36) < 12 && x < 30;
      if (!ear && !nose && !inside) skull.push(v);
    }
    const unit = skull.map((v) => {
      const [x, y, z] = [rest[3 * v]! - cx, rest[3 * v + 1]! - cy, rest[3 * v + 2]! - cz];
      const d = Math.sqrt(x * x + y * y + z * z);
      return [x / d, y / d, z / d] as const;
    });
    this.#nearest = new Int32Array(4 * DIRECTIONS.length);
    this.#weight = new Float64Array(4 * DIRECTIONS.length);
    DIRECTIONS.forEach((d, n) => {
      const best: { v: number; near: number }[] = [];
      for (let k = 0; k < skull.length; k += 1) {
        const near = unit[k]![0] * d.x + unit[k]![1] * d.y + unit[k]![2] * d.z;
        if (best.length === 4 && near <= best[3]!.near) continue;
        best.push({ v: skull[k]!, near });
        best.sort((a, b) => b.near - a.near);
        best.length = Math.min(best.length, 4);
      }
      const weights = best.map(({ near }) => 1 / (1.0005 - near));
      const total = weights.reduce((sum, w) => sum + w, 0);
      best.forEach(({ v }, k) => {
        this.#nearest[4 * n + k] = v;
        this.#weight[4 * n + k] = weights[k]! / total;
      });
    });
  }

  /** Distance of the skin from the centre in each direction, mm. */
  radii(shape: Float32Array): Float64Array {
    const [cx, cy, cz] = SCALP_CENTRE;
    return Float64Array.from(DIRECTIONS, (_, n) => {
      let radius = 0;
      for (let k = 4 * n; k < 4 * n + 4; k += 1) {
        const v = 3 * this.#nearest[k]!;
        const [x, y, z] = [shape[v]! - cx, shape[v + 1]! - cy, shape[v + 2]! - cz];
        radius += this.#weight[k]! * Math.sqrt(x * x + y * y + z * z);
      }
      return radius;
    });
  }
}

/** Degrees of elevation at which hair begins: brow to temple, in front of the ear, behind it, nape. */
const HAIRLINE: readonly (readonly [number, number])[] = [
  [0, 27], [25, 29], [42, 24], [58, 17], [68, 4], [78, -8], [90, -12], [102, -14], [115, -34], [140, -48], [180, -52],
]; // prettier-ignore

function hairline(azimuth: number): number {
  const a = Math.abs(azimuth);
  let k = 1;
  while (HAIRLINE[k]![0] < a) k += 1;
  const [[a0, e0], [a1, e1]] = [HAIRLINE[k - 1]!, HAIRLINE[k]!];
  return e0 + ((a - a0) / (a1 - a0)) * (e1 - e0);
}

/** Where hair covers (0 to 1) and how thick it lies there, mm. */
function growth(
  hair: Hair,
  d: Direction,
  offset: readonly [number, number, number],
): { cover: number; thickness: number } {
  const { elevation: e, azimuth: a } = d;
  const side = Math.abs(a);
  const front = smoothstep(75, 30, side);
  const rough = noise(9 * d.x + offset[0], 9 * d.y + offset[1], 9 * d.z + offset[2]);
  let line = hairline(a) + front * hair.recession + 2.2 * rough;
  if (hair.fringe && side < 44 && hair.style !== 'cropped' && hair.style !== 'curls') line -= 15 * front;
  let thickness = 7;
  const top = smoothstep(30, 75, e);
  const hanging = hair.style === 'bob' || hair.style === 'long';
  switch (hair.style) {
    case 'bald':
    case 'cropped':
      thickness = 3;
      break;
    case 'receding':
      line = Math.max(line, side < 100 ? 200 : 30 + 0.2 * (180 - side));
      if (side > 62) line = Math.min(line, 24);
      if (e > 42) line = 200;
      thickness = 6;
      break;
    case 'short':
      thickness = 6 + 9 * top + 3 * hair.parting * (a > 0 ? top : -top);
      break;
    case 'quiff':
      thickness = 6 + 15 * top * (0.6 + 0.4 * smoothstep(120, 20, side)) + 12 * front * smoothstep(25, 50, e);
      thickness += 4 * hair.parting * (a > 0 ? top : -top);
      break;
    case 'bob':
      thickness = 15 + 5 * top;
      if (side > 62) line = -46 - 0.06 * side;
      break;
    case 'long':
      thickness = 13 + 4 * top;
      if (side > 60) line = -74;
      break;
    case 'bun':
      thickness = 5 + 44 * bell((a / 34) ** 2 + ((e - 80) / 11) ** 2 * 0.6 + (e > 80 ? 0 : ((e - 80) / 14) ** 2));
      break;
    case 'curls':
      thickness = 20 + 9 * top;
      line -= side > 65 && side < 130 ? 8 : 0;
      break;
  }
  const curls = (hair.style === 'curls' ? 0.35 : 0.08 + 0.2 * hair.curl) * rough;
  thickness *= hair.volume * (1 + curls);
  const soft = hanging && side > 60 ? 5 : 7;
  return { cover: smoothstep(line - soft / 2, line + soft, e), thickness };
}

/** Hair or a hat in each direction. */
export interface Cover {
  /** mm from the centre. */
  readonly radii: Float64Array;
  /** 0 where there is nothing but skin, to 1. */
  readonly cover: Float64Array;
}

/** A person's hair, given the radii of the skin. */
export function growHair(person: Person, hair: Hair, skin: Float64Array): Cover {
  const covers = new Float64Array(skin.length);
  const radii = skin.map((radius, n) => {
    const d = DIRECTIONS[n]!;
    const { cover, thickness } = growth(hair, d, person.offset);
    covers[n] = cover;
    let outer = radius + thickness;
    if (hair.style === 'long' || hair.style === 'bob') {
      // Below the ears hair hangs at the head's breadth instead of following the neck.
      const level = Math.sqrt(d.x * d.x + d.z * d.z);
      const breadth = (78 + 0.6 * thickness) / Math.max(level, 0.05);
      const floor = (hair.style === 'long' ? 185 : 120) / Math.max(-d.y, 0.05);
      if (d.elevation < 5) outer = Math.max(outer, Math.min(breadth, d.elevation < 0 ? floor : breadth));
      if (d.elevation < 0) outer = Math.min(outer, Math.max(floor, radius - 10));
    }
    // Towards the neck the skin is not seen from the centre at all, so the bare surface keeps well away from it.
    const bare = (radius - 9) * (1 - 0.45 * smoothstep(-35, -60, d.elevation));
    return bare * (1 - cover) + outer * cover;
  });
  return { radii, cover: covers };
}

export type HatStyle = 'beanie' | 'cap' | 'brimmed';

/** A hat over skin and hair, and the hair that it leaves: below it hair is pressed down. */
export function putOnHat(
  style: HatStyle,
  skin: Float64Array,
  hair: Cover,
): { readonly hat: Cover; readonly hair: Cover } {
  const covers = new Float64Array(skin.length);
  const pressed = hair.radii.slice();
  const radii = skin.map((radius, n) => {
    const { elevation: e, azimuth: a } = DIRECTIONS[n]!;
    const side = Math.abs(a);
    const line = 24 - (style === 'beanie' ? 0.17 : 0.12) * side;
    const cover = smoothstep(line - 3, line + 2, e);
    covers[n] = cover;
    let thickness = style === 'beanie' ? 9 + 5 * smoothstep(line + 16, line + 12, e) + 8 * smoothstep(60, 85, e) : 9;
    if (style === 'cap')
      thickness +=
        60 * smoothstep(66, 20, side) * smoothstep(line - 3, line + 1, e) * smoothstep(line + 8, line + 4, e);
    if (style === 'brimmed') thickness += 48 * smoothstep(line - 3, line + 1, e) * smoothstep(line + 8, line + 4, e);
    const outer = Math.min(Math.max(radius, pressed[n]!), radius + 8) + thickness;
    if (cover > 0.3) pressed[n] = Math.min(pressed[n]!, radius + 4);
    return (radius - 12) * (1 - cover) + outer * cover;
  });
  return { hat: { radii, cover: covers }, hair: { radii: pressed, cover: hair.cover } };
}

/** The surface, of faces that have cover at a corner. */
export function shell({ radii, cover }: Cover, material: Surface['material']): Surface {
  const positions = new Float32Array(3 * radii.length);
  const [cx, cy, cz] = SCALP_CENTRE;
  radii.forEach((r, n) => {
    const { x, y, z } = DIRECTIONS[n]!;
    positions[3 * n] = cx + r * x;
    positions[3 * n + 1] = cy + r * y;
    positions[3 * n + 2] = cz + r * z;
  });
  const triangles = new Uint32Array(TRIANGLES.length);
  let kept = 0;
  for (let t = 0; t < TRIANGLES.length; t += 3) {
    const [a, b, c] = [TRIANGLES[t]!, TRIANGLES[t + 1]!, TRIANGLES[t + 2]!];
    if (!(cover[a]! > 0 || cover[b]! > 0 || cover[c]! > 0)) continue;
    triangles[kept] = a;
    triangles[kept + 1] = b;
    triangles[kept + 2] = c;
    kept += 3;
  }
  return { material, positions, triangles: triangles.subarray(0, kept) };
}
