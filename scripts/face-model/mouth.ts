import { exp } from '../../src/foundation/numbers/elementary.js';
import { curve, smoothstep, type Vec3 } from './vector.js';

/** Half the mouth's breadth: x of its corner, mm. */
export const MOUTH_CORNER = 25;

/** The line where the lips meet, y over |x|. */
export const mouthLine = curve([
  [0, -36.2],
  [5, -35.8],
  [10, -35.7],
  [16, -35.9],
  [21, -35.7],
  [25, -35.6],
  [32, -36],
]);

/** Borders of the vermilion, y over |x|. */
export const upperBorder = curve([
  [0, -28.4],
  [2.5, -27.6],
  [5.5, -26.9],
  [9, -27.9],
  [14, -30.4],
  [20, -33.4],
  [25.4, -35.5],
]);
export const lowerBorder = curve([
  [0, -46.2],
  [6, -46],
  [12, -44.3],
  [18, -40.8],
  [22, -38],
  [25.4, -35.7],
]);

/** Half the height at which the closed mouth is opened in the plane of the triangulation. */
export const slit = (x: number): number => 1.5 * smoothstep(MOUTH_CORNER, MOUTH_CORNER - 10, x);

/** How far a point of the skin moves in the plane of the triangulation to make room for the slit. */
export function slitShift(x: number, y: number): number {
  const above = y - mouthLine(x);
  return (above >= 0 ? 1 : -1) * slit(x) * exp(-Math.abs(above) / 6);
}

/** What a place inside the mouth is made of. */
export type Lining = 'upper-lip' | 'upper-teeth' | 'throat' | 'lower-teeth' | 'lower-lip';

/**
 * The lining behind the lips, from the upper edge to the lower: rows of (dx factor, dy, dz) from the mouth line. Next to
 * the edges each lip reaches behind the other, so that no tooth shows between closed lips.
 */
export const LINING: readonly { readonly kind: Lining; readonly at: Vec3 }[] = [
  { kind: 'upper-lip', at: [1, -0.7, -1.6] },
  { kind: 'upper-lip', at: [0.97, 5, -5] },
  { kind: 'upper-teeth', at: [0.95, 6.5, -5.5] },
  { kind: 'upper-teeth', at: [0.93, -0.6, -5] },
  { kind: 'throat', at: [0.8, 1, -14] },
  { kind: 'throat', at: [0.75, -2, -24] },
  { kind: 'lower-teeth', at: [0.9, -1.6, -7] },
  { kind: 'lower-teeth', at: [0.92, -7, -6.5] },
  { kind: 'lower-lip', at: [0.97, -5, -5] },
  { kind: 'lower-lip', at: [1, 0.7, -2.2] },
];
