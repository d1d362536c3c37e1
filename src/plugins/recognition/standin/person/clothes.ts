import { cos, pow, sin } from '../../../../foundation/numbers/elementary.js';
import { MATERIAL, ringTriangles, type Surface } from '../space/composite.js';
import { smoothstep } from '../space/noise.js';
import type { Glasses, Person } from './person.js';

/** What is worn besides hair and hats: shoulders under cloth, a scarf, glasses. All in the head's frame, mm. */

const TURN = 2 * Math.PI;

/** A surface of rings about vertical axes: at each height an ellipse with a centre z and half-axes. */
function rings(
  levels: readonly { y: number; z: number; half: number; front: number; back: number }[],
  columns: number,
  material: Surface['material'],
  wobble: (column: number, row: number) => number = () => 0,
): Surface {
  const positions = new Float32Array(3 * levels.length * columns);
  levels.forEach(({ y, z, half, front, back }, i) => {
    for (let j = 0; j < columns; j += 1) {
      const [s, c] = [sin((TURN * j) / columns), cos((TURN * j) / columns)];
      const at = 3 * (i * columns + j);
      const out = 1 + wobble(j, i);
      positions[at] = half * s * out;
      positions[at + 1] = y;
      positions[at + 2] = z + (c > 0 ? front : back) * c * out;
    }
  });
  return { material, positions, triangles: ringTriangles(levels.length, columns) };
}

/** Neck of a garment and shoulders. */
export function torso(person: Person): Surface {
  const broad = person.female ? 0.9 : 1;
  const levels = [
    { y: -118, z: -12, half: 64, front: 62, back: 62 },
    { y: -128, z: -14, half: 84, front: 70, back: 74 },
    { y: -140, z: -16, half: 130, front: 82, back: 84 },
    { y: -155, z: -18, half: 172, front: 92, back: 90 },
    { y: -180, z: -20, half: 205, front: 104, back: 96 },
    { y: -240, z: -20, half: 222, front: 120, back: 100 },
    { y: -330, z: -20, half: 215, front: 125, back: 100 },
  ].map((level) => ({ ...level, half: level.half * broad }));
  return rings(levels, 32, MATERIAL.cloth);
}

/** Wound about the neck up to `top` (y in mm): below the chin, or over the mouth. */
export function scarf(top: number): Surface {
  const rows = 11;
  const levels = Array.from({ length: rows }, (_, i) => {
    const t = i / (rows - 1);
    const bulge = 8 * sin(3.1 * Math.PI * t);
    const y = top - t * (top + 140);
    // It stands off chin and lips.
    const off = 19 * smoothstep(-110, -90, y);
    return { y, z: 10, half: 84 + bulge, front: 116 - 18 * t + bulge + off, back: 92 + bulge };
  });
  return rings(levels, 40, MATERIAL.scarf, (j, i) => 0.02 * sin(1.7 * j + 2.1 * i));
}

/** A tube of four sides along points [K, 3]. */
function tube(points: readonly (readonly [number, number, number])[], radius: number, closed: boolean): Surface {
  const count = points.length;
  const positions = new Float32Array(12 * count);
  const triangles: number[] = [];
  const side = [[1, 1], [-1, 1], [-1, -1], [1, -1]] as const; // prettier-ignore
  points.forEach((p, i) => {
    const before = points[closed ? (i + count - 1) % count : Math.max(i - 1, 0)]!;
    const after = points[closed ? (i + 1) % count : Math.min(i + 1, count - 1)]!;
    const along = unit([after[0] - before[0], after[1] - before[1], after[2] - before[2]]);
    const up: readonly [number, number, number] = Math.abs(along[2]) > 0.8 ? [0, 1, 0] : [0, 0, 1];
    const across = unit(cross(along, up));
    const over = cross(across, along);
    side.forEach(([u, v], k) => {
      for (let c = 0; c < 3; c += 1) {
        positions[3 * (4 * i + k) + c] = p[c]! + 0.71 * radius * (u * across[c]! + v * over[c]!);
      }
    });
    if (!closed && i + 1 === count) return;
    const next = (i + 1) % count;
    for (let k = 0; k < 4; k += 1) {
      const l = (k + 1) % 4;
      const [a, b, c, d] = [4 * i + k, 4 * i + l, 4 * next + l, 4 * next + k];
      triangles.push(a, c, b, a, d, c);
    }
  });
  return { material: MATERIAL.frame, positions, triangles: Uint32Array.from(triangles) };
}

type Point = readonly [number, number, number];

function unit([x, y, z]: Point): Point {
  const length = Math.sqrt(x * x + y * y + z * z) || 1;
  return [x / length, y / length, z / length];
}

function cross(a: Point, b: Point): Point {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

const RIM_POINTS = 22;

/**
 * Glasses before a person's eyes.
 * @param eyes pupils, the subject's right one first
 * @param bridge z of the root of the nose
 */
export function glassesOf(glasses: Glasses, eyes: readonly [Point, Point], bridge: number, dark: boolean): Surface[] {
  const surfaces: Surface[] = [];
  const [right, left] = eyes;
  const y = (right[1] + left[1]) / 2 - 2;
  const z = Math.max(right[2], left[2], bridge) + 5;
  const outer: Point[] = [];
  const inner: Point[] = [];
  eyes.forEach((eye, k) => {
    const sign = k === 0 ? -1 : 1;
    const cx = eye[0] + sign * 0.5;
    const width = dark ? glasses.width + 2 : glasses.width;
    const height = dark ? glasses.height + 3 : glasses.height;
    const rim = Array.from({ length: RIM_POINTS }, (_, i): Point => {
      const [s, c] = [sin((TURN * i) / RIM_POINTS), cos((TURN * i) / RIM_POINTS)];
      const e = 2 / glasses.squareness;
      const x = width * Math.sign(c) * pow(Math.abs(c), e);
      return [
        cx + x,
        y + height * Math.sign(s) * pow(Math.abs(s), e),
        z - 0.09 * Math.max(0, sign * x) - 0.0045 * x * x,
      ];
    });
    surfaces.push(tube(rim, glasses.rim + 0.5, true));
    if (dark) surfaces.push(lens(rim, [cx, y, z + 1]));
    outer.push([cx + sign * width, y + 4, z - 5]);
    inner.push([cx - sign * width, y + 3, z - 1]);
  });
  surfaces.push(tube([inner[0]!, [0, y + 5, z + 1], inner[1]!], glasses.rim + 0.5, false));
  for (const [x, oy, oz] of outer) {
    const sign = Math.sign(x);
    surfaces.push(tube([[x, oy, oz], [sign * 80, oy, oz - 30], [sign * 88, oy - 2, 0], [sign * 88, oy - 6, -20]], glasses.rim + 0.6, false)); // prettier-ignore
  }
  return surfaces;
}

function lens(rim: readonly Point[], middle: Point): Surface {
  const triangles = rim.flatMap((_, i) => [0, 1 + i, 1 + ((i + 1) % rim.length)]);
  return {
    material: MATERIAL.lens,
    positions: Float32Array.from([middle, ...rim].flat()),
    triangles: Uint32Array.from(triangles),
  };
}
