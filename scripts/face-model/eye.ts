import { curve, mix, smoothMax, type Vec3 } from './vector.js';

/** The subject's left eye; the right one is its mirror image. mm. */
export const eyeCentre: Vec3 = [31.6, 34, 84.2];
export const EYE_RADIUS = 12;
export const IRIS_RADIUS = 5.9;
export const PUPIL_RADIUS = 2.1;
/** Corners of the lids in the frontal plane. */
export const INNER_CORNER: readonly [number, number] = [17.6, 32.4];
export const OUTER_CORNER: readonly [number, number] = [45.6, 34.2];

/** The free edges of the lids, y over x. */
export const upperLid = curve([
  [17.6, 32.4],
  [20.5, 35.2],
  [25, 38.6],
  [30.5, 40],
  [36, 39.5],
  [41, 37.4],
  [45.6, 34.2],
]);
export const lowerLid = curve([
  [17.6, 32.4],
  [20.5, 31.6],
  [25, 29.9],
  [31, 28.6],
  [37, 28.9],
  [42, 31],
  [45.6, 34.2],
]);

/** z of what shows between the lids: the eyeball, and towards the corners the caruncle and the conjunctiva. */
export function eyeDepth(x: number, y: number): number {
  const dx = x - eyeCentre[0];
  const dy = y - eyeCentre[1];
  const square = dx * dx + dy * dy;
  const ball = square < 0.98 * EYE_RADIUS ** 2 ? Math.sqrt(EYE_RADIUS ** 2 - square) : 1.6;
  const cornea = 0.9 * Math.max(0, 1 - square / (IRIS_RADIUS * 1.1) ** 2);
  const corners = mix(92.9, 86.6, (x - INNER_CORNER[0]) / (OUTER_CORNER[0] - INNER_CORNER[0]));
  return smoothMax(eyeCentre[2] + ball + cornea, corners, 3);
}

export const inAperture = (x: number, y: number): boolean =>
  x > INNER_CORNER[0] && x < OUTER_CORNER[0] && y < upperLid(x) && y > lowerLid(x);
