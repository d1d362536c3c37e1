import { MATERIAL, type Surface } from '../space/composite.js';

type Point = readonly [number, number, number];

const COLUMNS = 9;
const ROWS = 5;

/**
 * What an open mouth shows: a sheet behind the lips, hidden by them while they are shut. The face's mesh has no inside, and
 * through its mouth one would see the other side of the world.
 * @param corners of the lips, the subject's right one first
 * @param upper the middle of the upper lip's outer edge
 */
export function mouthSheet([right, left]: readonly [Point, Point], upper: Point): Surface {
  const middle = (right[1] + left[1]) / 2;
  const positions = new Float32Array(3 * ROWS * COLUMNS);
  for (let i = 0; i < ROWS; i += 1) {
    for (let j = 0; j < COLUMNS; j += 1) {
      const s = j / (COLUMNS - 1);
      const t = i / (ROWS - 1);
      // Back from the corners and, as the row of teeth, round before them.
      const bow = 4 * s * (1 - s);
      const corner = (1 - s) * right[2] + s * left[2];
      const at = 3 * (i * COLUMNS + j);
      positions[at] = 0.8 * ((1 - s) * right[0] + s * left[0]) + 0.1 * (right[0] + left[0]);
      positions[at + 1] = middle + 9 - 24 * t;
      positions[at + 2] = corner - 4 + bow * Math.max(0, upper[2] - 10 - corner + 4);
    }
  }
  const triangles: number[] = [];
  for (let i = 0; i + 1 < ROWS; i += 1) {
    for (let j = 0; j + 1 < COLUMNS; j += 1) {
      const [a, b] = [i * COLUMNS + j, (i + 1) * COLUMNS + j];
      triangles.push(a, b, b + 1, a, b + 1, a + 1);
    }
  }
  return { material: MATERIAL.mouth, positions, triangles: Uint32Array.from(triangles) };
}
